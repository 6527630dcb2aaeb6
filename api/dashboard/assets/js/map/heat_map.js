// The map of all devices on a canvas, with a pointer, a keyboard cursor and a tip. It stays smooth with 10,000 devices.

import { announce } from "../core/speak.js";
import { h, say } from "../core/dom.js";
import { healthText, plural, withUnit } from "../core/format.js";
import { palette } from "./colours.js";
import { layOut, neighbour, placeAt } from "./layout.js";
import { paint, paintLabels } from "./paint.js";

const TALLEST = 540;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The map. `open(id)` opens a device, `mark(id)` is told where the cursor is. */
export function heatMap({ open, mark }) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const ring = h("div.ring", { hidden: true });
  const tip = h("div.tip", { hidden: true, role: "presentation" });
  const element = h(
    "div.heat-map",
    {
      tabindex: 0,
      role: "application",
      "aria-roledescription": "map of devices",
      "aria-label": "Devices",
      "aria-describedby": "map-help",
    },
    canvas,
    ring,
  );
  const self = {
    element,
    canvas,
    ring,
    tip,
    fleet: null,
    groups: [],
    by: "health",
    map: null,
    seen: new Int32Array(0),
    colours: null,
    cursor: -1,
    hover: -1,
    asked: 0,
    open,
    mark,
  };
  const sizes = new ResizeObserver(() => {
    self.map = null;
    ask(self);
  });
  sizes.observe(element);
  const recolour = () => {
    self.colours = null;
    self.map = null;
    ask(self);
  };
  addEventListener("theme", recolour);
  listen(self);
  document.body.append(tip);
  document.fonts?.ready.then(recolour);
  return {
    element,
    /** Show devices: `groups` are {name, members} with places in the fleet's columns, `by` is health, state or temperature. */
    show(fleet, groups, by) {
      if (groups !== self.groups || fleet.revision !== self.fleet?.revision) self.map = null;
      if (by !== self.by) self.seen.fill(-1);
      Object.assign(self, { fleet, groups, by });
      ask(self);
    },
    end() {
      sizes.disconnect();
      removeEventListener("theme", recolour);
      tip.remove();
      cancelAnimationFrame(self.asked);
    },
  };
}

function ask(self) {
  if (!self.asked)
    self.asked = requestAnimationFrame(() => {
      self.asked = 0;
      draw(self);
    });
}

function draw(self) {
  const width = self.element.clientWidth;
  if (!self.fleet || !width) return;
  self.colours ??= palette(self.fleet.words.states);
  const context = self.canvas.getContext("2d");
  if (!self.map) {
    self.map = layOut(self.groups, width, TALLEST);
    self.seen = new Int32Array(self.map.order.length).fill(-1);
    resize(self.canvas, context, width, self.map.height);
    paintLabels(context, self.map, self.colours);
    self.cursor = Math.min(self.cursor, self.map.order.length - 1);
    self.hover = -1;
    placeRing(self);
  }
  paint(context, self.map, self.fleet, self.colours, self.by, self.seen);
  if (self.hover >= 0) fillTip(self, self.hover);
}

function resize(canvas, context, width, height) {
  const ratio = Math.min(2, devicePixelRatio || 1);
  canvas.width = Math.ceil(width * ratio);
  canvas.height = Math.max(1, Math.ceil(height * ratio));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

function listen(self) {
  const { element, canvas } = self;
  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    return self.map ? placeAt(self.map, event.clientX - box.left, event.clientY - box.top) : -1;
  };
  canvas.addEventListener("pointermove", (event) => {
    const place = under(event);
    if (place !== self.hover) {
      self.hover = place;
      placeRing(self);
      if (place >= 0) fillTip(self, place);
    }
    if (place >= 0) moveTip(self.tip, event.clientX, event.clientY);
    canvas.style.cursor = place >= 0 ? "pointer" : "default";
  });
  canvas.addEventListener("pointerleave", () => {
    self.hover = -1;
    placeRing(self);
  });
  canvas.addEventListener("click", (event) => {
    const place = under(event);
    if (place >= 0) self.open(idAt(self, place));
  });
  element.addEventListener("focus", () => {
    if (self.cursor < 0 && self.map?.order.length) self.cursor = 0;
    placeRing(self);
    tell(self);
  });
  element.addEventListener("blur", () => placeRing(self));
  element.addEventListener("keydown", (event) => keyed(self, event));
}

function keyed(self, event) {
  if (!self.map?.order.length) return;
  const last = self.map.order.length - 1;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    self.open(idAt(self, self.cursor));
    return;
  }
  if (event.key === "Escape") {
    self.hover = -1;
    placeRing(self);
    return;
  }
  if (event.key === "Home") self.cursor = 0;
  else if (event.key === "End") self.cursor = last;
  else if (event.key in KEYS) self.cursor = neighbour(self.map, Math.max(0, self.cursor), ...KEYS[event.key]);
  else return;
  event.preventDefault();
  placeRing(self);
  tell(self);
}

const idAt = (self, place) => self.fleet.ids[self.map.order[place]];

function tell(self) {
  if (self.cursor < 0 || !self.map) return;
  const i = self.map.order[self.cursor];
  self.mark(self.fleet.ids[i]);
  announce(
    `${self.fleet.ids[i]}: ${facts(self.fleet, i)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}; ${self.cursor + 1} of ${self.map.order.length}`,
    false,
    "cursor",
  );
  const box = self.canvas.getBoundingClientRect();
  fillTip(self, self.cursor);
  moveTip(self.tip, box.left + self.map.x[self.cursor] + self.map.w, box.top + self.map.y[self.cursor] + self.map.h);
}

function placeRing(self) {
  const focused = document.activeElement === self.element;
  const place = self.hover >= 0 ? self.hover : focused ? self.cursor : -1;
  self.ring.hidden = place < 0 || !self.map;
  self.tip.hidden = self.ring.hidden;
  if (self.ring.hidden) return;
  const { x, y, w, h: high, tiles } = self.map;
  self.ring.style.transform = `translate(${x[place] - 2}px, ${y[place] - 2}px)`;
  self.ring.style.width = `${w + 4}px`;
  self.ring.style.height = `${high + 4}px`;
  self.ring.classList.toggle("large", tiles);
}

function facts(fleet, i) {
  return [
    ["State", fleet.words.states[fleet.stateOf[i]]],
    ["Health", healthText(fleet.health[i] < 0 ? null : fleet.health[i] / 100)],
    ["Temperature", withUnit(fleet.temperature[i], "degC")],
    ["Faults", fleet.faults[i] ? plural(fleet.faults[i], "fault") : "none"],
    ["Group", fleet.words.groups[fleet.group[i]]],
    ["Kind", fleet.words.kinds[fleet.kind[i]]],
  ];
}

function fillTip(self, place) {
  const i = self.map.order[place];
  const rows = facts(self.fleet, i);
  if (self.tip.childElementCount !== 2) {
    self.tip.replaceChildren(
      h("strong", {}),
      h(
        "dl",
        {},
        rows.map(([name]) => [h("dt", {}, name), h("dd", {})]),
      ),
    );
  }
  say(self.tip.firstElementChild, self.fleet.ids[i]);
  rows.forEach(([, value], n) => say(self.tip.querySelectorAll("dd")[n], value));
}

function moveTip(tip, x, y) {
  const left = x + 16 + tip.offsetWidth > innerWidth ? Math.max(4, x - tip.offsetWidth - 12) : x + 16;
  tip.style.left = `${left}px`;
  tip.style.top = `${Math.min(innerHeight - tip.offsetHeight - 6, y + 14)}px`;
}
