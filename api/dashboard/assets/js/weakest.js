// The devices that are worst off.

import { h, keyed, say } from "./core/dom.js";
import { healthText } from "./core/format.js";
import { devicePage } from "./core/router.js";

const SHOWN = 6;

/** The panel; `show(fleet)` puts it right. */
export function weakest() {
  const list = h("ul.rows", {});
  const element = h(
    "section.panel",
    { "aria-labelledby": "weakest-title" },
    h("div.panel-head", {}, h("h2", { id: "weakest-title" }, "Lowest health")),
    list,
  );
  return {
    element,
    show(fleet) {
      const known = [];
      for (let i = 0; i < fleet.ids.length; i += 1) if (fleet.health[i] >= 0) known.push(i);
      known.sort((a, b) => fleet.health[a] - fleet.health[b] || a - b);
      keyed(
        list,
        known.slice(0, SHOWN),
        (i) => fleet.ids[i],
        (i) => row(fleet.ids[i]),
        (item, i) => {
          const [link, state, bar, percent] = item.parts;
          state.className = `state small ${fleet.words.states[fleet.stateOf[i]]}`;
          say(state, fleet.words.states[fleet.stateOf[i]]);
          bar.style.setProperty("--share", fleet.health[i] / 100);
          bar.style.setProperty("--fill", fill(fleet.health[i]));
          say(percent, healthText(fleet.health[i] / 100));
          link.title = `${fleet.words.kinds[fleet.kind[i]]}, group ${fleet.words.groups[fleet.group[i]]}`;
        },
      );
    },
  };
}

function row(id) {
  const link = h("a.strong", { href: devicePage(id) }, id);
  const state = h("span.state.small", {});
  const bar = h("div.bar", { "aria-hidden": "true" }, h("i", {}));
  const percent = h("span.number", {});
  const item = h("li", {}, h("div.row-main", {}, link, state), bar, percent);
  item.parts = [link, state, bar, percent];
  return item;
}

/** The colour of a share of health on thin bars, where the pale end of the scale would be lost. */
export const fill = (percent) => (percent > 60 ? "var(--ok)" : percent > 25 ? "var(--warn)" : "var(--bad)");
