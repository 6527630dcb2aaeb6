// The frame around every page: navigation, clock, connection, theme, and the way to break something.

import { announce } from "./core/speak.js";
import { h, icon, say } from "./core/dom.js";
import { label, short } from "./core/format.js";
import { call } from "./core/http.js";
import { gate } from "./core/roles.js";
import { put, watch } from "./core/store.js";
import { theme, toggleTheme } from "./core/theme.js";
import { breakSomething } from "./break.js";
import { clockBar } from "./clock_bar.js";
import { showKeys } from "./keys.js";

const PAGES = [
  ["fleet", "Fleet", "fleet"],
  ["faults", "Faults", "bolt"],
  ["journal", "Journal", "journal"],
  ["sinks", "Sinks", "sink"],
];

/** Build the frame into an element and answer the place for pages. */
export function buildShell(root) {
  const main = h("main.main", { id: "main", tabindex: -1 });
  const banner = lostBanner();
  root.replaceChildren(h("div.shell", {}, side(), h("div", {}, top(), h("div.main-wrap", {}, main))));
  main.before(banner);
  return main;
}

function side() {
  const links = new Map();
  const counts = { faults: h("span.count", { hidden: true }), sinks: h("span.count", { hidden: true }) };
  const nav = h(
    "nav.nav",
    { "aria-label": "Pages" },
    PAGES.map(([name, words, drawing]) => {
      const link = h("a", { href: `#/${name}` }, icon(drawing), h("span", {}, words), counts[name]);
      links.set(name, link);
      return link;
    }),
  );
  addEventListener("page", (event) => {
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(event.detail)?.setAttribute("aria-current", "page");
  });
  watch("faultCount", (n) => showCount(counts.faults, n, "in force"));
  watch("sinkTroubles", (n) => showCount(counts.sinks, n, "in trouble"));
  return h(
    "aside.side",
    { "aria-label": "Navigation" },
    h(
      "a.brand",
      { href: "#/fleet" },
      h("img", { src: "/assets/icon.svg", alt: "", width: 24, height: 24 }),
      "data-simulator",
    ),
    nav,
    foot(),
  );
}

function showCount(element, number, words) {
  element.hidden = !number;
  element.classList.toggle("hot", number > 0);
  element.replaceChildren(short(number), h("span.hidden", {}, ` ${words}`));
}

function foot() {
  const who = h("div.who", {}, icon("user"), h("span", {}));
  const out = h(
    "button.quiet.square",
    { type: "button", title: "Sign out", "aria-label": "Sign out", hidden: true, onclick: signOut },
    icon("logout"),
  );
  watch("me", (me) => {
    say(who.lastElementChild, me.open ? "Open, no key needed" : `${label(me.role)} key`);
    out.hidden = Boolean(me.open);
  });
  return h(
    "div.side-foot",
    {},
    who,
    h(
      "div.row",
      {},
      themeButton(),
      h(
        "button.quiet.square.spare",
        { type: "button", title: "Keyboard shortcuts", "aria-label": "Keyboard shortcuts", onclick: showKeys },
        icon("keyboard"),
      ),
      out,
    ),
  );
}

function themeButton() {
  const button = h("button.quiet.square", { type: "button", onclick: toggleTheme });
  const show = () => {
    const other = theme() === "dark" ? "light" : "dark";
    button.title = `Change to the ${other} theme`;
    button.setAttribute("aria-label", button.title);
    button.replaceChildren(icon(other === "light" ? "sun" : "moon"));
  };
  addEventListener("theme", show);
  show();
  return button;
}

async function signOut() {
  await call("DELETE", "/v1/session", undefined, { quiet: true }).catch(() => {});
  put("signedIn", false);
}

function top() {
  const broken = h(
    "button.break",
    { type: "button", id: "break", onclick: () => breakSomething() },
    icon("bolt"),
    h("span", {}, "Break something"),
  );
  return h("header.top", {}, clockBar(), connection(), gate(broken, "chaos"));
}

function connection() {
  const text = h("span.text", {}, "Connecting");
  const pill = h("span.pill.wait", { id: "connection", title: "" }, text);
  const show = (name, words, why) => {
    pill.className = `pill ${name}`;
    say(text, words);
    pill.title = why;
  };
  watch("stream", (state) => {
    if (state === "live") show("live", "Live", "Readings, events and the clock arrive as they happen");
    else if (state === "connecting") show("wait", "Connecting", "Waiting for the live stream");
    else show("lost", "Not live", "The live stream has ended; trying again");
  });
  return pill;
}

function lostBanner() {
  const banner = h(
    "div.banner.lost",
    { hidden: true, id: "lost" },
    icon("alert"),
    h(
      "p",
      {},
      h("strong", {}, "The connection to the server is lost. "),
      "What you see is the last that was known. Trying again...",
    ),
  );
  let lost = false;
  watch("reachable", (reachable) => {
    if (lost === !reachable) return;
    lost = !reachable;
    banner.hidden = reachable;
    announce(lost ? "The connection to the server is lost." : "The connection to the server is back.", true);
  });
  return banner;
}
