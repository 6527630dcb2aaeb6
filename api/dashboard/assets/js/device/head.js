// The head of a device's page: its name, its state, and what can be done with it.

import { h, icon, say, set } from "../core/dom.js";
import { label } from "../core/format.js";
import { may } from "../core/roles.js";
import { attempt } from "../core/speak.js";
import { watch, get } from "../core/store.js";
import { breakSomething } from "../break.js";
import { carryOut } from "../orders.js";

const PAUSED = new Set(["paused"]);
const OFF = new Set(["stopped", "provisioned"]);
const COMMANDS = [
  {
    word: "pause",
    words: "Pause",
    drawing: "pause",
    fits: (state) => !PAUSED.has(state) && !OFF.has(state) && state !== "failed" && state !== "booting",
    why: "Stop sampling; the body lives on",
  },
  { word: "resume", words: "Resume", drawing: "play", fits: (state) => PAUSED.has(state), why: "Sample again" },
  {
    word: "restart",
    words: "Restart",
    drawing: "restart",
    fits: (state) => state !== "provisioned",
    why: "Reboot; it keeps its heat and its wear",
  },
  { word: "stop", words: "Stop", drawing: "power", fits: (state) => !OFF.has(state), why: "Switch it off" },
  { word: "repair", words: "Repair", drawing: "wrench", fits: () => true, why: "Renew every wearing part" },
];

/** The head; `show(device)` puts it right. `done` is called after a command. */
export function deviceHead(id, done) {
  const state = h("span.state", { id: "device-state" });
  const about = h("span.muted", {});
  const chips = h("div.chips", {});
  const buttons = COMMANDS.map((command) => [
    command,
    h(
      "button.button",
      { type: "button", "data-do": command.word, onclick: () => act(command) },
      icon(command.drawing),
      command.words,
    ),
  ]);
  const fault = h(
    "button.break.outline",
    { type: "button", id: "break-this", onclick: () => breakSomething({ device: id }) },
    icon("bolt"),
    "Break this device",
  );
  let shown = null;
  const act = async ({ word, words }) => {
    await attempt(() => carryOut({ device: id }, { do: word }), `${words} ${id}`);
    done();
  };
  const enable = () => {
    for (const [{ word, fits, why }, button] of buttons) {
      const fit = shown ? fits(shown.state) : false;
      button.hidden = word === "resume" && !fit;
      button.hidden ||= word === "pause" && PAUSED.has(shown?.state);
      button.disabled = !fit || !may("operate");
      set(button, "title", may("operate") ? why : `Needs a key with the role operate; yours is ${get("me")?.role}`);
    }
    fault.disabled = !may("chaos");
    set(fault, "title", may("chaos") ? "" : `Needs a key with the role chaos; yours is ${get("me")?.role}`);
  };
  const stop = watch("me", enable);
  return {
    element: h(
      "div.device-head",
      {},
      h(
        "nav.crumbs",
        { "aria-label": "Where you are" },
        h("a", { href: "#/fleet" }, "Fleet"),
        icon("next"),
        h("span", { "aria-current": "page" }, id),
      ),
      h("div.device-title", {}, h("h1", { tabindex: -1 }, id), state, about),
      chips,
      h(
        "div.device-acts",
        { role: "group", "aria-label": `Commands for ${id}` },
        buttons.map(([, button]) => button),
        fault,
      ),
    ),
    show(device) {
      shown = device;
      state.className = `state ${device.state}`;
      say(state, label(device.state));
      say(about, `${device.kind} ${device.model}, ${device.setup}, group ${device.group}`);
      fill(chips, device);
      enable();
    },
    end: stop,
  };
}

function fill(chips, device) {
  const labels = Object.entries(device.labels ?? {}).map(([name, value]) => ["", `${name}: ${value}`]);
  const symptoms = (device.symptoms ?? []).map((symptom) => ["warn", label(symptom)]);
  const key = JSON.stringify([labels, symptoms]);
  if (chips.dataset.key === key) return;
  chips.dataset.key = key;
  chips.replaceChildren(
    ...[...symptoms, ...labels].map(([tone, words]) => h(`span.chip${tone ? `.${tone}` : ""}`, {}, words)),
  );
}
