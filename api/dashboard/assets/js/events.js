// Events of the journal in words, and what they are about.

import { duration, label } from "./core/format.js";
import { fetchJson } from "./core/http.js";

const SENTENCES = {
  StateChanged: (e) => `${e.device} went from ${e.before} to ${e.after}${e.cause ? ` (${e.cause})` : ""}`,
  FaultInjected: (e) => `${e.device}: ${e.fault} on ${e.sensor} began`,
  FaultCleared: (e) => `${e.device}: fault on ${e.sensor} ended`,
  WearInjected: (e) => `${e.device}: ${e.mode} brought to ${Math.round(e.damage * 100)} % damage`,
  PartRepaired: (e) => `${e.device}: ${e.mode} repaired`,
  ParameterSet: (e) => `${e.device}: ${e.name} set to ${e.value}`,
  IntervalSet: (e) => `${e.device}: ${e.sensor ?? "every sensor"} now ${e.interval ?? duration(e.interval_ns / 1e9)}`,
  ConnectionActed: (e) => `${e.device}: connection ${e.what}`,
  ActorFailed: (e) => `${e.address} failed: ${e.reason}`,
  ActorRestarted: (e) => `${e.address} started again (generation ${e.generation})`,
  ActorGivenUp: (e) => `${e.address} given up: ${e.reason}`,
  ActorStopped: (e) => `${e.address} stopped`,
  ActorHung: (e) => `${e.address} takes no messages`,
  ActorReleased: (e) => `${e.address} takes messages again`,
  CommandRefused: (e) => `refused: ${e.command} - ${e.reason}`,
  RequestMade: (e) => `${e.name || e.who}: ${e.what}, answered ${e.outcome}`,
  TimeSkipped: (e) => `skipped ${duration(e.skipped_ns / 1e9)} to keep up`,
};

const TONES = {
  FaultInjected: "fault",
  WearInjected: "fault",
  ActorFailed: "bad",
  ActorGivenUp: "bad",
  ActorHung: "bad",
  CommandRefused: "warn",
  TimeSkipped: "warn",
};
const PLAIN = new Set(["number", "history", "kind", "time", "time_ns", "device", "fields"]);

/** An entry of the journal with the event's own fields beside the common ones. */
export const flat = (entry) => ({ ...entry.fields, ...entry, device: entry.device ?? entry.fields?.device ?? null });

/** Entries of the journal, newest first, as a page {items, next, total}. `asked` are the query's parameters. */
export async function journal(asked) {
  const page = await fetchJson(`/v1/journal?${new URLSearchParams(asked)}`);
  return { ...page, items: page.items.map(flat) };
}

/** Every kind of event that is known by name. */
export const KINDS = Object.keys(SENTENCES);

/** One event as a sentence; an unknown kind shows its fields. */
export function sentence(event) {
  const words = SENTENCES[event.kind];
  if (words) return words(event);
  return Object.entries(event)
    .filter(([name]) => !PLAIN.has(name))
    .map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(", ");
}

/** The kind as a label: "FaultInjected" is "Fault injected". */
export const kindLabel = (kind) => label(kind.replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`));

/** How an event is shown: "", "warn", "bad" or "fault". */
export function tone(event) {
  if (event.kind === "StateChanged")
    return event.after === "failed" ? "bad" : ["throttled", "degraded"].includes(event.after) ? "warn" : "";
  return TONES[event.kind] ?? "";
}

/** The device an event is about, or null. */
export function deviceOf(event) {
  if (event.device) return event.device;
  const match = /^fleet\/([^/]+)/.exec(event.address ?? "");
  return match ? match[1] : null;
}
