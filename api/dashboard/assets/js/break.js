// The dialog that breaks something: pick where, pick what, done. Its forms follow the vocabulary that the server tells.

import { h } from "./core/dom.js";
import { fetchJson } from "./core/http.js";
import { get } from "./core/store.js";
import { current } from "./core/router.js";
import { openDialog } from "./dialog.js";
import { segments } from "./fields.js";
import { disturbForm } from "./disturb_form.js";
import { faultForm } from "./fault_form.js";
import { carryOut } from "./orders.js";
import { wearForm } from "./wear_form.js";
import { placePicker } from "./place.js";

const WAYS = [
  ["fault", "A sensor lies"],
  ["wear", "A part wears out"],
  ["disturb", "The device is disturbed"],
];
const MAKERS = { fault: faultForm, wear: wearForm, disturb: disturbForm };

/** Open the dialog, for one device or for whichever the person picks. `sensor` is chosen beforehand when given. */
export async function breakSomething({ device = null, way = "fault", sensor = null } = {}) {
  const place = placePicker(device ?? deviceOnPage() ?? (await someDevice()));
  const holder = h("div.way", {});
  const trouble = h("div.problems", { role: "alert", hidden: true });
  let form = null;
  let chosen = way;
  const rebuild = async () => {
    form = await MAKERS[chosen](place.value(), { sensor });
    holder.replaceChildren(...form.elements);
  };
  place.onchange = rebuild;
  await rebuild();
  const submit = async () => {
    trouble.hidden = true;
    try {
      await carryOut(place.value(), form.read());
      return true;
    } catch (problem) {
      trouble.replaceChildren(...(problem.lines ?? [problem.message]).map((line) => h("p", {}, line)));
      trouble.hidden = false;
      return false;
    }
  };
  openDialog({
    title: "Break something",
    about:
      "Nothing here is real, so nothing can be harmed. The page shows what the sensors say beside what is really so.",
    body: [
      place.element,
      segments("way", "What happens", WAYS, way, (value) => {
        chosen = value;
        rebuild();
      }),
      holder,
      trouble,
    ],
    action: "Break it",
    tone: "break",
    submit,
    foot: h("span.small.muted.only-wide", {}, "Everything can be cleared or repaired again."),
  })
    .querySelector("input[type=radio]:checked")
    ?.focus();
}

function deviceOnPage() {
  const match = /^#\/devices\/([^/]+)$/.exec(location.hash);
  return current === "fleet" && match ? decodeURIComponent(match[1]) : null;
}

/** A device that runs, so that a newcomer need not choose: the one under the map's cursor, else the first that runs. */
async function someDevice() {
  const marked = get("marked");
  if (marked) return marked;
  const page = await fetchJson("/v1/devices?state=running&limit=1").catch(() => ({ items: [] }));
  return page.items[0]?.id ?? (await fetchJson("/v1/devices?limit=1").catch(() => ({ items: [] }))).items[0]?.id ?? "";
}
