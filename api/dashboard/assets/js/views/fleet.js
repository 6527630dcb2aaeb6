// The fleet at a glance: figures, the map of devices or its table, what needs a look, what just happened.

import { h, icon } from "../core/dom.js";
import { plural } from "../core/format.js";
import { tune } from "../core/live.js";
import { devicePage, go } from "../core/router.js";
import { put, remember, remembered, watch } from "../core/store.js";
import { deviceTable } from "../device_table.js";
import { eventList } from "../event_list.js";
import { filterBar } from "../filter_bar.js";
import { fleetStats } from "../fleet_stats.js";
import { followFleet, matching } from "../fleet_data.js";
import { segments } from "../fields.js";
import { hint } from "../hint.js";
import { heatMap } from "../map/heat_map.js";
import { legend } from "../map/legend.js";
import { weakest } from "../weakest.js";
import { breakSomething } from "../break.js";

const LOOKS = [
  ["map", "Map"],
  ["table", "Table"],
];
const BYS = [
  ["health", "Health"],
  ["state", "State"],
  ["temperature", "Temperature"],
];

/** Show the page; answers what to do on leaving it. */
export function fleetPage(main) {
  document.title = "Fleet - data-simulator";
  tune(["events", "clock", "sinks"]);
  const view = {
    look: remembered("look", "map"),
    by: remembered("by", "health"),
    filter: null,
    groups: [],
    key: "",
    fleet: null,
  };
  const open = (id) => go(devicePage(id));
  const map = heatMap({ open, mark: (id) => put("marked", id) });
  const table = deviceTable();
  const scale = legend();
  const nothing = h(
    "div.empty",
    { hidden: true },
    h("strong", {}, "No device matches"),
    h("span", {}, "Change the search or the filters above."),
    h("button.button", { type: "button", onclick: () => filters.clear() }, "Clear the filters"),
  );
  const refresh = () => show(view, { map, table, scale, nothing, filters, stats });
  const filters = filterBar((filter) => {
    view.filter = filter;
    refresh();
  });
  const stats = fleetStats((state) => filters.setState(state));
  const looks = segments("look", "Show as", LOOKS, view.look, (value) => {
    view.look = value;
    remember("look", value);
    refresh();
  });
  const bys = segments("by", "Colour by", BYS, view.by, (value) => {
    view.by = value;
    remember("by", value);
    refresh();
  });
  const events = eventList({ limit: 12 });
  const low = weakest();
  main.append(
    h("div.page-head", {}, h("h1", { tabindex: -1 }, "Fleet")),
    hint(
      "fleet",
      "Every device here heats up, wears out and fails like a real one. Open one for its live charts, or break something and watch it lie.",
      ["Break something", () => breakSomething()],
    ),
    stats.element,
    h(
      "div.fleet-grid",
      {},
      h(
        "section.panel",
        { "aria-labelledby": "devices-title" },
        h("div.panel-head", {}, h("h2", { id: "devices-title" }, "Devices"), bys, looks),
        filters.element,
        h(
          "p.hidden",
          { id: "map-help" },
          "Move with the arrow keys, Home and End; Enter opens the device. The same devices are in the table view.",
        ),
        h("div.panel-body", {}, map.element, table.element, nothing),
        scale.element,
      ),
      h(
        "div.fleet-side",
        {},
        low.element,
        h(
          "section.panel",
          { "aria-labelledby": "latest-title" },
          h(
            "div.panel-head",
            {},
            h("h2", { id: "latest-title" }, "Latest events"),
            h("a.small", { href: "#/journal" }, "Journal", icon("next")),
          ),
          events.element,
        ),
      ),
    ),
  );
  const stop = [
    followFleet(),
    watch("fleet", (fleet) => {
      view.fleet = fleet;
      refresh();
      low.show(fleet);
    }),
    events.end,
    map.end,
    stats.end,
  ];
  return () => {
    put("marked", null);
    for (const end of stop) end();
  };
}

function show(view, { map, table, scale, nothing, filters, stats }) {
  const { fleet } = view;
  if (!fleet) return;
  filters.offer(fleet);
  stats.show(fleet);
  view.filter ??= filters.value();
  const members = matching(fleet, view.filter);
  regroup(view, fleet, members);
  const isMap = view.look === "map";
  nothing.hidden = members.length > 0;
  map.element.hidden = !isMap || !members.length;
  table.element.hidden = isMap || !members.length;
  scale.element.hidden = !isMap;
  if (isMap) {
    map.show(fleet, view.groups, view.by);
    scale.show(view.by, fleet);
    map.element.setAttribute("aria-label", `Map of ${plural(members.length, "device")}`);
  } else table.show(fleet, members);
}

// the groups stay the same object while their members do, so that the map is laid out only when it has to be
function regroup(view, fleet, members) {
  const key = `${fleet.revision}/${members.length}/${members.reduce((sum, i) => (sum * 31 + i) | 0, 7)}`;
  if (key === view.key) return;
  view.key = key;
  const by = new Map();
  for (const i of members) {
    const name = fleet.words.groups[fleet.group[i]];
    if (!by.has(name)) by.set(name, []);
    by.get(name).push(i);
  }
  view.groups = [...by].map(([name, list]) => ({ name, members: list }));
}
