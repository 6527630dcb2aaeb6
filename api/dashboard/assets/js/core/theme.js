// Dark and light: the system's choice until the person makes one of their own.

import { remember, remembered } from "./store.js";

const system = matchMedia("(prefers-color-scheme: light)");

/** The theme now, "dark" or "light". */
export const theme = () => document.documentElement.dataset.theme;

/** Change to the other theme and keep it. */
export function toggleTheme() {
  const next = theme() === "dark" ? "light" : "dark";
  remember("theme", next);
  apply(next);
}

function apply(name) {
  document.documentElement.dataset.theme = name;
  dispatchEvent(new CustomEvent("theme", { detail: name }));
}

system.addEventListener("change", () => {
  if (!remembered("theme")) apply(system.matches ? "light" : "dark");
});
