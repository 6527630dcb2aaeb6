// One dialog at a time, in the browser's own <dialog>: it keeps the focus inside and gives it back when it closes.

import { h, icon, unique } from "./core/dom.js";

/**
 * Open a dialog. `body` are its elements; with `submit` it is a form whose button says `action`. `submit` answers true
 * to close. Answers the dialog.
 */
export function openDialog({ title, about = "", body, action = "", tone = "primary", submit = null, foot = null }) {
  document.querySelector("dialog[open]")?.close();
  const name = unique("dialog");
  const close = () => dialog.close();
  const head = h(
    "div.dialog-head",
    {},
    h("div", {}, h("h2", { id: name }, title), about ? h("p.muted", {}, about) : null),
    h("button.quiet.square", { type: "button", "aria-label": "Close", onclick: close }, icon("close")),
  );
  const inside = h("div.dialog-body", { tabindex: -1 }, body);
  const go = submit ? h(`button.${tone}`, { type: "submit" }, action) : null;
  const form = h(
    "form",
    { method: "dialog", novalidate: true },
    head,
    inside,
    submit
      ? h(
          "div.dialog-foot",
          {},
          h("div.grow", {}, foot),
          h("button.button", { type: "button", onclick: close }, "Cancel"),
          go,
        )
      : null,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!submit || go.disabled) return;
    go.disabled = true;
    const done = await submit().finally(() => {
      go.disabled = false;
    });
    if (done) close();
  });
  const dialog = h("dialog", { "aria-labelledby": name }, form);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("mousedown", (event) => {
    if (event.target === dialog) close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
