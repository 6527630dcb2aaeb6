// Orders: a step as scenarios have it is sent for one device or for many, and the outcome is told.

import { count, label, plural } from "./core/format.js";
import { call, deviceUrl, fetchJson } from "./core/http.js";
import { devicePage, go } from "./core/router.js";
import { attempt, toast } from "./core/speak.js";

const LOOK_AGAIN_MS = 400;
const LOOKS = 150;

/** Carry out a step at a place, and say what was done. Raises `Problem`. */
export async function carryOut(place, step) {
  if (place.device === "") throw new Error("Device: pick one first");
  if (place.device === undefined) return carryOutForMany(place, step);
  const answer = await send(place.device, step);
  const see = [`Watch ${place.device}`, () => go(devicePage(place.device))];
  const here = location.hash === devicePage(place.device);
  toast(done(place.device, step), { acts: [...(here ? [] : [see]), ...undoOf(place.device, step, answer)] });
  return answer;
}

/** Send one step for one device by the door that fits it. */
export function send(device, step) {
  const { do: word, ...rest } = step;
  if (word === "inject-fault") return call("POST", deviceUrl(device, "/faults"), rest);
  if (word === "inject-wear") return call("POST", deviceUrl(device, "/wear"), rest);
  if (word === "repair") return call("POST", deviceUrl(device, "/repair"), rest);
  return call("POST", deviceUrl(device, "/commands"), step);
}

function done(device, step) {
  switch (step.do) {
    case "inject-fault":
      return `${label(step.sensor)} of ${device} now lies: ${step.fault}${step.for ? ` for ${step.for}` : ""}.`;
    case "inject-wear":
      return `${label(step.mode)} of ${device} brought to ${Math.round(step.damage * 100)} % damage.`;
    case "repair":
      return step.mode ? `${label(step.mode)} of ${device} repaired.` : `${device} repaired.`;
    case "crash":
      return `The program of ${device} crashes. Its supervisor starts it again.`;
    case "hang":
      return `${device} takes no messages for a minute.`;
    case "go-offline":
      return `${device} is off the network.`;
    case "pause":
      return `${device} is paused.`;
    case "resume":
      return `${device} samples again.`;
    case "restart":
      return `${device} boots again.`;
    case "stop":
      return `${device} is switched off.`;
    case "clear-fault":
      return `Faults of ${device} cleared.`;
    default:
      return `${label(step.do)}: ${device}.`;
  }
}

function undoOf(device, step, answer) {
  const undo = {
    "inject-fault": answer?.id ? () => clearFault(answer.id) : null,
    "inject-wear": () => carryOut({ device }, { do: "repair", mode: step.mode }),
    pause: () => carryOut({ device }, { do: "resume" }),
    stop: () => carryOut({ device }, { do: "restart" }),
    "go-offline": () => carryOut({ device }, { do: "go-online" }),
    hang: () => carryOut({ device }, { do: "release" }),
  }[step.do];
  return undo ? [["Undo", () => attempt(undo, "Undo")]] : [];
}

/** Take one fault away. */
export const clearFault = (id) => call("DELETE", `/v1/faults/${encodeURIComponent(id)}`);

async function carryOutForMany(place, step) {
  const operation = await call("POST", "/v1/commands", { ...step, on: place.on });
  toast(`${label(step.do)} is being done on ${place.words}.`);
  if (operation?.id) follow(operation.id, place);
  return operation;
}

async function follow(id, place) {
  for (let look = 0; look < LOOKS; look += 1) {
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_AGAIN_MS);
    });
    const operation = await fetchJson(`/v1/operations/${encodeURIComponent(id)}`).catch(() => null);
    if (!operation || operation.state === "running") continue;
    const refused = operation.refused ?? [];
    const many = `${count(operation.done)} of ${plural(operation.total, "device")}`;
    toast(`${label(operation.do)} on ${place.words}: ${operation.state}, ${many}.`, {
      bad: refused.length > 0,
      lines: refused.slice(0, 3).map((one) => `${one.device}: ${one.reason}`),
    });
    return;
  }
}
