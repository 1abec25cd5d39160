// A table with bars in it as one drawing of its own: words where they stand, bars as they are, in
// the colours of the light page. For readers with a script alone.
const SVG = "http://www.w3.org/2000/svg";
const PAINT = [
  "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-linecap",
  "stroke-linejoin", "font-size", "font-weight", "font-style", "text-anchor",
]; // all of them inherited
const BASELINE = 0.23;

function drawing(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  return element;
}

// Names of the page's colours, and what they are on the light page.
function lightColours() {
  const colours = new Map();
  for (const rule of document.styleSheets[0].cssRules) {
    if (rule.selectorText !== ":root") continue;
    for (const name of rule.style) colours.set(name, rule.style.getPropertyValue(name).trim());
  }
  return colours;
}

// What `act` makes of the page in its light colours; nothing of that is shown.
function inTheLight(act) {
  const { style } = document.documentElement;
  const colours = lightColours();
  for (const [name, colour] of colours) style.setProperty(name, colour);
  try {
    return act(colours);
  } finally {
    for (const name of colours.keys()) style.removeProperty(name);
  }
}

const two = (number) => Number(number).toString(16).padStart(2, "0");
const hex = (value) => value.replace(/^rgb\((\d+), (\d+), (\d+)\)$/, (_, r, g, b) => `#${two(r)}${two(g)}${two(b)}`);

// A copy of what is seen of a drawing that needs no style sheet.
function painted(svg) {
  const copy = svg.cloneNode(true);
  const [before, after] = [svg, copy].map((root) => [...root.querySelectorAll("*")]);
  before.forEach((element, i) => {
    const mine = after[i];
    const [own, around] = [element, element.parentElement].map((each) => getComputedStyle(each));
    if (element === ring || !element.closest("defs") && own.display === "none") return mine.remove();
    for (const { name } of [...mine.attributes]) if (/^(class|style|data-.*)$/.test(name)) mine.removeAttribute(name);
    for (const name of PAINT) {
      const value = own.getPropertyValue(name);
      if (value !== around.getPropertyValue(name)) mine.setAttribute(name, hex(value));
    }
    if (own.opacity !== "1") mine.setAttribute("opacity", own.opacity);
  });
  for (const { name } of [...copy.attributes]) if (!/^(xmlns.*|viewBox)$/.test(name)) copy.removeAttribute(name);
  return copy;
}

// The lines into which a text is broken, each where it stands.
function linesOf(node) {
  const range = document.createRange();
  const lines = [];
  for (const { 0: word, index } of node.data.matchAll(/[^ \n\t]+/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const { left, right, top, bottom } = range.getBoundingClientRect();
    const last = lines.at(-1);
    if (last && Math.abs(last.top - top) < 2) Object.assign(last, { right, text: `${last.text} ${word}` });
    else lines.push({ left, right, top, bottom, text: word });
  }
  return lines.filter(({ left, right }) => right - left > 1);
}

function drawnTable(table) {
  return inTheLight((colours) => tableIn(colours, table));
}

function tableIn(colours, table) {
  const frame = table.getBoundingClientRect();
  const [x, y] = [(left) => (left - frame.left).toFixed(1), (top) => (top - frame.top).toFixed(1)];
  const root = drawing("svg", {
    viewBox: `0 0 ${frame.width.toFixed(0)} ${frame.height.toFixed(0)}`, width: frame.width, height: frame.height,
    style: `font-family:'DejaVu Sans',Verdana,sans-serif;background:${colours.get("--page")}`,
  });
  root.append(drawing("title", {}, words(table.caption)));
  const seen = (element) => element.checkVisibility();
  for (const row of [...table.rows].filter(seen)) {
    const { left, bottom, width } = row.getBoundingClientRect();
    root.append(drawing("rect", { x: x(left), y: y(bottom), width, height: 0.5, fill: colours.get("--line") }));
  }
  for (const svg of [...table.querySelectorAll("svg")].filter(seen)) {
    const box = svg.getBoundingClientRect();
    const bars = svg.closest("td.forest, div.forest");
    if (bars) {
      const { top, height } = bars.getBoundingClientRect();
      const [zero, from, to] = ["--zero", "--from", "--to"].map((name) => parseFloat(getComputedStyle(bars).getPropertyValue(name)));
      const band = (start, width, fill) => drawing("rect", { x: x(box.left + start), y: y(top), width, height, fill });
      root.append(band(from, Math.max(0, to - from), colours.get("--margin")), band(zero - 0.5, 1, colours.get("--soft")));
    }
    const copy = painted(svg);
    const place = { x: x(box.left), y: y(box.top), width: box.width, height: box.height, overflow: "visible" };
    for (const [name, value] of Object.entries(place)) copy.setAttribute(name, value);
    root.append(copy);
  }
  const texts = document.createTreeWalker(table, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const parent = texts.currentNode.parentElement;
    if (parent.closest("svg") || !seen(parent)) continue;
    const style = getComputedStyle(parent);
    for (const { left, right, top, bottom, text } of linesOf(texts.currentNode)) {
      root.append(drawing("text", {
        x: x(left), y: y(bottom - BASELINE * (bottom - top)), fill: hex(style.color), "font-size": style.fontSize,
        "font-weight": style.fontWeight, textLength: (right - left).toFixed(1), lengthAdjust: "spacingAndGlyphs",
      }, text));
    }
  }
  return new XMLSerializer().serializeToString(root);
}
