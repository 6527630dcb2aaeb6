// The form of wear: which part, and how far it has come.

import { h, unique } from "./core/dom.js";
import { label } from "./core/format.js";
import { deviceUrl, fetchJson } from "./core/http.js";
import { get } from "./core/store.js";
import { cards } from "./fields.js";

/** The form, for a place. */
export async function wearForm(place) {
  const device = place.device ? await fetchJson(deviceUrl(place.device)).catch(() => null) : null;
  const known = get("kinds").modes;
  const names = device?.modes?.length ? device.modes : Object.keys(known);
  const now = new Map((device?.truth?.wear ?? []).map((wear) => [wear.mode, wear.damage]));
  const chosen = { mode: names.includes("fan-bearing") ? "fan-bearing" : names[0] };
  const id = unique("damage");
  const shown = h("output", { for: id });
  const slider = h("input", { id, type: "range", min: 5, max: 100, step: 5, value: 90 });
  const tell = () => {
    shown.textContent = `${slider.value} % - ${slider.value >= 100 ? "it fails now" : slider.value >= 80 ? "close to failing" : "it still works"}`;
  };
  slider.addEventListener("input", tell);
  tell();
  return {
    elements: [
      cards(
        "mode",
        "Which part",
        names.map((name) => ({ value: name, title: label(name), text: wearText(known[name], now.get(name)) })),
        chosen.mode,
        (value) => {
          chosen.mode = value;
        },
      ),
      h(
        "div.field",
        {},
        h("label", { for: id }, "Damage to reach at once"),
        slider,
        h("div.help", {}, shown),
        h("div.help", {}, "0 % is new, 100 % has failed. Damage is never lowered by this; a repair does that."),
      ),
    ],
    read: () => ({ do: "inject-wear", mode: chosen.mode, damage: Number(slider.value) / 100 }),
  };
}

function wearText(mode, damage) {
  const now = damage === undefined ? "" : `Now ${Math.round(damage * 100)} % worn.`;
  return [mode?.summary, now].filter(Boolean).join(" ");
}
