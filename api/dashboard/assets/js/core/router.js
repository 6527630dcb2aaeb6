// Pages by the address's fragment: #/fleet, #/devices/pi4-0001. The server needs to know nothing of them.

let routes = [];
let leave = () => {};
let outlet = null;

/** Begin: `table` has [pattern, name, make]; `make(main, ...parts)` shows the page and answers what to do on leaving. */
export function start(main, table) {
  outlet = main;
  routes = table;
  addEventListener("hashchange", show);
  show();
}

/** End the page that is shown. */
export function stop() {
  removeEventListener("hashchange", show);
  leave();
  leave = () => {};
  outlet = null;
}

/** Go to a page. */
export const go = (fragment) => {
  location.hash = fragment;
};

/** The fragment of a device's page. */
export const devicePage = (id) => `#/devices/${encodeURIComponent(id)}`;

/** The name of the page that is shown. */
export let current = "";

/** Show the present page anew: the run behind it is another one. */
export function again() {
  if (outlet) show();
}

function show() {
  if (location.hash === "#main") return;
  const path = location.hash.slice(1) || "/fleet";
  for (const [pattern, name, make] of routes) {
    const match = path.match(pattern);
    if (!match) continue;
    const first = current === "";
    leave();
    outlet.replaceChildren();
    current = name;
    dispatchEvent(new CustomEvent("page", { detail: name }));
    leave = make(outlet, ...match.slice(1).map(decodeURIComponent)) ?? (() => {});
    scrollTo(0, 0);
    if (!first) outlet.querySelector("h1")?.focus();
    return;
  }
  go("#/fleet");
}
