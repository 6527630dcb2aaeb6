// Colours of cells: by health on a scale that any colour vision can read, by state, or by temperature.

import { token } from "../core/dom.js";

const STOPS = ["--health-0", "--health-25", "--health-50", "--health-75", "--health-100"];
const LEVELS = 64;
const COLDEST = 20;
const HOTTEST = 95;

/** The names of states behind the letters of the map, with their sign on a cell. */
export const MARKS = {
  failed: "cross",
  stopped: "hollow",
  provisioned: "hollow",
  paused: "bars",
  booting: "dot",
  throttled: "foot",
  degraded: "foot",
};

/** Ready-made colours for the present theme. */
export function palette(states) {
  const stops = STOPS.map((name) => rgb(token(name)));
  const scale = Array.from({ length: LEVELS }, (_, level) => mix(stops, level / (LEVELS - 1)));
  return {
    scale: scale.map(css),
    onScale: scale.map(ink),
    states: states.map((state) => token(`--state-${state}`) || token("--state-stopped")),
    onStates: states.map((state) => ink(rgb(token(`--state-${state}`) || "#888888"))),
    unknown: token("--health-unknown"),
    text: token("--text"),
    muted: token("--muted"),
    fault: token("--break"),
    surface: token("--surface"),
    line: token("--line-strong"),
  };
}

/** The level of a health in percent; -1 for unknown. */
export const healthLevel = (percent) => (percent < 0 ? -1 : Math.round((percent / 100) * (LEVELS - 1)));

/** The level of a temperature: cold is where good health is, hot where bad health is. */
export function heatLevel(celsius) {
  if (celsius === null || celsius === undefined) return -1;
  const share = Math.min(1, Math.max(0, (celsius - COLDEST) / (HOTTEST - COLDEST)));
  return Math.round((1 - share) * (LEVELS - 1));
}

/** The ends of the scale in words, for the legend. */
export const ENDS = {
  health: ["0 %, failed", "100 %, as new"],
  temperature: [`${HOTTEST} \u00b0C`, `${COLDEST} \u00b0C`],
};

function rgb(hex) {
  const number = Number.parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

function mix(stops, share) {
  const at = share * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  return stops[low].map((channel, i) => Math.round(channel + (stops[low + 1][i] - channel) * (at - low)));
}

const css = (colour) => `#${colour.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;

/** Black or white, whichever is read better on a colour (relative luminance of WCAG). */
function ink(colour) {
  const [r, g, b] = colour.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#0b0d12" : "#ffffff";
}
