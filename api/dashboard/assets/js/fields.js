// Form fields made from the vocabulary: what is allowed, said in words, becomes an input with its limits.

import { h, unique } from "./core/dom.js";
import { label, unitText } from "./core/format.js";

const NUMBER = "-?[\\d.]+(?:e[+-]?\\d+)?";

/** What a sentence such as "a number >= 0 and <= 1" or "-40 to 70 degC" allows. */
export function understand(allowed, unit = "") {
  const words = /^one of (.+)$/.exec(allowed) ?? /^([a-z][\w-]* or [a-z][\w-]*)$/.exec(allowed);
  if (words) return { type: "words", words: words[1].split(/, | or /) };
  const span = new RegExp(`^(${NUMBER}) to (${NUMBER})(?: (.*))?$`).exec(allowed);
  if (span) {
    if (/\bor\b/.test(span[3] ?? "")) return { type: "free", help: allowed };
    return { type: "number", min: Number(span[1]), max: Number(span[2]), unit: unitText(span[3] ?? "") };
  }
  if (allowed.startsWith("a number")) {
    const min = new RegExp(`>= (${NUMBER})`).exec(allowed);
    const max = new RegExp(`<= (${NUMBER})`).exec(allowed);
    const tail = /(?:[\d.]|a number) ([a-zA-Z%]+)$/.exec(allowed);
    const own = allowed.includes("of the sensor's unit") ? unitText(unit) : unitText(tail?.[1] ?? "");
    return { type: "number", min: min ? Number(min[1]) : null, max: max ? Number(max[1]) : null, unit: own };
  }
  return { type: "free", help: allowed };
}

/**
 * A field for one parameter. Answers {element, read}; `read` gives the value, or undefined when it was left empty, and
 * throws with the reason when it is not allowed.
 */
export function field(name, { meaning = "", allowed = "", default: otherwise = null, unit = "", value = undefined }) {
  const rule = understand(allowed, unit);
  const id = unique("field");
  const input = makeInput(rule, id, value ?? otherwise, otherwise === null && value === undefined);
  const wrong = h("div.wrong", { id: `${id}-wrong`, hidden: true });
  const help = [meaning, rule.type === "number" ? limits(rule) : rule.type === "free" ? rule.help : ""]
    .filter(Boolean)
    .join("; ");
  input.setAttribute("aria-describedby", `${id}-help ${id}-wrong`);
  const box = rule.unit ? h("div.affix", {}, input, h("span", { "aria-hidden": "true" }, rule.unit)) : input;
  const element = h(
    "div.field",
    {},
    h("label", { for: id }, label(name), rule.unit ? h("span.hidden", {}, ` in ${rule.unit}`) : null),
    box,
    h("div.help", { id: `${id}-help` }, help),
    wrong,
  );
  const complain = (text) => {
    wrong.textContent = text;
    wrong.hidden = !text;
    input.setAttribute("aria-invalid", String(Boolean(text)));
  };
  return { name, element, input, complain, read: () => read(rule, input, name, complain) };
}

function makeInput(rule, id, value, canBeEmpty) {
  if (rule.type === "words") {
    const select = h(
      "select",
      { id },
      canBeEmpty ? h("option", { value: "" }, "unchanged") : null,
      rule.words.map((word) => h("option", { value: word }, word)),
    );
    if (value !== null && value !== undefined) select.value = String(value);
    return select;
  }
  const input = h("input", {
    id,
    autocomplete: "off",
    inputmode: rule.type === "number" ? "decimal" : null,
    placeholder: canBeEmpty ? "automatic" : "",
  });
  if (value !== null && value !== undefined) input.value = String(value);
  return input;
}

function limits({ min, max, unit }) {
  const tail = unit ? ` ${unit}` : "";
  if (min !== null && max !== null) return `${plain(min)} to ${plain(max)}${tail}`;
  if (min !== null) return `${plain(min)}${tail} or more`;
  return max !== null ? `at most ${plain(max)}${tail}` : "";
}

const plain = (number) => (Math.abs(number) >= 1e6 ? number.toExponential().replace("+", "") : String(number));

function read(rule, input, name, complain) {
  complain("");
  const text = input.value.trim();
  if (text === "") return undefined;
  if (rule.type === "words") return text === "true" ? true : text === "false" ? false : text;
  const number = Number(text.replace(",", "."));
  if (rule.type === "free") return Number.isNaN(number) ? text : number;
  const low = rule.min ?? -Infinity;
  const high = rule.max ?? Infinity;
  if (Number.isNaN(number) || number < low || number > high) {
    complain(`${text} is not allowed here: ${limits(rule) || "a number"}`);
    throw new Error(`${label(name)}: ${text} is not allowed`);
  }
  return number;
}

/** The values of many fields as one object, without those left empty. */
export function readAll(fields) {
  const values = {};
  for (const one of fields) {
    const value = one.read();
    if (value !== undefined) values[one.name] = value;
  }
  return values;
}

/**
 * A row of choices, one of which is taken: radio buttons that look like cards. `choices` are {value, title, text, disabled};
 * those after the first `shown` wait behind a button.
 */
export function cards(name, title, choices, chosen, onchange, { shown = Infinity, tight = false } = {}) {
  const group = unique(name);
  const made = choices.map(({ value, title: words, text, disabled }) => {
    const input = h("input", {
      type: "radio",
      name: group,
      value,
      checked: value === chosen,
      disabled: Boolean(disabled),
      onchange: () => onchange(value),
    });
    return h("label.card", {}, input, h("b", {}, words), text ? h("span", {}, text) : null);
  });
  const rest = made.slice(shown);
  for (const card of rest) card.hidden = true;
  const unfold = () => {
    for (const card of rest) card.hidden = false;
    more.remove();
    rest[0].querySelector("input").focus();
  };
  const more = rest.length
    ? h(
        "button.card.more",
        { type: "button", onclick: unfold },
        h("b", {}, `${rest.length} more`),
        h("span", {}, "Show every way"),
      )
    : null;
  return h("fieldset", {}, h("legend.group-label", {}, title), h(`div.cards${tight ? ".tight" : ""}`, {}, made, more));
}

/** Choices in one line: radio buttons that look like a switch with several positions. `choices` are [value, words]. */
export function segments(name, title, choices, chosen, onchange) {
  const group = unique(name);
  return h(
    "fieldset.segments",
    { "data-name": name },
    h("legend.hidden", {}, title),
    choices.map(([value, words]) =>
      h(
        "label",
        {},
        h("input", { type: "radio", name: group, value, checked: value === chosen, onchange: () => onchange(value) }),
        words,
      ),
    ),
  );
}
