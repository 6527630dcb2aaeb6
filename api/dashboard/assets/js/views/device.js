// One device: what its sensors say, what is really so, and everything that can be done to it.

import { h } from "../core/dom.js";
import { seconds } from "../core/format.js";
import { deviceUrl, fetchJson } from "../core/http.js";
import { hear, tune } from "../core/live.js";
import { get, watch } from "../core/store.js";
import { charts } from "../device/charts.js";
import { FaultSpans, faultPanel } from "../device/fault_panel.js";
import { deviceHead } from "../device/head.js";
import { nowTable } from "../device/now_table.js";
import { Series } from "../device/series.js";
import { settingsPanel } from "../device/settings_panel.js";
import { truthPanel } from "../device/truth_panel.js";
import { eventList } from "../event_list.js";
import { hint } from "../hint.js";
import { debounce } from "../place.js";

const ASK_MS = 2_000;

/** Show the page of a device; answers what to do on leaving it. */
export function devicePage(main, id) {
  document.title = `${id} - data-simulator`;
  const page = {
    id,
    main,
    left: false,
    stops: [],
    device: null,
    series: new Series(),
    spans: new FaultSpans(id),
    truth: null,
    faults: [],
    readings: {},
  };
  main.append(h("h1.hidden", { tabindex: -1 }, id), h("p.muted", { role: "status" }, "Loading..."));
  load(page).catch((problem) => missing(page, problem));
  return () => {
    page.left = true;
    for (const stop of page.stops) stop();
  };
}

async function load(page) {
  page.device = await fetchJson(deviceUrl(page.id));
  if (page.left) return;
  build(page);
  tune(["readings", "truth", "events", "clock", "sinks"], page.id);
  const [history] = await Promise.all([
    fetchJson(deviceUrl(page.id, "/history?limit=1000")).catch(() => ({ sensors: {} })),
    page.spans.load().catch(() => {}),
  ]);
  page.series.fill(history.sensors);
  page.charts.refresh();
}

function build(page) {
  const { id, main, device } = page;
  const kinds = get("kinds");
  page.again = debounce(() => refetch(page), 250);
  const sensors = Object.entries(kinds.devices[device.kind]?.sensors ?? {}).map(([name, sensor]) => ({
    name,
    unit: kinds.sensors[sensor]?.unit ?? "",
    fitted: device.readings?.[name] !== null,
  }));
  Object.assign(page, {
    sensors,
    head: deviceHead(id, page.again),
    truthPart: truthPanel(id, page.again),
    faultPart: faultPanel(id, page.again),
    now: nowTable(),
    charts: charts(id, sensors, page.series, (sensor) => page.spans.of(sensor)),
    events: eventList({
      device: id,
      limit: 10,
      onevent: (event) => {
        page.spans.hear(event);
        page.charts.refresh();
        if (event.kind !== "StateChanged") page.again();
      },
    }),
  });
  main.replaceChildren(
    page.head.element,
    ...[
      hint(
        "device",
        "The solid line is what the sensor says, the dashed line what is so. The bolt beside a chart makes them part.",
      ),
    ].filter(Boolean),
    h(
      "div.device-grid",
      {},
      h("div.device-left", {}, page.charts.element, page.now.element),
      h(
        "div.device-right",
        {},
        page.truthPart.element,
        page.faultPart.element,
        h(
          "section.panel",
          { "aria-labelledby": "device-events" },
          h("div.panel-head", {}, h("h2", { id: "device-events" }, "Events")),
          page.events.element,
        ),
        settingsPanel(device, page.again),
      ),
    ),
  );
  showDevice(page, device);
  main.querySelector("h1").focus({ preventScroll: true });
  listen(page);
}

// without the stream (the server may have too many listeners) the page asks, so that it is slow rather than dead
function askWithoutStream(page) {
  const timer = setInterval(async () => {
    if (document.hidden || get("stream") === "live") return;
    await refetch(page);
    try {
      page.series.fill((await fetchJson(deviceUrl(page.id, "/history?limit=120"))).sensors);
      page.charts.refresh();
    } catch {
      /* the banner says that there is no answer */
    }
  }, ASK_MS);
  page.stops.push(() => clearInterval(timer));
}

function listen(page) {
  askWithoutStream(page);
  const mine = (message) => message.device === page.id;
  page.stops.push(
    page.charts.end,
    page.events.end,
    page.head.end,
    hear("readings", (frame) => {
      if (mine(frame)) {
        page.series.add(frame);
        Object.assign(page.readings, frame.readings);
        page.charts.refresh();
        showNow(page);
      }
    }),
    hear("truth", (truth) => {
      if (mine(truth)) {
        page.series.addTruth(truth);
        showTruth(page, truth);
      }
    }),
    watch("stream", (state) => {
      if (state === "live") page.again();
    }),
  );
}

async function refetch(page) {
  if (page.left) return;
  try {
    showDevice(page, await fetchJson(deviceUrl(page.id)));
  } catch {
    /* the banner says that there is no answer */
  }
}

function showDevice(page, device) {
  page.device = device;
  page.head.show(device);
  Object.assign(page.readings, device.readings ?? {});
  page.faults = device.faults_in_force;
  if (device.truth) showTruth(page, { ...device.truth, state: device.state });
  showNow(page);
}

function showTruth(page, truth) {
  page.truth = truth;
  const now = seconds(truth.time);
  if (truth.state && truth.state !== page.device.state) page.device.state = truth.state;
  page.head.show({ ...page.device, symptoms: truth.symptoms ?? page.device.symptoms });
  page.truthPart.show(truth);
  // the stream names the faults only; what else there is to know of a new one is asked for
  if (String([...truth.faults].sort()) !== String(page.faults.map((fault) => fault.id).sort())) page.again();
  page.faultPart.show(page.faults, now);
  page.spans.agree(page.faults, now);
  page.charts.refresh();
}

function showNow(page) {
  page.now.show(
    page.sensors.map(({ name, unit }) => ({
      name,
      unit,
      value: page.readings[name],
      clean: page.truth?.clean?.[name],
      interval: page.device.intervals?.[name],
    })),
  );
}

function missing(page, problem) {
  if (page.left || problem.status === 401) return;
  if (problem.status === undefined) throw problem;
  tune(["events", "clock", "sinks"]);
  page.main.replaceChildren(
    h(
      "div.empty",
      {},
      h("h1", { tabindex: -1 }, problem.status === 404 ? "There is no such device" : "The device cannot be shown"),
      h("span", {}, problem.message),
      h("a.button", { href: "#/fleet" }, "Back to the fleet"),
    ),
  );
}
