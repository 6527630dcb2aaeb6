// The charts of a device with their window of time and the switch for the truth.

import { h, icon } from "../core/dom.js";
import { label } from "../core/format.js";
import { gate } from "../core/roles.js";
import { remember, remembered } from "../core/store.js";
import { breakSomething } from "../break.js";
import { chart, drawEvery } from "./chart.js";

const WINDOWS = [
  ["60", "Last minute"],
  ["300", "Last 5 minutes"],
  ["900", "Last 15 minutes"],
  ["3600", "Last hour"],
  ["21600", "Last 6 hours"],
  ["all", "All there is"],
];
const SHORTEST_S = 60;
const ORDER = ["temperature", "power", "load", "voltage", "fan", "clock"];

/** The charts for a device's sensors ({name, unit, fitted}); `spans(sensor)` tells the times of its faults. */
export function charts(device, sensors, series, spans) {
  const view = { window: remembered("window", "300"), truth: remembered("truth", "on") === "on" };
  const sorted = [...sensors].sort((a, b) => place(a.name) - place(b.name));
  const made = sorted
    .filter(({ fitted }) => fitted)
    .map(({ name, unit }) => chart({ name, unit, key: device, action: breaker(device, name) }));
  const missing = sorted
    .filter(({ fitted }) => !fitted)
    .map(({ name }) =>
      h("div.panel.chart.empty", {}, h("strong", {}, label(name)), h("span", {}, "Not fitted on this device.")),
    );
  let asked = true;
  const draw = () => {
    if (!asked || document.hidden || !Number.isFinite(series.last)) return;
    asked = false;
    for (const one of made) {
      const from = Math.max(
        view.window === "all" ? -Infinity : series.last - Number(view.window),
        Math.min(series.first, series.last - SHORTEST_S),
      );
      const to = series.last;
      one.show(series.window(one.name, from), from, to, spans(one.name), view.truth);
    }
  };
  const timer = setInterval(draw, drawEvery());
  const refresh = () => {
    asked = true;
  };
  return {
    element: h(
      "section.charts-box",
      { "aria-labelledby": "charts-title" },
      tools(view, refresh),
      h(
        "div.charts",
        {},
        made.map(({ element }) => element),
        missing,
      ),
    ),
    refresh,
    end() {
      clearInterval(timer);
      for (const one of made) one.end();
    },
  };
}

const place = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);

function breaker(device, sensor) {
  const words = `Make the ${sensor} sensor lie`;
  return gate(
    h(
      "button.quiet.tiny.square",
      { type: "button", "aria-label": words, title: words, onclick: () => breakSomething({ device, sensor }) },
      icon("bolt"),
    ),
    "chaos",
  );
}

function tools(view, refresh) {
  const select = h(
    "select",
    {
      "aria-label": "Time shown",
      onchange: () => {
        view.window = select.value;
        remember("window", view.window);
        refresh();
      },
    },
    WINDOWS.map(([value, words]) => h("option", { value }, words)),
  );
  select.value = view.window;
  const truth = h("input", {
    type: "checkbox",
    role: "switch",
    id: "truth",
    checked: view.truth,
    onchange: () => {
      view.truth = truth.checked;
      remember("truth", truth.checked ? "on" : "off");
      refresh();
    },
  });
  return h(
    "div.charts-head",
    {},
    h("h2", { id: "charts-title" }, "Readings"),
    h(
      "div.keys",
      { "aria-hidden": "true" },
      h("span", {}, h("i.line"), "what the sensor says"),
      h("span", {}, h("i.dash"), "what is really so"),
      h("span", {}, h("i.shade"), "a fault in force"),
    ),
    h("label.switch", { for: "truth" }, truth, "Truth"),
    select,
  );
}
