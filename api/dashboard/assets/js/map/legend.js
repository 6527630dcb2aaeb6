// The legend of the map: the scale with its ends in words, the signs on cells.

import { h } from "../core/dom.js";
import { label } from "../core/format.js";
import { ENDS } from "./colours.js";

const SIGNS = [
  ["cross", "failed"],
  ["bars", "paused"],
  ["hollow", "stopped"],
  ["foot", "throttled or degraded"],
  ["corner", "fault in force"],
];

/** The legend; `show(by, fleet)` puts it right. */
export function legend() {
  const element = h("div.legend", {});
  let shown = "";
  return {
    element,
    show(by, fleet) {
      if (by === shown) return;
      shown = by;
      element.replaceChildren(...(by === "state" ? states(fleet) : [...scale(by), signs()]));
    },
  };
}

function scale(by) {
  const [low, high] = ENDS[by];
  return [h("div.scale", {}, h("span", {}, low), h("i", { "aria-hidden": "true" }), h("span", {}, high))];
}

const signs = () =>
  h(
    "div.signs",
    {},
    SIGNS.map(([sign, words]) => h("span", {}, h(`i.sign.${sign}`, { "aria-hidden": "true" }), words)),
  );

const states = (fleet) => [
  h(
    "div.signs",
    {},
    fleet.words.states.map((state) => h(`span.state.${state}`, {}, label(state))),
  ),
];
