// Buttons that save a figure as SVG and copy a table as CSV, for readers with a script alone.
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+\u2212-]?(\d[\d\u202f]*)?(\.\d+)?$/;

function download(name, kind, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: kind }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// A number is written as programs read it; other text is never a formula.
function field(text) {
  const isNumber = /\d/.test(text) && NUMBER.test(text);
  const plain = isNumber ? text.replace(/[\u202f+]/g, "").replace("\u2212", "-")
    : FORMULA.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

const without = (element, selector) => {
  const copy = element.cloneNode(true);
  copy.querySelectorAll(selector).forEach((each) => each.remove());
  return words(copy);
};

function cellParts(cell) {
  if (!cell.matches(".entry")) return { "": without(cell, "small"), detail: words(cell.querySelector("small")) };
  const [effect, interval] = cell.querySelectorAll("small span");
  return {
    "": words(cell.querySelector(".value")), verdict: words(cell.querySelector("b")),
    effect: words(effect), interval: words(interval),
  };
}

// Rows as they are shown: filtered, in their order.
function csv(table) {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows].filter((row) => row.checkVisibility());
  const columns = heads.flatMap((head, i) => {
    if (head.matches(".forest")) return [];
    const parts = rows.map((row) => cellParts(row.cells[i]));
    const names = ["", ...new Set(parts.flatMap((part) => Object.keys(part).filter((k) => k && part[k])))];
    return names.map((name) => [joined([without(head, "svg"), name], ", "), ...parts.map((p) => p[name] ?? "")]);
  });
  const lines = [-1, ...rows.keys()].map((i) => columns.map((c) => field(c[i + 1])).join(","));
  return `${lines.join("\n")}\n`;
}

// A figure as a file of its own, in the colours of the light page, for paper.
function standalone(svg) {
  return inTheLight((colours) => figureIn(colours, svg));
}

function figureIn(colours, svg) {
  const copy = painted(svg);
  const { width, height } = svg.viewBox.baseVal;
  copy.setAttribute("width", `${width}pt`);
  copy.setAttribute("height", `${height}pt`);
  copy.setAttribute("style", `font-family:'DejaVu Sans',Verdana,sans-serif;stroke-linejoin:round;background:${colours.get("--page")}`);
  const title = document.createElementNS(svg.namespaceURI, "title");
  title.textContent = svg.getAttribute("aria-label");
  copy.prepend(title);
  return new XMLSerializer().serializeToString(copy);
}

function tool(region, label, about, act) {
  const tools = document.createElement("p");
  const button = document.createElement("button");
  tools.className = "tools";
  button.type = "button";
  button.textContent = label;
  button.setAttribute("aria-label", `${label}: ${about}`);
  button.addEventListener("click", async () => {
    button.textContent = (await act()) ?? label;
    setTimeout(() => { button.textContent = label; }, 2_000);
  });
  tools.append(button);
  region.after(tools);
}

async function copyOrDownload(name, text) {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    download(name, "text/csv", text);
    return "Saved";
  }
}

for (const region of document.querySelectorAll(".scroll")) {
  const svg = region.querySelector(":scope > svg");
  const table = region.querySelector("table");
  if (svg) {
    tool(region, "Save SVG", svg.getAttribute("aria-label"), () =>
      download(`${region.closest("figure").id}.svg`, "image/svg+xml", standalone(svg)));
  } else if (table) {
    const about = words(table.caption);
    const name = `${about.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 60)}`;
    tool(region, "Copy CSV", about, () => copyOrDownload(`${name}.csv`, csv(table)));
    if (table.querySelector("td.forest, div.forest")) {
      tool(region, "Save SVG", about, () => download(`${name}.svg`, "image/svg+xml", drawnTable(table)));
    }
  }
}
