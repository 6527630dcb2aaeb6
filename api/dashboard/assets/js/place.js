// Where something is done: on one device, on a group, or on the whole fleet.

import { h, unique } from "./core/dom.js";
import { count } from "./core/format.js";
import { fetchJson } from "./core/http.js";

const WAIT_MS = 180;

/**
 * The choice of a place. `value()` is {device} or {on, words}, `on` being a selector as scenarios have it; `onchange` is
 * called when another is picked.
 */
export function placePicker(device) {
  const list = unique("devices");
  const id = unique("place");
  const input = h("input", {
    id,
    list,
    value: device,
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": `${id}-help`,
  });
  const options = h("datalist", { id: list });
  const scope = h("select", { id: `${id}-scope` }, h("option", { value: "device" }, "One device"));
  const one = h(
    "div.field",
    {},
    h("label", { for: id }, "Device"),
    input,
    options,
    h("div.help", { id: `${id}-help` }, "Type a part of its name"),
  );
  const picker = {
    element: h("div.fields", {}, h("div.field", {}, h("label", { for: `${id}-scope` }, "Where"), scope), one),
    onchange: () => {},
  };
  picker.value = () => placeOf(scope, input.value.trim());
  scope.addEventListener("change", () => {
    one.hidden = scope.value !== "device";
    picker.onchange();
  });
  input.addEventListener(
    "input",
    debounce(() => suggest(input.value, options)),
  );
  input.addEventListener("change", () => picker.onchange());
  fillGroups(scope);
  suggest("", options);
  return picker;
}

function placeOf(scope, device) {
  if (scope.value === "device") return { device };
  if (scope.value === "all") return { on: "all", words: "the whole fleet" };
  const group = scope.value.slice("group:".length);
  return { on: { groups: [group] }, words: `the group ${group}`, group };
}

async function fillGroups(scope) {
  try {
    const fleets = (await fetchJson("/v1/fleets?limit=100")).items;
    for (const fleet of fleets) {
      scope.append(h("option", { value: `group:${fleet.name}` }, `Group ${fleet.name} (${count(fleet.count)})`));
    }
    scope.append(h("option", { value: "all" }, "The whole fleet"));
  } catch {
    /* one device can be picked all the same */
  }
}

async function suggest(text, options) {
  try {
    const page = await fetchJson(`/v1/devices?limit=30${text ? `&q=${encodeURIComponent(text)}` : ""}`);
    options.replaceChildren(
      ...page.items.map((item) => h("option", { value: item.id }, `${item.kind} ${item.model}, ${item.state}`)),
    );
  } catch {
    /* suggestions are a help, not a need */
  }
}

/** A function that runs once things have been quiet for a moment. */
export function debounce(act, wait = WAIT_MS) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(act, wait, ...given);
  };
}
