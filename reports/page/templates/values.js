// Values at the pointer and by arrow keys: of figures, what their marks carry (see
// reports/drawing/values.py); of drawings within tables, what their row says.
const tip = document.createElement("p");
tip.id = "value";
tip.setAttribute("role", "status");
document.body.append(tip);
const ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
ring.setAttribute("r", "5");
ring.setAttribute("class", "here");
const NEAR = 16;
let now = null;

const words = (element) => (element?.textContent ?? "").replace(/[ \n\t]+/g, " ").trim();
const rounded = (text) => String(Number(Number(text).toPrecision(4))).replace("-", "\u2212");
const ends = (low, high) =>
  [low, high].every((end) => end && end !== "-") ? ` [${rounded(low)}, ${rounded(high)}]` : "";
const said = (label, value, low, high) =>
  label ? `${label}: ${rounded(value)}${ends(low, high)}` : "";
const joined = (parts, by) => parts.filter(Boolean).join(by);

// Chromium's checkVisibility says of groups in a drawing that they are always there.
function isDrawn(element) {
  for (let up = element; up.localName !== "svg"; up = up.parentElement) {
    if (getComputedStyle(up).display === "none") return false;
  }
  return true;
}

function drawnPoints(svg) {
  const marks = [...svg.querySelectorAll("[data-v]")].filter(isDrawn);
  return marks.flatMap((mark, series) => {
    const { s, v, n, o } = mark.dataset;
    const { p, a } = mark.closest(".panel").dataset;
    const [kx, bx, logX, ky, by, logY, middle] = a.split(" ").map(Number);
    const [first, last] = n?.split("|") ?? [];
    const names = last ? last.split(";").map((each) => `${first} ${each}`) : first?.split(";");
    let before = "";
    const below = o?.split(" ");
    return v.split(";").map((point, i) => {
      const [ownX, y, low, high, left, right] = point.split(" ");
      const x = ownX || before;
      before = x;
      const height = Number(y) + Number(below?.[i] ?? 0);
      const along = names?.[i] ?? (x === "-" ? "" : said(svg.dataset.x, x, left, right));
      return {
        svg, series,
        x: x === "-" ? middle : kx * (logX ? Math.log10(x) : Number(x)) + bx,
        y: ky * (logY ? Math.log10(height) : height) + by,
        text: joined([joined([s, p], ", "), along, said(svg.dataset.y, y, low, high)], " \u00b7 "),
      };
    });
  });
}

function rowPoints(region) {
  const cells = [...region.querySelectorAll("tbody .forest")].filter((c) => c.checkVisibility());
  return cells.map((cell, series) => ({ cell, series, text: rowWords(cell) }));
}

function rowWords(cell) {
  const row = cell.closest("tr");
  const heads = [...row.closest("table").tHead.rows[0].cells].map((th) =>
    joined([...th.childNodes].filter((n) => n.nodeName !== "svg").map(words), " "));
  const entry = cell.closest(".entry");
  if (entry) return joined([words(row.cells[0]), heads[entry.cellIndex], words(entry)], " \u00b7 ");
  const parts = [...row.cells].map((each, i) =>
    each === cell ? "" : joined([heads[i], joined([...each.childNodes].map(words), " ")], ": "));
  // What the row is about, and the effect: the rest of it needs no drawing to be read.
  const effect = parts.findIndex((part) => part.includes("]") && part.includes(", "));
  if (effect >= 0) parts.length = effect + 1;
  const seeds = cell.querySelector("[data-seeds]")?.dataset.seeds;
  return joined([...parts, seeds && `every seed: ${seeds}`], " \u00b7 ");
}

const pointsOf = (region) => {
  const svg = region.querySelector(":scope > svg");
  return svg ? drawnPoints(svg) : rowPoints(region);
};

function spot({ svg, cell, x, y }) {
  if (svg) return new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
  const box = cell.getBoundingClientRect();
  return new DOMPoint(box.left + box.width / 2, box.top + box.height / 2);
}

function place() {
  if (!now) return;
  const { x, y } = spot(now);
  const above = y - tip.offsetHeight - 12;
  tip.style.left = `${Math.max(4, Math.min(x - tip.offsetWidth / 2,
    document.documentElement.clientWidth - tip.offsetWidth - 4))}px`;
  tip.style.top = `${above > 0 ? above : y + 16}px`;
}

function show(point) {
  now = point;
  if (point?.svg) {
    ring.setAttribute("cx", point.x);
    ring.setAttribute("cy", point.y);
    point.svg.append(ring);
  } else ring.remove();
  tip.textContent = point?.text ?? "";
  place();
}

function nearest(region, event) {
  let best = null;
  let least = NEAR;
  for (const point of pointsOf(region)) {
    const { x, y } = spot(point);
    const away = Math.hypot(x - event.clientX, y - event.clientY);
    if (away < least) [best, least] = [point, away];
  }
  return best;
}

const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

function stepped(points, at, [marks, along]) {
  if (at < 0) return 0;
  if (along) return Math.min(points.length - 1, Math.max(0, at + along));
  const first = (series) => points.findIndex((point) => point.series === series);
  const { series } = points[at];
  const start = first(series + marks);
  if (start < 0) return at;
  const size = points.filter((point) => point.series === series + marks).length;
  return start + Math.min(at - first(series), size - 1);
}

for (const region of document.querySelectorAll(".scroll")) {
  const svg = region.querySelector(":scope > svg");
  if (!svg && !region.querySelector("tbody .forest")) continue;
  region.setAttribute("aria-description", "The arrow keys read its values");
  if (svg) {
    // Titles would be shown over the values; they are for readers without a script.
    svg.setAttribute("aria-label", svg.querySelector("title").textContent);
    svg.setAttribute("aria-describedby", svg.querySelector("desc").id);
    svg.removeAttribute("aria-labelledby");
    svg.querySelectorAll("title").forEach((title) => title.remove());
  }
  const seek = (event) => show(svg ? nearest(region, event) : forestUnder(event));
  const forestUnder = (event) => {
    const cell = event.target.closest?.("tbody .forest");
    return cell && { cell, text: rowWords(cell) };
  };
  region.addEventListener("pointermove", seek);
  region.addEventListener("pointerdown", seek);
  region.addEventListener("pointerleave", () => show(null));
  region.addEventListener("blur", () => show(null));
  region.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return show(null);
    const step = STEPS[event.key];
    // Sideways a table scrolls as ever.
    if (!step || event.target !== region || event.ctrlKey || event.altKey || event.metaKey) return;
    if (!svg && step[1]) return;
    const points = pointsOf(region);
    if (!points.length) return;
    event.preventDefault();
    const same = (point) => now && (svg ? point.text === now.text : point.cell === now.cell);
    const point = points[stepped(points, points.findIndex(same), step)];
    show(point);
    (point.svg ? ring : point.cell).scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    place();
  });
}
addEventListener("scroll", place, true);
