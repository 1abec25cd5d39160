// Filters, metric and order of rows in the URL's fragment, behind the section that it leads to:
// #effects&method=noprop-dt&metric-effects=Peak+memory&sort=results.0.3.desc
const selects = [...document.querySelectorAll("#filters select, .switch select")];
const keyOf = (select) => select.id.replace("filter-", "").replace("switch-", "metric-");
let anchor = "";
let applying = false;

function fragment() {
  const [first, ...rest] = location.hash.slice(1).split("&");
  const isAnchor = first !== "" && !first.includes("=");
  const state = new URLSearchParams((isAnchor ? rest : [first, ...rest]).join("&"));
  return { anchor: isAnchor ? first : "", state, isAnchor, isPlain: isAnchor && !rest.length };
}

function keep() {
  if (applying) return;
  const state = new URLSearchParams();
  for (const select of selects) {
    if (select.selectedIndex > 0) state.append(keyOf(select), select.selectedOptions[0].text);
  }
  for (const [name, table] of sorted) {
    for (const [column, direction] of table.order()) {
      if (direction) state.append("sort", `${name}.${column}.${direction}`);
    }
  }
  const hash = [anchor, state.toString()].filter(Boolean).join("&");
  if (hash === location.hash.slice(1)) return;
  try {
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  } catch {
    // Where a page may not change its address, the state is not kept.
  }
}

function orders(state) {
  const found = new Map();
  for (const text of state.getAll("sort")) {
    const [section, table, column, direction] = text.split(".");
    found.set(`${section}.${table}`, [Number(column), direction]);
  }
  return found;
}

function restore(state) {
  applying = true;
  for (const select of selects) {
    const text = state.get(keyOf(select));
    select.selectedIndex = Math.max(0, [...select.options].findIndex((o) => o.text === text));
  }
  const wanted = orders(state);
  for (const [name, table] of sorted) {
    const [column, direction] = wanted.get(name) ?? [];
    const heading = table.table().header().rows[0].cells[column];
    const fits = heading && !heading.matches(".forest") && /^(asc|desc)$/.test(direction);
    if (fits || table.order().length) table.order(fits ? [[column, direction]] : []).draw();
  }
  applying = false;
}

function lead(scrolls) {
  let id = anchor;
  try {
    id = decodeURIComponent(anchor);
  } catch {
    // No id of ours needs decoding.
  }
  const target = document.getElementById(id);
  if (!target) return;
  target.querySelector(":scope > details.folded-section")?.setAttribute("open", "");
  for (let up = target.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
  if (scrolls) target.scrollIntoView();
}

function follow(first) {
  const found = fragment();
  anchor = found.anchor;
  // A link of the contents leads somewhere else and leaves everything as it is.
  if (!found.isPlain || first === true) restore(found.state);
  lead(!found.isPlain);
  keep();
}

for (const select of selects) {
  select.addEventListener("change", () => {
    show(null);
    keep();
  });
}
for (const table of sorted.values()) table.on("order", keep);
addEventListener("hashchange", follow);
follow(true);
