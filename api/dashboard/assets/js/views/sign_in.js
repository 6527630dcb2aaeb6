// The door: a key is exchanged for a session cookie that scripts cannot read.

import { h, icon } from "../core/dom.js";
import { call } from "../core/http.js";
import { announce } from "../core/speak.js";

/** Ask for a key in place of everything else; `done` is called once the server has taken it. */
export function showSignIn(root, done) {
  document.title = "Sign in - data-simulator";
  const input = h("input", {
    id: "key",
    type: "password",
    autocomplete: "current-password",
    required: true,
    "aria-describedby": "key-help key-wrong",
    spellcheck: "false",
  });
  const wrong = h("div.wrong", { id: "key-wrong", role: "alert" });
  const button = h("button.primary", { type: "submit" }, "Sign in");
  const form = h(
    "form.panel",
    {},
    h(
      "div.brand",
      {},
      h("img", { src: "/assets/icon.svg", alt: "", width: 28, height: 28 }),
      h("h1", {}, "data-simulator"),
    ),
    h(
      "div.field",
      {},
      h("label", { for: "key" }, "API key"),
      input,
      h(
        "div.help",
        { id: "key-help" },
        "The server asks for a key. It printed one when it first started, or an administrator has one for you.",
      ),
      wrong,
    ),
    button,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.textContent = "";
    if (!input.value.trim()) {
      wrong.textContent = "Put a key in.";
      input.focus();
      return;
    }
    button.disabled = true;
    try {
      await call("POST", "/v1/session", { key: input.value.trim() }, { quiet: true });
      announce("Signed in.");
      await done();
    } catch (problem) {
      wrong.replaceChildren(
        icon("alert"),
        problem.status === 401 ? "The server does not know this key." : problem.message,
      );
      input.setAttribute("aria-invalid", "true");
      input.select();
    } finally {
      button.disabled = false;
    }
  });
  root.replaceChildren(h("main.gate", { id: "main", tabindex: -1 }, form));
  input.focus();
}
