// A hint for the first visit: one line, out of the way, gone for good once closed.

import { h, icon } from "./core/dom.js";
import { may } from "./core/roles.js";
import { remember, remembered } from "./core/store.js";

/** The hint, or null when it was closed before. `act` is [words, function] and needs the role chaos. */
export function hint(name, text, act = null) {
  if (remembered(`hint-${name}`) === "closed") return null;
  const close = () => {
    remember(`hint-${name}`, "closed");
    box.remove();
  };
  const box = h(
    "aside.hint",
    { "aria-label": "Hint" },
    icon("info"),
    h("p", {}, text),
    act && may("chaos") ? h("button.button.tiny.only-wide", { type: "button", onclick: act[1] }, act[0]) : null,
    h("button.quiet.square.tiny", { type: "button", "aria-label": "Close this hint", onclick: close }, icon("close")),
  );
  return box;
}
