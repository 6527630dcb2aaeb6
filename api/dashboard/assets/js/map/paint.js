// Draws cells. Only cells that changed are drawn anew, so a quiet fleet costs nothing and a busy one little.

import { count, healthText, valueText } from "../core/format.js";
import { MARKS, healthLevel, heatLevel } from "./colours.js";

const ROUND_FROM = 12;
const MARKS_FROM = 7;
const FONT = '"Inter", system-ui, sans-serif';

/** What a cell shows as one number, so that a change is one comparison: level, state and whether there is a fault. */
function look(fleet, i, by) {
  const level = by === "temperature" ? heatLevel(fleet.temperature[i]) : healthLevel(fleet.health[i]);
  return ((level + 1) << 8) | (fleet.stateOf[i] << 1) | (fleet.faults[i] > 0 ? 1 : 0);
}

/** Draw a map. `seen` remembers what each cell showed (an Int32Array, -1 for nothing); answers how many were drawn. */
export function paint(context, map, fleet, colours, by, seen) {
  let drawn = 0;
  for (let place = 0; place < map.order.length; place += 1) {
    const i = map.order[place];
    let shown = look(fleet, i, by);
    // a tile carries figures too, which move without a change of colour
    if (map.tiles) shown = shown * 4099 + Math.round((fleet.temperature[i] ?? 0) * 10) + fleet.health[i] * 7;
    if (seen[place] === shown) continue;
    seen[place] = shown;
    drawn += 1;
    cell(context, map, place, fleet, i, colours, by);
  }
  return drawn;
}

function cell(context, map, place, fleet, i, colours, by) {
  const x = map.x[place];
  const y = map.y[place];
  const state = fleet.words.states[fleet.stateOf[i]];
  const level = by === "temperature" ? heatLevel(fleet.temperature[i]) : healthLevel(fleet.health[i]);
  const ground = by === "state" ? colours.states[fleet.stateOf[i]] : level < 0 ? colours.unknown : colours.scale[level];
  const ink = by === "state" ? colours.onStates[fleet.stateOf[i]] : level < 0 ? colours.text : colours.onScale[level];
  // round corners leave some of what was there before
  if (map.w >= ROUND_FROM) context.clearRect(x, y, map.w, map.h);
  if (context.fillStyle !== ground) context.fillStyle = ground;
  box(context, x, y, map.w, map.h);
  const mark = by === "state" ? null : MARKS[state];
  if (map.tiles) tile(context, map, x, y, fleet, i, state, ink, ground);
  else if (map.w >= MARKS_FROM) {
    if (mark) sign(context, mark, x, y, map.w, ink, colours.surface);
    if (fleet.faults[i] > 0) corner(context, x, y, map.w, map.w * 0.42, ink);
  } else if (mark === "hollow" || state === "failed" || fleet.faults[i] > 0) {
    context.fillStyle = mark === "hollow" ? colours.surface : ink;
    context.fillRect(x + 1.5, y + 1.5, map.w - 3, map.h - 3);
  }
}

function box(context, x, y, w, h) {
  if (w < ROUND_FROM) {
    context.fillRect(x, y, w, h);
    return;
  }
  context.beginPath();
  context.roundRect(x, y, w, h, w > 60 ? 8 : 3);
  context.fill();
}

function corner(context, x, y, w, size, ink) {
  context.fillStyle = ink;
  context.beginPath();
  context.moveTo(x + w - size, y);
  context.lineTo(x + w, y);
  context.lineTo(x + w, y + size);
  context.fill();
}

function sign(context, mark, x, y, size, ink, surface) {
  const edge = Math.max(2, size * 0.28);
  context.strokeStyle = ink;
  context.fillStyle = ink;
  context.lineWidth = Math.max(1.2, size * 0.09);
  context.beginPath();
  if (mark === "cross") {
    context.moveTo(x + edge, y + edge);
    context.lineTo(x + size - edge, y + size - edge);
    context.moveTo(x + size - edge, y + edge);
    context.lineTo(x + edge, y + size - edge);
  } else if (mark === "bars") {
    context.moveTo(x + size * 0.38, y + edge);
    context.lineTo(x + size * 0.38, y + size - edge);
    context.moveTo(x + size * 0.62, y + edge);
    context.lineTo(x + size * 0.62, y + size - edge);
  } else if (mark === "foot") {
    context.moveTo(x + edge * 0.6, y + size - 2);
    context.lineTo(x + size - edge * 0.6, y + size - 2);
  } else if (mark === "dot") {
    context.arc(x + size / 2, y + size / 2, Math.max(1.2, size * 0.14), 0, 7);
    context.fill();
    return;
  } else {
    context.fillStyle = surface;
    context.fillRect(x + edge * 0.7, y + edge * 0.7, size - edge * 1.4, size - edge * 1.4);
    return;
  }
  context.stroke();
}

function tile(context, map, x, y, fleet, i, state, ink) {
  const id = fleet.ids[i];
  context.fillStyle = ink;
  context.textBaseline = "alphabetic";
  context.font = `600 12.5px ${FONT}`;
  context.fillText(fit(context, id, map.w - (fleet.faults[i] > 0 ? 32 : 18)), x + 10, y + 20);
  context.font = `500 12px ${FONT}`;
  context.fillText(state, x + 10, y + 38);
  const celsius = fleet.temperature[i];
  context.fillText(healthText(fleet.health[i] / 100), x + 10, y + 55);
  context.textAlign = "right";
  if (celsius !== null) context.fillText(`${valueText(celsius, "degC")} \u00b0C`, x + map.w - 10, y + 55);
  context.textAlign = "left";
  if (fleet.faults[i] > 0) corner(context, x - 0.5, y + 0.5, map.w, 20, ink);
}

function fit(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let kept = text;
  while (kept.length > 3 && context.measureText(`${kept}...`).width > width) kept = kept.slice(0, -1);
  return `${kept}...`;
}

/** Draw the names of groups with their counts. */
export function paintLabels(context, map, colours) {
  context.textBaseline = "alphabetic";
  for (const label of map.labels) {
    context.clearRect(label.x, label.y, label.width, 20);
    context.font = `600 12px ${FONT}`;
    context.fillStyle = colours.text;
    const name = fit(context, label.text, Math.max(40, label.width - 26));
    context.fillText(name, label.x, label.y + 14);
    const after = context.measureText(name).width;
    context.font = `500 12px ${FONT}`;
    context.fillStyle = colours.muted;
    context.fillText(count(label.count), label.x + after + 7, label.y + 14);
  }
}
