// Events as they come, newest first: a short list for other pages.

import { h, keyed } from "./core/dom.js";
import { clockTime, seconds } from "./core/format.js";
import { hear } from "./core/live.js";
import { devicePage } from "./core/router.js";
import { deviceOf, flat, journal, sentence, tone } from "./events.js";

/** The list, of one device or of all. `end()` stops it; `onevent` is told of each that comes. */
export function eventList({ device = null, limit = 12, onevent = () => {} } = {}) {
  let events = [];
  const list = h("ol.events", {});
  const nothing = h("div.empty", {}, h("span", {}, "Nothing has happened yet."));
  const show = () => {
    nothing.hidden = events.length > 0;
    keyed(
      list,
      events,
      (event) => String(event.number),
      (event) => item(event, device),
    );
  };
  const add = (more) => {
    const known = new Set(events.map((event) => event.number));
    events = [...more.filter((event) => !known.has(event.number)), ...events]
      .sort((a, b) => b.number - a.number)
      .slice(0, limit);
    show();
  };
  const load = async () => {
    try {
      add((await journal({ limit: 3 * limit, history: true, ...(device ? { device } : {}) })).items);
    } catch {
      /* events that come are shown all the same */
    }
  };
  const stop = hear("events", (entry) => {
    const event = flat(entry);
    // who asked for what stands in the journal; here is what came of it
    if (event.kind === "RequestMade") return;
    if (device && deviceOf(event) !== device) return;
    add([event]);
    onevent(event);
  });
  load();
  return { element: h("div.event-box", {}, list, nothing), end: stop };
}

function item(event, ofDevice) {
  const device = deviceOf(event);
  const words = sentence(event);
  const text =
    device && !ofDevice && words.startsWith(device)
      ? [h("a.strong", { href: devicePage(device) }, device), words.slice(device.length)]
      : [ofDevice && device && words.startsWith(`${device}: `) ? words.slice(device.length + 2) : words];
  return h(
    `li${tone(event) ? `.${tone(event)}` : ""}`,
    {},
    h("time", { datetime: event.time, title: event.time }, clockTime(seconds(event.time))),
    h("span", {}, text),
  );
}
