// What the vocabulary's words mean to somebody who sees them for the first time, and values that show quickly.

const FAULTS = {
  stuck: "Repeats one value, whatever happens",
  drift: "Creeps away from the truth",
  spike: "Now and then far off",
  dropout: "Readings go missing in bursts",
  bias: "Off by the same amount, always",
  gain: "Too large or too small by a factor",
  "noise-burst": "Many times noisier than it should be",
  clipping: "Nothing beyond a limit is told",
  "coarse-quantisation": "Moves in coarse steps",
  delay: "Tells what was so a while ago",
  duplicate: "Tells some readings twice",
  "start-up-zero": "Begins with a few zeros",
  "unit-slip": "Speaks in the wrong unit",
};
/** The order in which kinds are shown: what everybody knows first. */
const FIRST = Object.keys(FAULTS);
const DAY_S = 86_400;

/** A sentence about a kind of sensor fault; empty for one that is not known here and has none of its own. */
export const faultWords = (name, kind = {}) => kind.summary ?? kind.meaning ?? FAULTS[name] ?? "";

/** Kinds of faults, as [name, kind], in the order in which they are shown. */
export function inOrder(faults) {
  const place = (name) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return Object.entries(faults).sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b));
}

/** Disturbances of a device that need no parameters: [word, title, text, role]. */
export const DISTURBANCES = [
  ["crash", "Crash its program", "A bug, as the supervisor sees it; it comes back", "chaos"],
  ["hang", "Hang its program", "It takes no messages for a minute", "chaos"],
  ["go-offline", "Cut its network", "It measures on and keeps what it would have said", "chaos"],
  ["pause", "Stop sampling", "The body lives on, unseen", "operate"],
  ["restart", "Reboot it", "It keeps its heat and its wear", "operate"],
  ["stop", "Switch it off", "Nothing more until it is restarted", "operate"],
];

/**
 * Values with which a fault is seen within seconds rather than days, for a sensor that reads `value` now. Kinds that show
 * at once by themselves have none.
 */
export function obvious(fault, parameters, value) {
  const size = Math.max(Math.abs(value ?? 0), 1);
  const wish =
    {
      drift: { per_day: round((size * 0.15 * DAY_S) / 60) },
      spike: { probability: 0.15 },
      bias: { offset: round(size * 0.15) },
      gain: { gain: 1.25 },
      "noise-burst": { times: 20 },
      clipping: { hi: round(size * 0.95) },
      "coarse-quantisation": { times: 20 },
      delay: { seconds: 30 },
      duplicate: { share: 0.3 },
    }[fault] ?? {};
  return Object.fromEntries(Object.entries(wish).filter(([name]) => name in parameters));
}

const round = (number) => Number(number.toPrecision(2));
