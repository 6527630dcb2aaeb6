// The whole fleet in columns, asked for again and again while somebody looks: small enough for 10,000 devices.

import { fetchJson } from "./core/http.js";
import { put } from "./core/store.js";

const FIRST_LETTER = "a".charCodeAt(0);
const EVERY_MS = 1_000;
const EVERY_LARGE_MS = 2_000;
const LARGE = 2_000;
const AFTER_ERROR_MS = 2_000;
/** States in which a device wants a look. */
export const ATTENTION = new Set(["failed", "degraded", "throttled"]);

/** Ask again and again, until the function it answers is called. Each answer is put as "fleet". */
export function followFleet() {
  let known = null;
  let timer = 0;
  let ended = false;
  const ask = async () => {
    if (document.hidden) {
      timer = setTimeout(ask, EVERY_MS);
      return;
    }
    let wait = AFTER_ERROR_MS;
    try {
      known = join(known, await fetchJson(`/v1/map${known ? `?known=${encodeURIComponent(known.revision)}` : ""}`));
      if (ended) return;
      put("fleet", known);
      wait = known.ids.length >= LARGE ? EVERY_LARGE_MS : EVERY_MS;
    } catch (problem) {
      if (problem.status === undefined) throw problem;
    }
    if (!ended) timer = setTimeout(ask, wait);
  };
  ask();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

// columns that do not change are sent once, and taken over while the revision stays the same
function join(known, answer) {
  const same = answer.ids === null && known;
  const still = same ? known : answer;
  const stateOf = new Uint8Array(answer.state.length);
  for (let i = 0; i < stateOf.length; i += 1) stateOf[i] = answer.state.charCodeAt(i) - FIRST_LETTER;
  return { ...answer, ids: still.ids, kind: still.kind, group: still.group, labels: still.labels, stateOf };
}

/** Every label of the fleet as "name=value", sorted. */
export function labelsOf(fleet) {
  const found = new Set();
  for (const labels of fleet.labels) for (const [name, value] of Object.entries(labels)) found.add(`${name}=${value}`);
  return [...found].sort();
}

/** The places of devices that a filter lets through. */
export function matching(fleet, filter) {
  const { states, kinds, groups } = fleet.words;
  const text = filter.text.trim().toLowerCase();
  const [name, value] = filter.label.split("=");
  const found = [];
  for (let i = 0; i < fleet.ids.length; i += 1) {
    const state = states[fleet.stateOf[i]];
    if (text && !fleet.ids[i].toLowerCase().includes(text)) continue;
    if (filter.group && groups[fleet.group[i]] !== filter.group) continue;
    if (filter.kind && kinds[fleet.kind[i]] !== filter.kind) continue;
    if (filter.label && String(fleet.labels[i][name]) !== value) continue;
    if (
      filter.state === "attention"
        ? !ATTENTION.has(state)
        : filter.state === "faulty"
          ? !fleet.faults[i]
          : filter.state && state !== filter.state
    )
      continue;
    found.push(i);
  }
  return found;
}
