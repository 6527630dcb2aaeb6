// Every sensor fault in force, with the way to end each.

import { h, icon, keyed, say } from "../core/dom.js";
import { clockTime, day, duration, label, plural, seconds } from "../core/format.js";
import { all } from "../core/http.js";
import { hear, tune } from "../core/live.js";
import { gate } from "../core/roles.js";
import { devicePage } from "../core/router.js";
import { attempt, toast } from "../core/speak.js";
import { get, put, watch } from "../core/store.js";
import { breakSomething } from "../break.js";
import { clearFault } from "../orders.js";
import { debounce } from "../place.js";

/** Show the page; answers what to do on leaving it. */
export function faultsPage(main) {
  document.title = "Faults - data-simulator";
  tune(["events", "clock", "sinks"]);
  const body = h("tbody", {});
  const total = h("span.chip", {});
  const nothing = h(
    "div.empty",
    { hidden: true },
    h("strong", {}, "No sensor lies"),
    h("span", {}, "Every reading is what a real sensor would have said."),
    gate(
      h("button.break", { type: "button", onclick: () => breakSomething() }, icon("bolt"), "Break something"),
      "chaos",
    ),
  );
  const table = h(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": "Table of faults" },
    h(
      "table.faults",
      { "aria-label": "Faults in force" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["Device", "Sensor", "Fault", "Parameters", "Since", "In force for", "Id"].map((name) =>
            h("th", { scope: "col" }, name),
          ),
          h("th", { scope: "col" }, h("span.hidden", {}, "Act")),
        ),
      ),
      body,
    ),
  );
  const load = debounce(async () => {
    try {
      const faults = await all("/v1/faults");
      put("faultCount", faults.length);
      say(total, plural(faults.length, "fault"));
      nothing.hidden = faults.length > 0;
      table.hidden = faults.length === 0;
      keyed(
        body,
        faults,
        (fault) => fault.id,
        (fault) => row(fault, load),
      );
      age(body);
    } catch {
      /* the banner says that there is no answer */
    }
  }, 150);
  main.append(
    h("div.page-head", {}, h("h1", { tabindex: -1 }, "Faults in force"), total),
    h("section.panel", { "aria-label": "Faults in force" }, table, nothing),
  );
  load();
  const stop = [
    hear("events", (event) => {
      if (/^Fault/.test(event.kind)) load();
    }),
    watch("clock", () => age(body)),
  ];
  return () => {
    for (const end of stop) end();
  };
}

function row(fault, load) {
  const since = seconds(fault.since);
  const clear = h(
    "button.button.tiny",
    {
      type: "button",
      "aria-label": `Clear ${fault.fault} on ${fault.sensor} of ${fault.device}`,
      onclick: () =>
        attempt(async () => {
          await clearFault(fault.id);
          toast(`${label(fault.sensor)} of ${fault.device} tells the truth again.`);
          load();
        }, "Clear the fault"),
    },
    "Clear",
  );
  const parameters = Object.entries(fault.parameters ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
  return h(
    "tr",
    { "data-since": since },
    h("th", { scope: "row" }, h("a", { href: devicePage(fault.device) }, fault.device)),
    h("td", {}, label(fault.sensor)),
    h("td", {}, h("span.chip.fault", {}, fault.fault)),
    h("td.muted", {}, parameters || "as it comes"),
    h("td", { title: fault.since }, h("span.muted", {}, `${day(since)} `), clockTime(since)),
    h("td.age", {}, ""),
    h("td.mono.small.muted", {}, fault.id),
    h("td.number", {}, gate(clear, "chaos")),
  );
}

function age(body) {
  const clock = get("clock");
  if (!clock) return;
  const now = seconds(clock.now);
  for (const tr of body.rows)
    say(tr.querySelector(".age"), duration(Math.max(0, Math.round(now - Number(tr.dataset.since)))));
}
