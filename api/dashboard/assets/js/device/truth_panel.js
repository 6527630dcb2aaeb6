// What is really so: health, remaining useful life, the wear of each part with its repair.

import { h, icon, keyed, say } from "../core/dom.js";
import { duration, healthText, label } from "../core/format.js";
import { gate } from "../core/roles.js";
import { attempt } from "../core/speak.js";
import { breakSomething } from "../break.js";
import { carryOut } from "../orders.js";
import { fill } from "../weakest.js";

const SHOWN = 4;

/** The panel; `show(truth)` puts it right. */
export function truthPanel(id, done) {
  const health = h("strong.big", {}, "\u2013");
  const bar = h("div.bar.thick", { "aria-hidden": "true" }, h("i", {}));
  const left = h("span.muted", {});
  const parts = h("ul.rows", {});
  const more = h("button.quiet.tiny", {
    type: "button",
    hidden: true,
    "aria-expanded": false,
    onclick: () => fold(!folded),
  });
  let folded = true;
  const fold = (now) => {
    folded = now;
    [...parts.children].forEach((item, n) => {
      item.hidden = folded && n >= SHOWN;
    });
    more.hidden = parts.children.length <= SHOWN;
    more.setAttribute("aria-expanded", String(!folded));
    say(more, folded ? `All ${parts.children.length} parts` : "Fewer parts");
  };
  const repair = async (mode) => {
    await attempt(() => carryOut({ device: id }, { do: "repair", mode }), `Repair ${mode}`);
    done();
  };
  return {
    element: h(
      "section.panel",
      { "aria-labelledby": "truth-title" },
      h(
        "div.panel-head",
        {},
        h("h2", { id: "truth-title" }, "Truth"),
        gate(
          h(
            "button.quiet.tiny",
            {
              type: "button",
              title: "Bring a part to a given damage at once",
              onclick: () => breakSomething({ device: id, way: "wear" }),
            },
            icon("bolt"),
            "Wear out",
          ),
          "chaos",
        ),
      ),
      h("div.panel-body.health", {}, h("div", {}, h("span.muted", {}, "Health"), health), bar, left),
      parts,
      h("div.foot", {}, more),
    ),
    show(truth) {
      say(health, healthText(truth.health));
      bar.style.setProperty("--share", truth.health ?? 0);
      bar.style.setProperty("--fill", fill((truth.health ?? 0) * 100));
      say(
        left,
        truth.rul_s === null || truth.rul_s === undefined
          ? "Nothing wears at present"
          : truth.rul_s <= 0
            ? "No useful life is left"
            : `${duration(truth.rul_s)} of useful life left at present stress`,
      );
      keyed(
        parts,
        [...(truth.wear ?? [])].sort((a, b) => b.damage - a.damage),
        (wear) => wear.mode,
        (wear) => part(wear, repair),
        updatePart,
      );
      fold(folded);
    },
  };
}

function part({ mode }, repair) {
  const damage = h("span.number", {});
  const bar = h("div.bar", { "aria-hidden": "true" }, h("i", {}));
  const left = h("span.small.muted", {});
  const button = h(
    "button.quiet.tiny.square",
    {
      type: "button",
      "aria-label": `Repair ${label(mode)}`,
      title: `Renew this part: ${label(mode)}`,
      onclick: () => repair(mode),
    },
    icon("wrench"),
  );
  const item = h(
    "li",
    {},
    h("div.row-main", {}, h("span", {}, label(mode)), left),
    bar,
    damage,
    gate(button, "operate"),
  );
  item.parts = { damage, bar, left };
  return item;
}

function updatePart(item, wear) {
  const { damage, bar, left } = item.parts;
  say(damage, `${(wear.damage * 100).toFixed(wear.damage < 0.1 ? 1 : 0)} %`);
  damage.title = "Damage: 0 % is new, 100 % has failed";
  bar.style.setProperty("--share", wear.damage);
  bar.style.setProperty("--fill", fill(100 - wear.damage * 100));
  say(left, wear.rul_s === null || wear.rul_s === undefined ? "does not wear now" : `${duration(wear.rul_s)} left`);
}
