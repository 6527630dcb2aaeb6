// The dashboard's beginning: who am I, the frame, the pages, and what every page needs to know.

import { fetchJson } from "./core/http.js";
import { hear, silence } from "./core/live.js";
import * as router from "./core/router.js";
import { announce } from "./core/speak.js";
import { get, put, watch } from "./core/store.js";
import { listenForKeys } from "./keys.js";
import { buildShell } from "./shell.js";
import { flat, sentence } from "./events.js";
import { devicePage } from "./views/device.js";
import { faultsPage } from "./views/faults.js";
import { fleetPage } from "./views/fleet.js";
import { journalPage } from "./views/journal.js";
import { showSignIn } from "./views/sign_in.js";
import { sinksPage } from "./views/sinks.js";

const ASK_AGAIN_MS = 2_000;
const STALE_MS = 4_000;
const root = document.getElementById("app");
const TABLE = [
  [/^\/fleet$/, "fleet", fleetPage],
  [/^\/devices\/([^/]+)$/, "fleet", devicePage],
  [/^\/faults$/, "faults", faultsPage],
  [/^\/journal$/, "journal", journalPage],
  [/^\/sinks$/, "sinks", sinksPage],
];

let clockHeard = 0;
let running = false;

async function begin() {
  let known;
  try {
    const me = await fetchJson("/v1/me");
    known = { me, ...(await everything()) };
  } catch (problem) {
    // a fleet that is still starting answers 503 for a while
    if (problem.status === 401) showGate();
    else setTimeout(begin, ASK_AGAIN_MS);
    return;
  }
  for (const [name, value] of Object.entries(known)) put(name, value);
  put("signedIn", true);
  running = true;
  router.start(buildShell(root), TABLE);
  await countFaults();
}

async function everything() {
  const [kinds, clock] = await Promise.all([fetchJson("/v1/kinds"), fetchJson("/v1/clock")]);
  return { kinds, clock };
}

function showGate() {
  if (running) router.stop();
  running = false;
  silence();
  document.querySelector("dialog[open]")?.close();
  showSignIn(root, begin);
}

// the count beside "Faults" and the announcements follow the events; the list itself is asked for
async function countFaults() {
  try {
    put("faultCount", (await fetchJson("/v1/faults?limit=1")).total);
  } catch {
    /* the next event asks again */
  }
}

let countTimer = 0;
hear("events", (event) => {
  if (!/^Fault/.test(event.kind)) return;
  announce(sentence(flat(event)));
  clearTimeout(countTimer);
  countTimer = setTimeout(countFaults, 400);
});
hear("clock", (clock) => {
  clockHeard = performance.now();
  put("clock", clock);
});
hear("reset", () => {
  countFaults();
  router.again();
});
hear("sinks", ({ items }) => put("sinks", items));
watch("sinks", (items) => put("sinkTroubles", items.filter((sink) => sink.problem).length));
watch("signedIn", (signedIn) => {
  if (signedIn === false && running) showGate();
});

// while the stream is away the clock is asked for: that is also what notices that the server is back
setInterval(async () => {
  if (!running || document.hidden || performance.now() - clockHeard < STALE_MS) return;
  try {
    put("clock", await fetchJson("/v1/clock"));
  } catch {
    /* the banner says it */
  }
}, ASK_AGAIN_MS);
watch("reachable", (reachable) => {
  if (reachable && running && get("stream") === "lost") countFaults();
});

listenForKeys();
begin();
