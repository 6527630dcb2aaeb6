// The journal, live: every event in order, filtered by kind, by device, by history or operations.

import { h, icon, keyed, say, unique } from "../core/dom.js";
import { clockTime, count, day, plural, seconds } from "../core/format.js";
import { hear, tune } from "../core/live.js";
import { devicePage } from "../core/router.js";
import { KINDS, deviceOf, flat, journal, kindLabel, sentence, tone } from "../events.js";
import { segments } from "../fields.js";
import { debounce } from "../place.js";

const KEPT = 500;
const WHATS = [
  ["", "Everything"],
  ["true", "History"],
  ["false", "Operations"],
];

/** Show the page; answers what to do on leaving it. */
export function journalPage(main) {
  document.title = "Journal - data-simulator";
  tune(["events", "clock", "sinks"]);
  const view = { kind: "", device: "", history: "", items: [], cursor: null, live: true, waiting: [] };
  const body = h("tbody", {});
  const nothing = h(
    "div.empty",
    { hidden: true },
    h("strong", {}, "Nothing here"),
    h("span", {}, "No event matches, or nothing has happened yet."),
  );
  const older = h("button.button", { type: "button", hidden: true, onclick: () => load(true) }, "Older events");
  const waiting = h("button.button.tiny", {
    type: "button",
    hidden: true,
    onclick: () => {
      view.live = true;
      live.checked = true;
      release();
    },
  });
  const show = () => {
    keyed(body, view.items, (event) => String(event.number), row);
    nothing.hidden = view.items.length > 0;
    waiting.hidden = view.waiting.length === 0;
    if (view.waiting.length) say(waiting, `${plural(view.waiting.length, "new event")}`);
    older.hidden = !view.cursor;
  };
  const release = () => {
    view.items = [...view.waiting.reverse(), ...view.items].slice(0, KEPT);
    view.waiting = [];
    show();
  };
  const load = async (more = false) => {
    try {
      const page = await journal(query(view, more));
      view.items = more ? [...view.items, ...page.items] : page.items;
      view.cursor = page.next;
      if (!more) view.waiting = [];
      show();
    } catch {
      /* the banner says that there is no answer */
    }
  };
  const live = h("input", { type: "checkbox", role: "switch", checked: true });
  live.addEventListener("change", () => {
    view.live = live.checked;
    if (view.live) release();
  });
  const stop = hear("events", (entry) => {
    const event = flat(entry);
    if (!fits(view, event)) return;
    view.waiting.push(event);
    if (view.live) release();
    else show();
  });
  main.append(
    h("div.page-head", {}, h("h1", { tabindex: -1 }, "Journal"), waiting),
    h(
      "section.panel",
      { "aria-label": "Events" },
      filters(view, load, live),
      h(
        "div.scroll",
        { tabindex: 0, role: "region", "aria-label": "Table of events" },
        h(
          "table.journal",
          { "aria-label": "Events, newest first" },
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              ["Number", "Time", "Event", "What happened", "Belongs to"].map((name, n) =>
                h(n ? "th" : "th.number", { scope: "col" }, name),
              ),
            ),
          ),
          body,
        ),
      ),
      nothing,
      h("div.pager", {}, older),
    ),
  );
  load();
  return stop;
}

function filters(view, load, live) {
  const [kindId, deviceId] = [unique("kind"), unique("device")];
  const kind = h(
    "select",
    {
      id: kindId,
      onchange: () => {
        view.kind = kind.value;
        load();
      },
    },
    h("option", { value: "" }, "All kinds of event"),
    KINDS.map((name) => h("option", { value: name }, kindLabel(name))),
  );
  const device = h("input", {
    id: deviceId,
    type: "search",
    placeholder: "Device",
    autocomplete: "off",
    spellcheck: "false",
    oninput: debounce(() => {
      view.device = device.value.trim();
      load();
    }, 250),
  });
  return h(
    "div.filters",
    { role: "search" },
    h("div.search", {}, icon("search"), h("label.hidden", { for: deviceId }, "Device, its whole name"), device),
    h("div", {}, h("label.hidden", { for: kindId }, "Kind of event"), kind),
    segments("history", "History or operations", WHATS, view.history, (value) => {
      view.history = value;
      load();
    }),
    h("label.switch.push", {}, live, "Follow live"),
  );
}

function query(view, more) {
  const asked = { limit: 100 };
  for (const name of ["kind", "device", "history"]) if (view[name]) asked[name] = view[name];
  if (more && view.cursor) asked.cursor = view.cursor;
  return asked;
}

function fits(view, event) {
  if (view.kind && event.kind !== view.kind) return false;
  if (view.history && String(event.history) !== view.history) return false;
  return !view.device || deviceOf(event) === view.device;
}

function row(event) {
  const device = deviceOf(event);
  const words = sentence(event);
  const text =
    device && words.startsWith(device)
      ? [h("a.strong", { href: devicePage(device) }, device), words.slice(device.length)]
      : [words];
  const at = seconds(event.time);
  return h(
    "tr",
    {},
    h("td.muted.number", {}, count(event.number)),
    h("td", { title: event.time }, h("span.muted.only-wide", {}, `${day(at)} `), clockTime(at)),
    h("td", {}, h(`span.chip${tone(event) ? `.${tone(event)}` : ""}`, {}, kindLabel(event.kind))),
    h("td.wrap", {}, text),
    h("td.muted", {}, event.history ? "History" : "Operations"),
  );
}
