// Numbers, units, times and durations as people read them.

const UNITS = { degC: "\u00b0C", CFM: "CFM", GHz: "GHz", W: "W", V: "V", "%": "%" };
const DIGITS = { degC: 1, "%": 1, W: 1, V: 3, CFM: 1, GHz: 2 };
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const STEPS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
];

/** A unit as it is written beside a number. */
export const unitText = (unit) => UNITS[unit] ?? unit ?? "";

/** A measured value without its unit; a dash when there is none. */
export function valueText(value, unit) {
  if (value === null || value === undefined) return "\u2013";
  if (Math.abs(value) >= 1e6) return value.toExponential(2);
  return value.toFixed(DIGITS[unit] ?? 2);
}

/** A measured value with its unit. */
export function withUnit(value, unit) {
  if (value === null || value === undefined) return "no value";
  return `${valueText(value, unit)} ${unitText(unit)}`;
}

/** A count, with thousands marked. */
export const count = (number) => whole.format(number ?? 0);

/** A count in few characters: 1.2M. */
export const short = (number) => (Math.abs(number ?? 0) < 10_000 ? whole.format(number ?? 0) : compact.format(number));

/** One or many: plural(1, "device") is "1 device". */
export const plural = (number, word, many = `${word}s`) => `${count(number)} ${number === 1 ? word : many}`;

/** A duration in seconds, in its two largest units. */
export function duration(length) {
  if (length === null || length === undefined) return "\u2013";
  if (!Number.isFinite(length)) return "without end";
  if (length >= 200 * 365.25 * 86_400) return "over 200 years";
  if (length >= 2 * 365.25 * 86_400) return `${(length / 86_400 / 365.25).toFixed(1)} years`;
  if (length < 1) return `${Math.round(Math.max(0, length) * 1000)} ms`;
  if (length < 10) return `${Number.isInteger(length) ? length : length.toFixed(1)} s`;
  let rest = Math.floor(length);
  const parts = [];
  for (const [unit, size] of STEPS) {
    const n = Math.floor(rest / size);
    if (n || parts.length) {
      parts.push(`${n} ${unit}`);
      rest -= n * size;
    }
    if (parts.length === 2) break;
  }
  return parts.filter((part) => !part.startsWith("0 ")).join(" ");
}

/** Simulated Unix seconds of an RFC 3339 time with up to nine decimals. */
export function seconds(text) {
  const dot = text.indexOf(".");
  if (dot < 0) return Date.parse(text) / 1000;
  const end = text.search(/[Zz+]|-\d\d:\d\d$/);
  return Date.parse(text.slice(0, dot) + text.slice(end)) / 1000 + Number(`0${text.slice(dot, end)}`);
}

const two = (number) => String(number).padStart(2, "0");

/** The time of day of simulated Unix seconds, in UTC as everything simulated is. */
export function clockTime(unix) {
  const date = new Date(unix * 1000);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The day of simulated Unix seconds. */
export function day(unix) {
  const date = new Date(unix * 1000);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

const CAPITALS = /\b(?:bti|cpu|psu|sd|vrm|mqtt)\b/g;

/** A word of the machine as a label: "fan-bearing" is "Fan bearing", "sd-card" is "SD card". */
export function label(word) {
  const text = String(word)
    .replace(/[-_]/g, " ")
    .replace(CAPITALS, (letters) => letters.toUpperCase());
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A health index in whole percent. It never says 0 % of what has not failed. */
export function healthText(health) {
  if (health === null || health === undefined || health < 0) return "\u2013";
  const percent = health <= 0 ? 0 : Math.max(1, Math.round(health * 100));
  return `${percent} %`;
}
