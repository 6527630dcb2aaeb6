// Words for the person: toasts that everybody sees, and announcements for screen readers.

import { h, icon } from "./dom.js";

const STAYS_MS = 9_000;

/**
 * Read something out. Words that come at the same time are all read, one after the other; of those with the same
 * `subject` only the last (a cursor that moves quickly).
 */
export function announce(text, urgent = false, subject = "") {
  const region = document.getElementById(urgent ? "assertive" : "polite");
  if (subject) for (const line of region.querySelectorAll(`[data-subject="${subject}"]`)) line.remove();
  const line = h("div", { "data-subject": subject || null }, text);
  region.append(line);
  setTimeout(() => line.remove(), STAYS_MS);
}

/** A message in the corner. `acts` are [label, function]; `bad` marks an error. */
export function toast(text, { bad = false, acts = [], lines = [] } = {}) {
  const close = () => box.remove();
  const buttons = acts.map(([words, act]) =>
    h(
      "button.link",
      {
        type: "button",
        onclick: () => {
          close();
          act();
        },
      },
      words,
    ),
  );
  const box = h(
    `div.toast${bad ? ".bad" : ""}`,
    {},
    icon(bad ? "alert" : "check"),
    h(
      "div.words",
      {},
      h("div", {}, text),
      lines.map((line) => h("div.small.muted", {}, line)),
      buttons.length ? h("div.acts", {}, buttons) : null,
    ),
    h("button.quiet.square", { type: "button", "aria-label": "Close this message", onclick: close }, icon("close")),
  );
  document.getElementById("toasts").append(box);
  announce([text, ...lines].join(". "), bad);
  const age = () => {
    if (box.matches(":hover, :focus-within")) setTimeout(age, 2_000);
    else close();
  };
  setTimeout(age, STAYS_MS);
}

/** Do something that may be refused, and say so if it is. Answers whether it was done. */
export async function attempt(act, what) {
  try {
    await act();
    return true;
  } catch (problem) {
    if (problem.status !== 401)
      toast(`${what}: ${problem.title ?? "error"}`, { bad: true, lines: problem.lines ?? [problem.message] });
    return false;
  }
}
