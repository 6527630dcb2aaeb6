// Search and filters over the fleet; they stay as they were when the person comes back from a device.

import { h, icon, unique } from "./core/dom.js";
import { label } from "./core/format.js";
import { labelsOf } from "./fleet_data.js";
import { debounce } from "./place.js";

const NOTHING = { text: "", group: "", kind: "", state: "", label: "" };
const QUIET_MS = 120;
let kept = { ...NOTHING };

/** The bar; `onchange(filter)` is told of each change. */
export function filterBar(onchange) {
  const search = h("input", {
    id: "search",
    type: "search",
    value: kept.text,
    placeholder: "Search devices",
    "aria-label": "Search devices by name",
    autocomplete: "off",
    spellcheck: "false",
  });
  const selects = Object.fromEntries(
    [
      ["group", "All groups"],
      ["kind", "All kinds"],
      ["state", "All states"],
      ["label", "All labels"],
    ].map(([name, all]) => [name, choice(name, all)]),
  );
  const clear = h("button.quiet", { type: "button", hidden: true, onclick: () => bar.clear() }, icon("close"), "Clear");
  let revision = "";
  const tell = () => {
    kept = {
      text: search.value,
      ...Object.fromEntries(Object.entries(selects).map(([name, { select }]) => [name, select.value])),
    };
    clear.hidden = JSON.stringify(kept) === JSON.stringify(NOTHING);
    onchange(kept);
  };
  search.addEventListener("input", debounce(tell, QUIET_MS));
  for (const { select } of Object.values(selects)) select.addEventListener("change", tell);
  const bar = {
    element: h(
      "div.filters",
      { role: "search" },
      h("div.search", {}, icon("search"), search, h("kbd", { "aria-hidden": "true" }, "/")),
      Object.values(selects).map(({ element }) => element),
      clear,
    ),
    value: () => kept,
    clear() {
      search.value = "";
      for (const { select } of Object.values(selects)) select.value = "";
      tell();
      search.focus();
    },
    setState(state) {
      selects.state.select.value = selects.state.select.value === state ? "" : state;
      tell();
    },
    offer(fleet) {
      if (fleet.revision === revision) return;
      revision = fleet.revision;
      fill(selects.group, fleet.words.groups);
      fill(selects.kind, fleet.words.kinds);
      fill(selects.label, labelsOf(fleet));
      fill(selects.state, fleet.words.states, [
        ["attention", "Needs attention"],
        ["faulty", "With faults"],
      ]);
      for (const [name, { select }] of Object.entries(selects)) select.value = kept[name];
      clear.hidden = JSON.stringify(kept) === JSON.stringify(NOTHING);
    },
  };
  return bar;
}

function choice(name, all) {
  const id = unique(name);
  const select = h("select", { id }, h("option", { value: "" }, all));
  return { select, element: h("div", {}, h("label.hidden", { for: id }, label(name)), select) };
}

function fill({ select }, words, extra = []) {
  const [first] = select.options;
  select.replaceChildren(
    first,
    ...extra.map(([value, text]) => h("option", { value }, text)),
    ...words.map((word) => h("option", { value: word }, word)),
  );
}
