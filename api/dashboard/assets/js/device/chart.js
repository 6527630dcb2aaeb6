// One live chart: what a sensor says as a line, what is really so as a dashed line, times of faults shaded.

import { calm, h, say, token } from "../core/dom.js";
import { clockTime, label, unitText, valueText, withUnit } from "../core/format.js";

const HEIGHT = 150;
const LEAST_SPAN = { degC: 4, "%": 10, W: 1, V: 0.2, CFM: 2, GHz: 0.4 };
const FONT = '11px "Inter", system-ui, sans-serif';
const KNOWN = new Set(["temperature", "power", "load", "voltage", "fan", "clock"]);

/** A chart of one sensor: {name, unit}. `act()` opens the form that breaks this sensor. `key` ties the cursors together. */
export function chart({ name, unit, key, action }) {
  const now = h("strong", {}, "\u2013");
  const really = h("span.really", {});
  const place = h("div.plot", { "aria-hidden": "true" });
  const words = h("p.hidden", {});
  const flag = h("span.chip.fault", { hidden: true });
  const element = h(
    "figure.panel.chart",
    { role: "group", "aria-label": `${label(name)} over time` },
    h(
      "figcaption",
      {},
      h("div", {}, h("h3", {}, label(name)), flag, action),
      h("div.now", {}, now, h("span.unit", {}, unitText(unit)), really),
    ),
    place,
    words,
  );
  const self = {
    name,
    unit,
    key,
    plot: null,
    place,
    faults: [],
    truth: true,
    data: [[], [], []],
    from: 0,
    to: 1,
    width: 0,
  };
  const sizes = new ResizeObserver(() => {
    if (place.clientWidth !== self.width) rebuild(self);
  });
  sizes.observe(place);
  const recolour = () => rebuild(self);
  addEventListener("theme", recolour);
  return {
    element,
    name,
    /** Show a window of data with its faults ({from, to, fault}; `to` null while in force) and the truth, or without it. */
    show(data, from, to, faults, truth) {
      const shape = truth !== self.truth;
      Object.assign(self, { data, from, to, faults, truth });
      if (!self.plot || shape) rebuild(self);
      else {
        self.plot.setData(data, false);
        self.plot.setScale("x", { min: from, max: to });
      }
      tellNow({ now, really, flag, words }, self);
    },
    end() {
      sizes.disconnect();
      removeEventListener("theme", recolour);
      self.plot?.destroy();
    },
  };
}

function tellNow({ now, really, flag, words }, self) {
  const { unit, data, faults, truth } = self;
  const value = data[1].at(-1);
  const clean = truth ? (data[2].at(-1) ?? null) : null;
  const fault = faults.find(({ to }) => to === null);
  say(now, valueText(value, unit));
  flag.hidden = !fault;
  if (fault) say(flag, fault.fault);
  say(really, fault && clean !== null ? `really ${valueText(clean, unit)}` : "");
  say(words, inWords(self, value, clean, fault));
}

// what the chart shows, for those who cannot see it
function inWords({ name, unit, data }, value, clean, fault) {
  const known = data[1].filter((one) => one !== null && one !== undefined);
  if (!known.length) return `${label(name)}: no value.`;
  const low = known.reduce((least, one) => Math.min(least, one));
  const high = known.reduce((most, one) => Math.max(most, one));
  const truth = clean === null ? "" : `, really ${withUnit(clean, unit)}`;
  const range = `between ${withUnit(low, unit)} and ${withUnit(high, unit)} in the time shown`;
  return `${label(name)} now ${withUnit(value, unit)}${truth}; ${range}.${fault ? " A fault is in force." : ""}`;
}

function rebuild(self) {
  self.width = self.place.clientWidth;
  if (!self.width || !globalThis.uPlot) return;
  self.plot?.destroy();
  self.plot = new globalThis.uPlot(options(self), self.data, self.place);
}

function options(self) {
  const colour = token(`--series-${KNOWN.has(self.name) ? self.name : "other"}`);
  const text = token("--muted");
  const grid = { stroke: token("--grid"), width: 1 };
  const ticks = { show: false };
  return {
    width: self.width,
    height: HEIGHT,
    legend: { show: false },
    pxAlign: true,
    padding: [8, 14, 0, 0],
    cursor: {
      sync: { key: self.key, setSeries: false },
      drag: { x: false, y: false },
      points: { size: 7, fill: colour },
      y: false,
    },
    scales: {
      x: { time: false, range: () => [self.from, self.to] },
      y: { range: (_, low, high) => span(low, high, LEAST_SPAN[self.unit] ?? 1, self.unit === "%" ? 100 : Infinity) },
    },
    axes: [
      {
        stroke: text,
        grid: { show: false },
        ticks,
        font: FONT,
        size: 24,
        gap: 4,
        space: 70,
        incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400],
        values: (_, splits) => axisTimes(splits),
      },
      {
        stroke: text,
        grid,
        ticks,
        font: FONT,
        size: 46,
        gap: 6,
        space: 34,
        values: (_, splits, __, ___, step) => splits.map((value) => axisValue(value, step)),
      },
    ],
    series: [
      {},
      { stroke: colour, width: 1.75, points: { show: false }, spanGaps: false },
      {
        stroke: token("--truth"),
        width: 1.25,
        dash: [5, 4],
        points: { show: false },
        show: self.truth,
        alpha: 0.85,
        spanGaps: true,
      },
    ],
    hooks: { drawClear: [(plot) => shade(plot, self)], setCursor: [(plot) => tipOf(plot, self)] },
    plugins: [],
  };
}

// noise must not fill the chart: a quiet sensor has a window of a sensible size
function span(low, high, least, most) {
  if (low === null || high === null) return [0, 1];
  const middle = (low + high) / 2;
  const half = Math.max((high - low) * 0.56, least / 2);
  const bottom = middle - half;
  return [low >= 0 && bottom < 0 ? 0 : bottom, high <= most ? Math.min(most, middle + half) : middle + half];
}

function axisValue(value, step) {
  if (Math.abs(value) >= 10_000) return value.toExponential(0);
  let digits = 0;
  while (digits < 3 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits += 1;
  return value.toFixed(digits);
}

function axisTimes(splits) {
  const length = splits.every((time) => Math.round(time) % 60 === 0) ? "00:00".length : "00:00:00".length;
  return splits.map((time) => clockTime(time).slice(0, length));
}

function shade(plot, self) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { from, to } of self.faults) {
    const left = plot.valToPos(Math.max(from, self.from), "x", true);
    const right = plot.valToPos(Math.min(to ?? self.to, self.to), "x", true);
    if (right <= left) continue;
    ctx.fillStyle = token("--fault-shade");
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.fillStyle = token("--fault-edge");
    ctx.fillRect(left, bbox.top, 1.5 * devicePixelRatio, bbox.height);
    if (to !== null) ctx.fillRect(right - 1, bbox.top, 1.5 * devicePixelRatio, bbox.height);
  }
  ctx.restore();
}

function tipOf(plot, self) {
  const tip = plot.over.querySelector(".chart-tip") ?? plot.over.appendChild(h("div.chart-tip", {}));
  const at = plot.cursor.idx;
  tip.hidden = at === null || at === undefined || plot.cursor.left < 0;
  if (tip.hidden) return;
  const [times, values, cleans] = self.data;
  const clean =
    self.truth && cleans[at] !== null && cleans[at] !== undefined ? `  real ${valueText(cleans[at], self.unit)}` : "";
  say(tip, `${clockTime(times[at])}  ${withUnit(values[at], self.unit)}${clean}`);
  const right = plot.cursor.left > plot.over.clientWidth / 2;
  tip.style.left = right ? "auto" : `${plot.cursor.left + 10}px`;
  tip.style.right = right ? `${plot.over.clientWidth - plot.cursor.left + 10}px` : "auto";
}

/** How often charts are drawn, in milliseconds: a person who wants calm gets a slower picture. */
export const drawEvery = () => (calm() ? 1_000 : 250);
