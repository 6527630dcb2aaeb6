// What a device's sensors said lately, beside what was really so; columns ready for a chart.

import { seconds } from "../core/format.js";

const KEPT = 7_200;
const CUT_AT = 8_000;

/** Readings of every sensor of one device: {name: {time[], value[], clean[]}}. */
export class Series {
  constructor() {
    this.sensors = new Map();
    this.last = -Infinity;
  }

  /** The columns of a sensor, made on first use. */
  of(name) {
    if (!this.sensors.has(name)) this.sensors.set(name, { time: [], value: [], clean: [], pending: null });
    return this.sensors.get(name);
  }

  /** The earliest time that any sensor still knows. */
  get first() {
    return Math.min(...[...this.sensors.values()].map(({ time }) => time[0] ?? Infinity));
  }

  /** Take the server's history in: {name: [[time, value, clean], ...]}. */
  fill(history) {
    for (const [name, rows] of Object.entries(history)) {
      const columns = this.of(name);
      const first = columns.time[0] ?? Infinity;
      const last = columns.time.at(-1) ?? Infinity;
      const older = rows.filter(([time]) => time < first);
      const newer = rows.filter(([time]) => time > last);
      ["time", "value", "clean"].forEach((column, n) => {
        columns[column].unshift(...older.map((row) => row[n]));
        columns[column].push(...newer.map((row) => row[n]));
      });
      this.last = Math.max(this.last, columns.time.at(-1) ?? -Infinity);
    }
  }

  /** Add one frame of readings. A sensor that is due less often, or lost its reading, is simply not in it. */
  add(frame) {
    const time = seconds(frame.time);
    for (const [name, value] of Object.entries(frame.readings)) {
      const columns = this.of(name);
      if (columns.time.length && time <= columns.time.at(-1)) continue;
      columns.time.push(time);
      columns.value.push(value);
      columns.clean.push(columns.pending?.time === time ? columns.pending.value : null);
      if (columns.time.length > CUT_AT)
        for (const column of [columns.time, columns.value, columns.clean]) column.splice(0, column.length - KEPT);
    }
    this.last = Math.max(this.last, time);
  }

  /** Add the truth of a frame; it may come before the frame or after it, and also where a reading was lost. */
  addTruth(truth) {
    const time = seconds(truth.time);
    for (const [name, value] of Object.entries(truth.clean ?? {})) {
      const columns = this.of(name);
      columns.pending = { time, value };
      const last = columns.time.length - 1;
      if (columns.time[last] === time) columns.clean[last] = value;
      else if (last >= 0 && time > columns.time[last] && columns.lost !== time) columns.lost = time;
    }
  }

  /** The columns of the window up to `to`, as a chart wants them. */
  window(name, from) {
    const { time, value, clean } = this.of(name);
    const start = lowest(time, from);
    return [time.slice(start), value.slice(start), clean.slice(start)];
  }
}

function lowest(sorted, wanted) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  // one point before the window, so that its line enters from the edge
  return Math.max(0, low - 1);
}
