// The simulated clock: what time it is there, how fast it goes, and the controls to hold, step and change it.

import { h, icon, say } from "./core/dom.js";
import { clockTime, day, duration, seconds } from "./core/format.js";
import { call } from "./core/http.js";
import { gate, may } from "./core/roles.js";
import { attempt, announce } from "./core/speak.js";
import { get, put, watch } from "./core/store.js";

const PACES = ["0.5", "1", "2", "5", "10", "60", "600", "max"];
const STEPS = [
  ["1s", "1 s"],
  ["10s", "10 s"],
  ["1m", "1 min"],
  ["10m", "10 min"],
  ["1h", "1 h"],
];
const LAG_WORTH_A_WORD_MS = 250;

/** The clock and its controls. */
export function clockBar() {
  const time = h("strong", {}, "--:--:--");
  const about = h("span", {}, "");
  const hold = h("button.button.square", { type: "button", id: "hold", onclick: toggleHold });
  const step = stepper();
  const pace = paceSelect();
  watch("clock", (clock) => {
    say(time, clockTime(seconds(clock.now)));
    say(about, describe(clock));
    showHold(hold, clock.paused);
    step.hidden = !clock.paused;
    showPace(pace.select, clock.pace);
  });
  return h(
    "div.clock",
    { role: "group", "aria-label": "Simulated clock" },
    h("div.clock-time", { title: "Simulated time, UTC" }, time, about),
    h("div.clock-keys", {}, gate(hold, "operate"), step, pace),
  );
}

function describe(clock) {
  const lag = clock.lag_ms > LAG_WORTH_A_WORD_MS ? `, ${duration(clock.lag_ms / 1000)} behind` : "";
  return `${day(seconds(clock.now))}, ${clock.paused ? "held" : `${duration(clock.simulated_s)} in`}${lag}`;
}

function showHold(button, paused) {
  const words = paused ? "Let the clock run" : "Hold the clock";
  if (button.getAttribute("aria-label") === words) return;
  button.setAttribute("aria-label", words);
  if (!button.dataset.why) button.title = `${words} (p)`;
  button.replaceChildren(icon(paused ? "play" : "pause"));
}

/** Hold the clock, or let it run again. */
export async function toggleHold() {
  if (!may("operate")) return;
  const paused = !get("clock")?.paused;
  await attempt(
    async () => put("clock", await call("PATCH", "/v1/clock", { paused })),
    paused ? "Hold the clock" : "Let the clock run",
  );
  announce(paused ? "The clock is held." : "The clock runs.");
}

function stepper() {
  const size = h(
    "select",
    { "aria-label": "Length of a step" },
    STEPS.map(([value, words]) => h("option", { value }, words)),
  );
  const act = async () => {
    button.setAttribute("aria-busy", "true");
    await attempt(async () => {
      await call("POST", "/v1/clock/step", { for: size.value });
      put("clock", await call("GET", "/v1/clock"));
      announce(`Stepped ${size.selectedOptions[0].textContent}.`);
    }, "Step");
    button.removeAttribute("aria-busy");
  };
  const button = h(
    "button.button",
    { type: "button", id: "step", title: "Let this much simulated time pass, then hold again", onclick: act },
    icon("step"),
    h("span.only-wide", {}, "Step"),
    h("span.only-phone.hidden", {}, "Step"),
  );
  return h("div.clock-keys", { hidden: true }, gate(button, "operate"), gate(size, "operate"));
}

function paceSelect() {
  const select = h(
    "select",
    {
      id: "pace",
      "aria-label": "Pace: simulated seconds for each real second",
      title: "Simulated seconds for each real second",
    },
    PACES.map((pace) => h("option", { value: pace }, paceText(pace))),
  );
  select.addEventListener("change", () =>
    attempt(async () => {
      const pace = select.value === "max" ? "max" : Number(select.value);
      put("clock", await call("PATCH", "/v1/clock", { pace }));
      announce(`Pace ${paceText(select.value)}.`);
    }, "Change the pace"),
  );
  gate(select, "operate");
  const box = h("div", {}, select);
  box.select = select;
  return box;
}

const paceText = (pace) =>
  pace === "max" ? "As fast as possible" : `${pace}\u00d7 ${pace === "1" ? "real time" : "speed"}`;

function showPace(select, pace) {
  if (document.activeElement === select) return;
  const value = String(pace);
  if (![...select.options].some((option) => option.value === value))
    select.append(h("option", { value }, paceText(value)));
  if (select.value !== value) select.value = value;
}
