// What may be set on a device: how often it samples, and the parameters of its body.

import { h, unique } from "../core/dom.js";
import { label } from "../core/format.js";
import { call, deviceUrl } from "../core/http.js";
import { gate } from "../core/roles.js";
import { attempt, toast } from "../core/speak.js";
import { get } from "../core/store.js";
import { field } from "../fields.js";

/** The panel for a device as GET /v1/devices/{id} tells it. */
export function settingsPanel(device, done) {
  return h(
    "section.panel",
    { "aria-labelledby": "settings-title" },
    h("div.panel-head", {}, h("h2", { id: "settings-title" }, "Settings")),
    h("div.panel-body.settings", {}, intervalForm(device, done), parameterForm(device, done)),
  );
}

function intervalForm(device, done) {
  const id = unique("interval");
  const values = [...new Set(Object.values(device.intervals ?? {}))];
  const input = h("input", {
    id,
    value: values.length === 1 ? values[0] : "",
    placeholder: values.join(", "),
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": `${id}-help`,
  });
  const button = h("button.button", { type: "submit" }, "Set");
  const form = h(
    "form.field",
    { novalidate: true },
    h("label", { for: id }, "Sampling interval"),
    h("div.pair", {}, input, gate(button, "operate")),
    h("div.help", { id: `${id}-help` }, "Such as 500ms, 5s, 1m; of every sensor"),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const interval = input.value.trim();
    await attempt(async () => {
      await call("PATCH", deviceUrl(device.id), { interval });
      toast(`${device.id} now samples every ${interval}.`);
      done();
    }, "Set the interval");
  });
  return form;
}

function parameterForm(device, done) {
  const known = get("kinds").devices[device.kind]?.settable ?? {};
  const names = device.settable?.length ? device.settable.map((one) => one.name ?? one) : Object.keys(known);
  const select = h(
    "select",
    { id: unique("parameter") },
    names.map((name) => h("option", { value: name }, label(name))),
  );
  const place = h("div", {});
  const wrong = h("div.wrong", { role: "alert" });
  let chosen = null;
  const pick = () => {
    const told = device.settable?.find?.((one) => one.name === select.value) ?? {};
    chosen = field("value", { allowed: told.allowed ?? known[select.value] ?? "", value: told.value });
    place.replaceChildren(chosen.element);
    wrong.textContent = "";
  };
  select.addEventListener("change", pick);
  if (names.length) pick();
  const form = h(
    "form.field",
    { novalidate: true },
    h("label", { for: select.id }, "Parameter of the body"),
    select,
    place,
    wrong,
    h("div", {}, gate(h("button.button", { type: "submit" }, "Set the parameter"), "operate")),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    let value;
    try {
      value = chosen.read();
    } catch {
      return;
    }
    if (value === undefined) {
      wrong.textContent = "Put a value in.";
      return;
    }
    wrong.textContent = "";
    const name = select.value;
    await attempt(async () => {
      await call("PATCH", deviceUrl(device.id), { parameters: { [name]: value } });
      toast(`${label(name)} of ${device.id} is now ${value}.`);
      done();
    }, "Set the parameter");
  });
  return h("details.more", {}, h("summary", {}, "Parameters of the body"), form);
}
