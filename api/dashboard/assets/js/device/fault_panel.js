// The device's sensor faults in force, each with the way to end it; and the times of faults, for the charts to shade.

import { h, keyed, say } from "../core/dom.js";
import { duration, label, seconds } from "../core/format.js";
import { gate } from "../core/roles.js";
import { attempt, toast } from "../core/speak.js";
import { journal } from "../events.js";
import { carryOut, clearFault } from "../orders.js";

const LOOK_BACK = 200;

/** The panel; `show(faults, now)` takes the faults in force from the truth. */
export function faultPanel(id, done) {
  const list = h("ul.rows", { id: "device-faults" });
  const nothing = h("div.empty", {}, h("span", {}, "No sensor lies."));
  const clearAll = h(
    "button.quiet.tiny",
    {
      type: "button",
      hidden: true,
      onclick: async () => {
        await attempt(() => carryOut({ device: id }, { do: "clear-fault" }), "Clear the faults");
        done();
      },
    },
    "Clear all",
  );
  const clear = async (fault) => {
    await attempt(async () => {
      await clearFault(fault.id);
      toast(`${label(fault.sensor)} of ${id} tells the truth again.`);
    }, "Clear the fault");
    done();
  };
  return {
    element: h(
      "section.panel",
      { "aria-labelledby": "faults-title" },
      h("div.panel-head", {}, h("h2", { id: "faults-title" }, "Sensor faults"), gate(clearAll, "chaos")),
      list,
      nothing,
    ),
    show(faults, now) {
      nothing.hidden = faults.length > 0;
      clearAll.hidden = faults.length < 2;
      keyed(
        list,
        faults,
        (fault) => fault.id,
        (fault) => row(fault, clear),
        (item, fault) => say(item.age, `for ${duration(Math.max(0, Math.round(now - seconds(fault.since))))}`),
      );
    },
  };
}

function row(fault, clear) {
  const age = h("span.small.muted", {});
  const button = h(
    "button.button.tiny",
    { type: "button", "aria-label": `Clear ${fault.fault} on ${fault.sensor}`, onclick: () => clear(fault) },
    "Clear",
  );
  const item = h(
    "li",
    { title: fault.id },
    h("div.row-main", {}, h("span", {}, label(fault.sensor)), age),
    h("span.chip.fault", {}, fault.fault),
    gate(button, "chaos"),
  );
  item.age = age;
  return item;
}

/** The times of faults by sensor: from the journal for what has been, from the truth for what is. */
export class FaultSpans {
  constructor(device) {
    this.device = device;
    this.byId = new Map();
  }

  /** Read what the journal still knows of a device. */
  async load() {
    const { items } = await journal({ device: this.device, limit: LOOK_BACK });
    for (const event of [...items].reverse()) this.hear(event);
  }

  /** Take an event in. */
  hear(event) {
    if (event.kind === "FaultInjected") this.begin(event.id, event.sensor, event.fault, seconds(event.time));
    if (event.kind === "FaultCleared") {
      const span = this.byId.get(this.own(event.id));
      if (span) span.to = seconds(event.time);
    }
  }

  /** Take the faults in force from the truth: whatever is not among them has ended. */
  agree(faults, now) {
    const there = new Set(faults.map((fault) => this.own(fault.id)));
    for (const fault of faults) this.begin(fault.id, fault.sensor, fault.fault, seconds(fault.since));
    for (const [id, span] of this.byId) if (span.to === null && !there.has(id) && span.from < now) span.to = now;
  }

  begin(id, sensor, fault, from) {
    const known = this.byId.get(this.own(id));
    if (known?.from === from) known.to = null;
    else this.byId.set(this.own(id), { sensor, fault, from, to: null });
  }

  /** A fault's name within its device: the API puts the device before it, the journal does not. */
  own(id) {
    return id.startsWith(`${this.device}/`) ? id.slice(this.device.length + 1) : id;
  }

  /** The times of one sensor's faults. */
  of(sensor) {
    return [...this.byId.values()].filter((span) => span.sensor === sensor);
  }
}
