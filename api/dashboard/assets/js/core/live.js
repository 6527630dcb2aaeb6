// The live stream: one EventSource for the whole page, because a browser opens only six connections to a server. A page
// says what it wants; the stream is opened anew, and comes back by itself after a loss.

import { put } from "./store.js";

const REST_OF_HIDDEN_MS = 60_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 10_000;
const TYPES = ["readings", "truth", "events", "clock", "sinks", "shed", "reset"];

const handlers = new Map(TYPES.map((type) => [type, new Set()]));
let source = null;
let wanted = null;
let retry = FIRST_RETRY_MS;
let timer = 0;
let hiddenTimer = 0;

/** Listen to one type of message; answers the function that ends it. */
export function hear(type, handler) {
  handlers.get(type).add(handler);
  return () => handlers.get(type).delete(handler);
}

/** Say which messages the page needs: their types, and the one device they are about. */
export function tune(types, device = null) {
  const query = new URLSearchParams({ types: types.join(",") });
  if (device) query.set("device", device);
  const url = `/v1/stream?${query}`;
  if (url === wanted && source) return;
  wanted = url;
  retry = FIRST_RETRY_MS;
  open();
}

/** End the stream; nothing comes until `tune`. */
export function silence() {
  wanted = null;
  close();
}

function close() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

function open() {
  close();
  if (!wanted || document.hidden) return;
  put("stream", "connecting");
  const mine = new EventSource(wanted);
  source = mine;
  mine.onopen = () => {
    retry = FIRST_RETRY_MS;
    put("stream", "live");
    put("reachable", true);
  };
  mine.onerror = () => {
    put("stream", "lost");
    // after a cut the browser tries again by itself and says what it had last; after a refusal it gives up
    if (source !== mine || mine.readyState !== EventSource.CLOSED) return;
    source = null;
    timer = setTimeout(open, retry);
    retry = Math.min(LAST_RETRY_MS, retry * 2);
  };
  for (const type of TYPES) mine.addEventListener(type, (message) => deliver(type, message));
}

function deliver(type, message) {
  const data = JSON.parse(message.data);
  for (const handler of [...handlers.get(type)]) handler(data);
}

// a page that nobody looks at gives its place at the server back
document.addEventListener("visibilitychange", () => {
  clearTimeout(hiddenTimer);
  if (document.hidden) hiddenTimer = setTimeout(close, REST_OF_HIDDEN_MS);
  else if (!source && wanted) open();
});
addEventListener("pagehide", close);
addEventListener("pageshow", (event) => {
  if (event.persisted) open();
});
