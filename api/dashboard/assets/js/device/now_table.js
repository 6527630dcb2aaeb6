// The newest readings beside the truth as a table, for those who cannot see the charts or want the figures.

import { h, keyed, say } from "../core/dom.js";
import { label, unitText, valueText } from "../core/format.js";

/** The table; `show(rows)` takes {name, unit, value, clean, interval}. */
export function nowTable() {
  const body = h("tbody", {});
  return {
    element: h(
      "details.panel.now-table",
      {},
      h("summary", {}, "Newest readings as a table"),
      h(
        "div.scroll",
        { tabindex: 0, role: "region", "aria-label": "Newest readings" },
        h(
          "table",
          { "aria-label": "Newest readings" },
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              h("th", { scope: "col" }, "Sensor"),
              ["Reading", "Truth"].map((name) => h("th.number", { scope: "col" }, name)),
              h("th", { scope: "col" }, "Unit"),
              h("th", { scope: "col" }, "Every"),
            ),
          ),
          body,
        ),
      ),
    ),
    show(rows) {
      keyed(
        body,
        rows,
        ({ name }) => name,
        ({ name, unit }) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, label(name)),
            h("td.number", {}),
            h("td.number", {}),
            h("td.muted", {}, unitText(unit)),
            h("td.muted", {}),
          ),
        (tr, { unit, value, clean, interval }) => {
          say(tr.cells[1], valueText(value, unit));
          say(tr.cells[2], valueText(clean, unit));
          say(tr.cells[4], interval ?? "");
        },
      );
    },
  };
}
