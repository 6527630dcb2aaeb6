// Keyboard shortcuts. Single letters can be switched off, because they disturb those who speak to their computer.

import { h } from "./core/dom.js";
import { go } from "./core/router.js";
import { may } from "./core/roles.js";
import { remember, remembered } from "./core/store.js";
import { breakSomething } from "./break.js";
import { toggleHold } from "./clock_bar.js";
import { openDialog } from "./dialog.js";

const KEYS = [
  ["/", "Search devices", () => focusSearch()],
  ["b", "Break something", () => may("chaos") && breakSomething()],
  ["p", "Hold the clock, or let it run", () => toggleHold()],
  ["f", "Fleet", () => go("#/fleet")],
  ["x", "Faults in force", () => go("#/faults")],
  ["j", "Journal", () => go("#/journal")],
  ["s", "Sinks", () => go("#/sinks")],
  ["?", "This list", () => showKeys()],
];
const MAP_KEYS = [
  ["Arrow keys", "Move over the map of devices"],
  ["Home, End", "First and last device"],
  ["Enter", "Open the device"],
];

/** Begin to listen. */
export function listenForKeys() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, select, textarea, dialog, [contenteditable]") || remembered("keys") === "off")
      return;
    const found = KEYS.find(([key]) => key === event.key);
    if (!found) return;
    event.preventDefault();
    found[2]();
  });
}

function focusSearch() {
  const there = document.getElementById("search");
  if (there) {
    there.focus();
    return;
  }
  go("#/fleet");
  requestAnimationFrame(() => document.getElementById("search")?.focus());
}

/** Show the list of shortcuts, and the switch that turns them off. */
export function showKeys() {
  const on = h("input", { type: "checkbox", role: "switch", checked: remembered("keys") !== "off" });
  on.addEventListener("change", () => remember("keys", on.checked ? "on" : "off"));
  const rows = (list) => list.map(([key, words]) => h("tr", {}, h("td", {}, h("kbd", {}, key)), h("td", {}, words)));
  openDialog({
    title: "Keyboard shortcuts",
    body: [
      h(
        "table",
        { "aria-label": "Keyboard shortcuts" },
        h("thead.hidden", {}, h("tr", {}, h("th", { scope: "col" }, "Key"), h("th", { scope: "col" }, "What it does"))),
        h("tbody", {}, rows(KEYS), rows(MAP_KEYS)),
      ),
      h("label.switch", {}, on, "Single-letter shortcuts"),
    ],
  });
}
