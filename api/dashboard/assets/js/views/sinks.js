// Sinks: what became of every record they were given. Accepted is acked, queued, dropped for a reason, or rejected.

import { h, icon, keyed, say } from "../core/dom.js";
import { count, duration, label } from "../core/format.js";
import { fetchJson } from "../core/http.js";
import { tune } from "../core/live.js";
import { put, watch } from "../core/store.js";

const PARTS = [
  ["acked", "Acked"],
  ["queued", "Queued"],
  ["dropped", "Dropped"],
  ["rejected", "Rejected"],
];
const ASK_MS = 2_000;
const RATE_OVER_S = 1.5;

/** Show the page; answers what to do on leaving it. */
export function sinksPage(main) {
  document.title = "Sinks - data-simulator";
  tune(["events", "clock", "sinks"]);
  const list = h("div.sinks", {});
  const nothing = h(
    "div.empty",
    { hidden: true },
    h("strong", {}, "No sinks"),
    h("span", {}, "This scenario keeps its frames to itself. Name sinks in the scenario file to carry them out."),
  );
  main.append(
    h(
      "div.page-head",
      {},
      h("h1", { tabindex: -1 }, "Sinks"),
      h("span.muted", {}, "accepted = acked + queued + dropped + rejected"),
    ),
    list,
    nothing,
  );
  const show = (sinks) => {
    nothing.hidden = sinks.length > 0;
    keyed(list, sinks, (sink) => sink.name, make, update);
  };
  const ask = async () => {
    try {
      put("sinks", (await fetchJson("/v1/sinks?limit=100")).items);
    } catch {
      /* the banner says it */
    }
  };
  ask();
  const stop = watch("sinks", show);
  const timer = setInterval(() => {
    if (!document.hidden) ask();
  }, ASK_MS);
  return () => {
    stop();
    clearInterval(timer);
  };
}

function make(sink) {
  const parts = {
    status: h("span.chip", {}),
    problem: h("div.problems", { hidden: true }),
    lag: h("dd", {}),
    rate: h("dd", {}),
    flow: flowMeter(),
    depth: h("dd", {}),
    fenced: h("dd", {}),
    books: {},
  };
  const book = (name) => {
    const line = h(
      "div.ledger",
      { "aria-hidden": "true" },
      PARTS.map(([part]) => h(`i.${part}`, {})),
    );
    const cells = Object.fromEntries(
      ["accepted", ...PARTS.map(([part]) => part)].map((part) => [part, h("td.number", {})]),
    );
    const reasons = h("div.small.muted", {});
    parts.books[name] = { line, cells, reasons };
    return [
      h("tr", {}, h("th", { scope: "row" }, label(name)), Object.values(cells)),
      h("tr.ledger-row", {}, h("td", { colspan: 6 }, line, reasons)),
    ];
  };
  const element = h(
    "section.panel.sink",
    { "aria-label": `Sink ${sink.name}` },
    h(
      "div.panel-head",
      {},
      h("h2", {}, sink.name),
      sink.kind === sink.name ? null : h("span.chip", {}, sink.kind),
      parts.status,
    ),
    h(
      "div.panel-body",
      {},
      parts.problem,
      h(
        "dl.facts",
        {},
        h("div", {}, h("dt", {}, "Delivers"), parts.rate),
        h(
          "div",
          { title: "How long what is queued has to wait, at the rate at which records come in now" },
          h("dt", {}, "Lag"),
          parts.lag,
        ),
        h("div", {}, h("dt", {}, "Inside, not settled"), parts.depth),
        h("div", {}, h("dt", {}, "Fenced"), parts.fenced),
      ),
    ),
    h(
      "div.scroll",
      { tabindex: 0, role: "region", "aria-label": `Books of ${sink.name}` },
      h(
        "table",
        { "aria-label": `Books of ${sink.name}` },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col" }, "Records"),
            h("th.number", { scope: "col" }, "Accepted"),
            PARTS.map(([part, words]) =>
              h("th.number", { scope: "col" }, h(`i.dot.${part}`, { "aria-hidden": "true" }), words),
            ),
          ),
        ),
        h("tbody", {}, book("frames"), book("truths"), book("faults")),
      ),
    ),
  );
  element.parts = parts;
  return element;
}

function update(element, sink) {
  const { status, problem, lag, rate, flow, depth, fenced, books } = element.parts;
  const trouble = Boolean(sink.problem);
  status.className = `chip ${trouble ? "bad" : ""}`;
  say(status, trouble ? "in trouble" : "working");
  problem.hidden = !trouble;
  if (problem.textContent !== sink.problem) problem.replaceChildren(icon("alert"), sink.problem);
  const { delivers, waits } = flow(sink);
  say(rate, delivers === null ? "\u2013" : `${count(Math.round(delivers))} records/s`);
  say(lag, duration(sink.lag_s ?? waits));
  say(depth, count(sink.depth));
  say(fenced, count(sink.fenced));
  for (const [name, { line, cells, reasons }] of Object.entries(books))
    showBook(name, sink[name], line, cells, reasons);
}

function showBook(name, book, line, cells, reasons) {
  const dropped = Object.values(book.dropped ?? {}).reduce((sum, n) => sum + n, 0);
  const amounts = { ...book, dropped };
  say(cells.accepted, count(book.accepted));
  PARTS.forEach(([part], n) => {
    say(cells[part], count(amounts[part]));
    line.children[n].style.flexGrow = String(amounts[part] ?? 0);
    line.children[n].hidden = !amounts[part];
  });
  line.hidden = !book.accepted;
  cells.accepted.parentElement.hidden = name !== "frames" && !book.accepted;
  line.parentElement.parentElement.hidden = !book.accepted && name !== "frames";
  say(
    reasons,
    Object.entries(book.dropped ?? {})
      .map(([reason, n]) => `${count(n)} dropped: ${reason}`)
      .join("; "),
  );
}

// Deliveries per real second, and how long what is queued waits: by Little's law what is inside over what comes in
function flowMeter() {
  let last = null;
  let rates = null;
  return (sink) => {
    const now = {
      at: performance.now(),
      accepted: sink.frames.accepted + sink.truths.accepted + sink.faults.accepted,
      acked: sink.frames.acked + sink.truths.acked + sink.faults.acked,
    };
    const passed = last ? (now.at - last.at) / 1000 : 0;
    if (passed > RATE_OVER_S) {
      const fresh = [(now.acked - last.acked) / passed, (now.accepted - last.accepted) / passed];
      rates = rates ? rates.map((rate, n) => rate * 0.5 + fresh[n] * 0.5) : fresh;
      last = now;
    }
    last ??= now;
    const queued = sink.frames.queued + sink.truths.queued + sink.faults.queued;
    if (!rates) return { delivers: null, waits: queued ? null : 0 };
    return { delivers: rates[0], waits: queued === 0 ? 0 : rates[1] > 0 ? queued / rates[1] : null };
  };
}
