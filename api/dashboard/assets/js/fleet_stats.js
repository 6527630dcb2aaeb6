// The figures above the map: how many, how they are, how fast it goes.

import { h, say } from "./core/dom.js";
import { count, duration, healthText, label, plural, seconds, short } from "./core/format.js";
import { watch } from "./core/store.js";
import { ATTENTION } from "./fleet_data.js";

/** The row of figures; a click on one filters by its state. */
export function fleetStats(filterBy) {
  const devices = stat("Devices", () => filterBy(""));
  const attention = stat("Need attention", () => filterBy("attention"));
  const faults = stat("Faults in force", () => filterBy("faulty"));
  const health = stat("Mean health");
  const rate = stat("Readings");
  const lag = stat("Lag");
  const rates = rateMeter();
  const stop = watch("clock", (clock) => {
    const now = rates(clock);
    rate.show(now === null ? "\u2013" : short(now), "per second, real time", `${short(clock.readings)} so far`);
    lag.show(
      duration(clock.lag_ms / 1000),
      "behind its pace",
      clock.skipped_s ? `${duration(clock.skipped_s)} skipped to keep up` : "",
    );
  });
  return {
    element: h(
      "div.stats",
      { role: "group", "aria-label": "Figures of the fleet" },
      [devices, attention, faults, health, rate, lag].map((one) => one.element),
    ),
    end: stop,
    show(fleet) {
      const { states } = fleet.words;
      const n = fleet.ids.length;
      const tally = new Map();
      let sum = 0;
      let known = 0;
      let lowest = -1;
      let faulty = 0;
      let total = 0;
      for (let i = 0; i < n; i += 1) {
        const state = states[fleet.stateOf[i]];
        tally.set(state, (tally.get(state) ?? 0) + 1);
        const percent = fleet.health[i];
        if (percent >= 0) {
          sum += percent;
          known += 1;
          if (lowest < 0 || percent < fleet.health[lowest]) lowest = i;
        }
        if (fleet.faults[i]) {
          faulty += 1;
          total += fleet.faults[i];
        }
      }
      devices.show(count(n), `${count(tally.get("running") ?? 0)} running`);
      const bad = [...ATTENTION].map((state) => [state, tally.get(state) ?? 0]).filter(([, many]) => many);
      attention.show(
        count(bad.reduce((all, [, many]) => all + many, 0)),
        bad.map(([state, many]) => `${count(many)} ${state}`).join(", ") || "all is well",
      );
      attention.mark(bad.length > 0 ? "bad" : "");
      faults.show(count(total), total ? `on ${plural(faulty, "device")}` : "no sensor lies");
      faults.mark(total ? "fault" : "");
      health.show(
        known ? healthText(sum / known / 100) : "\u2013",
        lowest >= 0 ? `lowest ${healthText(fleet.health[lowest] / 100)}` : "",
        lowest >= 0 ? fleet.ids[lowest] : "",
      );
    },
  };
}

function stat(title, act = null) {
  const value = h("strong", {}, "\u2013");
  const about = h("span", {}, "");
  const inside = [h("em", {}, label(title)), value, about];
  const element = act
    ? h("button.stat", { type: "button", onclick: act, title: "Show only these" }, inside)
    : h("div.stat", {}, inside);
  return {
    element,
    show(number, words, more = "") {
      say(value, number);
      say(about, words);
      if (!act && more) element.title = more;
    },
    mark(tone) {
      element.dataset.tone = tone;
    },
  };
}

// readings per real second, from the counts of the clock
function rateMeter() {
  let last = null;
  let smooth = null;
  return (clock) => {
    const now = { at: performance.now(), readings: clock.readings, time: seconds(clock.now) };
    if (last && now.at - last.at > 400) {
      const rate = Math.max(0, (now.readings - last.readings) / ((now.at - last.at) / 1000));
      smooth = smooth === null ? rate : smooth * 0.6 + rate * 0.4;
      last = now;
    }
    last ??= now;
    return clock.paused ? 0 : smooth === null ? null : Math.round(smooth);
  };
}
