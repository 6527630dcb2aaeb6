// The fleet as a table: everything that the map shows, for those who read rather than look.

import { h, icon, say } from "./core/dom.js";
import { count, healthText, withUnit } from "./core/format.js";
import { devicePage } from "./core/router.js";
import { fill } from "./weakest.js";

const PER_PAGE = 50;
const COLUMNS = [
  ["Device", (f, i) => f.ids[i]],
  ["Group", (f, i) => f.words.groups[f.group[i]]],
  ["Kind", (f, i) => f.words.kinds[f.kind[i]]],
  ["State", (f, i) => f.words.states[f.stateOf[i]]],
  ["Health", (f, i) => f.health[i]],
  ["Temperature", (f, i) => f.temperature[i] ?? -Infinity],
  ["Faults", (f, i) => f.faults[i]],
];
const NUMBERS = new Set(["Health", "Temperature", "Faults"]);

/** The table; `show(fleet, members)` puts it right. */
export function deviceTable() {
  const view = { column: 0, down: false, page: 0, fleet: null, members: [] };
  const body = h("tbody", {});
  const heads = COLUMNS.map(([name], n) =>
    h(
      `th${NUMBERS.has(name) ? ".number" : ""}`,
      { scope: "col" },
      h(
        "button.sort",
        {
          type: "button",
          onclick: () => {
            view.down = view.column === n ? !view.down : NUMBERS.has(name) && name !== "Health";
            view.column = n;
            refresh();
          },
        },
        name,
        h("i", { "aria-hidden": "true" }),
      ),
    ),
  );
  const range = h("span.small.muted", { "aria-live": "polite" });
  const turn = (by) => {
    view.page += by;
    refresh();
  };
  const back = h(
    "button.button.square.tiny",
    { type: "button", "aria-label": "Former page", onclick: () => turn(-1) },
    icon("back"),
  );
  const next = h(
    "button.button.square.tiny",
    { type: "button", "aria-label": "Next page", onclick: () => turn(1) },
    icon("next"),
  );
  const refresh = () => fillTable(view, { body, heads, range, back, next });
  return {
    element: h(
      "div",
      {},
      h(
        "div.scroll",
        { tabindex: 0, role: "region", "aria-label": "Table of devices" },
        h("table.devices", { "aria-label": "Devices" }, h("thead", {}, h("tr", {}, heads)), body),
      ),
      h("div.pager", {}, range, back, next),
    ),
    show(fleet, members) {
      view.fleet = fleet;
      view.members = members;
      refresh();
    },
  };
}

function fillTable(view, { body, heads, range, back, next }) {
  const { fleet } = view;
  const of = COLUMNS[view.column][1];
  const sign = view.down ? -1 : 1;
  const sorted = [...view.members].sort((a, b) => {
    const x = of(fleet, a);
    const y = of(fleet, b);
    return x < y ? -sign : x > y ? sign : a - b;
  });
  view.page = Math.max(0, Math.min(view.page, Math.ceil(sorted.length / PER_PAGE) - 1));
  const first = view.page * PER_PAGE;
  const shown = sorted.slice(first, first + PER_PAGE);
  while (body.rows.length > shown.length) body.lastElementChild.remove();
  while (body.rows.length < shown.length) body.append(row());
  shown.forEach((i, n) => fillRow(body.rows[n], fleet, i));
  heads.forEach((head, n) =>
    head.setAttribute("aria-sort", n !== view.column ? "none" : view.down ? "descending" : "ascending"),
  );
  say(range, `${count(first + 1)} to ${count(first + shown.length)} of ${count(sorted.length)}`);
  back.disabled = view.page === 0;
  next.disabled = first + PER_PAGE >= sorted.length;
}

function row() {
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("a", {})),
    h("td", {}),
    h("td", {}),
    h("td", {}, h("span.state", {})),
    h("td.number", {}, h("span.health-cell", {}, h("span.bar", { "aria-hidden": "true" }, h("i", {})), h("span", {}))),
    h("td.number", {}),
    h("td.number", {}),
  );
}

function fillRow(tr, fleet, i) {
  const [id, group, kind, state, health, temperature, faults] = tr.cells;
  const link = id.firstElementChild;
  say(link, fleet.ids[i]);
  link.href = devicePage(fleet.ids[i]);
  say(group, fleet.words.groups[fleet.group[i]]);
  say(kind, fleet.words.kinds[fleet.kind[i]]);
  const word = fleet.words.states[fleet.stateOf[i]];
  state.firstElementChild.className = `state ${word}`;
  say(state.firstElementChild, word);
  const [bar, percent] = health.firstElementChild.children;
  bar.style.setProperty("--share", Math.max(0, fleet.health[i]) / 100);
  bar.style.setProperty("--fill", fill(fleet.health[i]));
  say(percent, healthText(fleet.health[i] < 0 ? null : fleet.health[i] / 100));
  say(temperature, withUnit(fleet.temperature[i], "degC"));
  say(faults, fleet.faults[i] || "\u2013");
}
