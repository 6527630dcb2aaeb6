// The form of a sensor fault: which sensor, which fault, how long, and its parameters.

import { h, unique } from "./core/dom.js";
import { label, withUnit } from "./core/format.js";
import { deviceUrl, fetchJson } from "./core/http.js";
import { get } from "./core/store.js";
import { cards, field, readAll, segments } from "./fields.js";
import { faultWords, inOrder, obvious } from "./words.js";

const LASTING = [
  ["30s", "30 s"],
  ["1m", "1 min"],
  ["5m", "5 min"],
  ["", "Until cleared"],
];

/** Sensors of a place with unit and present value: those of one device, or those that any kind has. */
export async function sensorsOf(place) {
  const kinds = get("kinds");
  const device = place.device ? await fetchJson(deviceUrl(place.device)).catch(() => null) : null;
  const from = device ? [kinds.devices[device.kind]] : Object.values(kinds.devices);
  const found = new Map();
  for (const kind of from) {
    for (const [name, sensor] of Object.entries(kind?.sensors ?? {})) {
      const fitted = !device || device.readings?.[name] !== null;
      found.set(name, {
        name,
        unit: kinds.sensors[sensor]?.unit ?? "",
        value: device?.readings?.[name],
        known: Boolean(device),
        fitted,
      });
    }
  }
  return [...found.values()];
}

/** The form, for a place. */
export async function faultForm(place, { sensor: wished = null } = {}) {
  const sensors = await sensorsOf(place);
  const faults = get("kinds").faults;
  const chosen = {
    sensor: pick(sensors, wished),
    fault: "stuck" in faults ? "stuck" : Object.keys(faults)[0],
    lasting: "1m",
    strength: "obvious",
  };
  const parameters = h("div", {});
  let fields = [];
  const rebuild = () => {
    const kind = faults[chosen.fault].parameters ?? {};
    const sensor = sensors.find(({ name }) => name === chosen.sensor);
    const quick = obvious(chosen.fault, kind, sensor?.value);
    const given = chosen.strength === "obvious" ? quick : {};
    fields = Object.entries(kind).map(([name, rule]) =>
      field(name, { ...rule, unit: sensor?.unit, value: given[name] }),
    );
    parameters.replaceChildren(detail(fields, Object.keys(quick).length > 0, chosen, rebuild));
  };
  rebuild();
  return {
    elements: [
      cards(
        "sensor",
        "Which sensor lies",
        sensors.map(sensorCard),
        chosen.sensor,
        (value) => {
          chosen.sensor = value;
          rebuild();
        },
        { tight: true },
      ),
      cards(
        "fault",
        "How it lies",
        inOrder(faults).map(([name, kind]) => ({ value: name, title: label(name), text: faultWords(name, kind) })),
        chosen.fault,
        (value) => {
          chosen.fault = value;
          rebuild();
        },
        { shown: 7 },
      ),
      h(
        "div.field",
        {},
        h("div.group-label", { "aria-hidden": "true" }, "For how long (simulated time)"),
        h(
          "div",
          {},
          segments("lasting", "For how long, in simulated time", LASTING, chosen.lasting, (value) => {
            chosen.lasting = value;
          }),
        ),
      ),
      parameters,
    ],
    read: () => order(chosen, readAll(fields)),
  };
}

function pick(sensors, wished) {
  return (
    sensors.find(({ name }) => name === wished) ??
    sensors.find(({ name }) => name === "temperature") ??
    sensors[0]
  )?.name;
}

function sensorCard({ name, unit, value, known, fitted }) {
  const text = !known ? "" : !fitted ? "not fitted" : value === undefined ? "no reading yet" : withUnit(value, unit);
  return { value: name, title: label(name), text, disabled: !fitted };
}

function detail(fields, canBeQuick, chosen, rebuild) {
  if (!fields.length) return h("p.muted.small", {}, "This fault has no parameters.");
  const id = unique("strength");
  const strength = canBeQuick
    ? segments(
        "strength",
        "How strong",
        [
          ["obvious", "Seen within a minute"],
          ["real", "As in the field"],
        ],
        chosen.strength,
        (value) => {
          chosen.strength = value;
          rebuild();
        },
      )
    : null;
  return h(
    "div.field",
    {},
    strength ? h("div", { id }, strength) : null,
    h(
      "details.more",
      {
        open: chosen.open ?? false,
        ontoggle: (event) => {
          chosen.open = event.target.open;
        },
      },
      h("summary", {}, "Parameters"),
      h(
        "div.fields",
        {},
        fields.map((one) => one.element),
      ),
    ),
  );
}

function order(chosen, parameters) {
  const step = { do: "inject-fault", sensor: chosen.sensor, fault: chosen.fault, parameters };
  if (chosen.lasting) step.for = chosen.lasting;
  return step;
}
