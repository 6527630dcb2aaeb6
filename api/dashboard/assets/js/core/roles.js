// Roles: each may do what the former may, and more.

import { get, watch } from "./store.js";

const RANKS = ["read", "operate", "chaos", "admin"];

/** Whether the person may do what needs this role. */
export function may(role) {
  const me = get("me");
  return Boolean(me) && RANKS.indexOf(me.role) >= RANKS.indexOf(role);
}

/** Disable a control that the role may not use, and say why; the control comes back with a better key. */
export function gate(element, role) {
  const stop = watch("me", () => {
    if (!element.isConnected && element.gated) {
      stop();
      return;
    }
    element.gated = true;
    const allowed = may(role);
    element.disabled = !allowed;
    if (allowed) {
      if (element.dataset.why) element.removeAttribute("title");
      delete element.dataset.why;
    } else {
      element.dataset.why = role;
      element.title = `Needs a key with the role ${role}; yours is ${get("me")?.role ?? "unknown"}`;
    }
  });
  return element;
}
