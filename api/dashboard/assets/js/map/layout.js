// Where each device's cell lies on the map: groups flow like words in a line, and cells are as large as the space allows.

const TILE = { wide: 116, high: 64, gap: 6 };
const TILES_UP_TO = 72;
const LARGEST = 26;
const SMALLEST = 5;
const LABEL = 24;
const BETWEEN = 18;

/**
 * Lay out groups ({name, members}) in a width. Answers {tiles, size, gap, height, x, y, w, h, order, labels}: positions by
 * place in `order`, which lists the members of all groups one after the other.
 */
export function layOut(groups, width, tallest) {
  const total = groups.reduce((sum, group) => sum + group.members.length, 0);
  if (total <= TILES_UP_TO) {
    const columns = Math.max(2, Math.floor((width + TILE.gap) / (TILE.wide + TILE.gap)));
    const wide = Math.floor((width + TILE.gap) / columns) - TILE.gap;
    // groups lie as close as tiles do, so that all columns are in line
    return { tiles: true, ...place(groups, width, Math.min(wide, 2 * TILE.wide), TILE.high, TILE.gap, TILE.gap) };
  }
  let size = LARGEST;
  while (size > SMALLEST && flow(groups, width, size, size, gapOf(size)).height > tallest) size -= 1;
  return { tiles: false, ...place(groups, width, size, size, gapOf(size)) };
}

const gapOf = (size) => (size >= 14 ? 3 : size >= 9 ? 2 : 1);

// where each group begins; cells are not looked at, so that trying many sizes costs nothing
function flow(groups, width, w, h, gap, between = BETWEEN) {
  const columns = Math.max(1, Math.floor((width + gap) / (w + gap)));
  const boxes = [];
  let left = 0;
  let top = 0;
  let band = 0;
  for (const group of groups) {
    const n = group.members.length;
    const across = Math.min(n, columns);
    const needs = Math.max(across * (w + gap) - gap, w > LARGEST ? 0 : labelWidth(group));
    if (left > 0 && (left + needs > width || n > columns)) {
      left = 0;
      top += band + BETWEEN;
      band = 0;
    }
    boxes.push({ left, top, across, needs });
    band = Math.max(band, LABEL + Math.ceil(n / across) * (h + gap) - gap);
    left += needs + (n > columns ? width : between);
  }
  return { boxes, height: top + band };
}

function place(groups, width, w, h, gap, between = BETWEEN) {
  const total = groups.reduce((sum, group) => sum + group.members.length, 0);
  const x = new Float32Array(total);
  const y = new Float32Array(total);
  const order = new Int32Array(total);
  const { boxes, height } = flow(groups, width, w, h, gap, between);
  let at = 0;
  groups.forEach(({ members }, g) => {
    const { left, top, across } = boxes[g];
    for (let i = 0; i < members.length; i += 1, at += 1) {
      x[at] = left + (i % across) * (w + gap);
      y[at] = top + LABEL + Math.floor(i / across) * (h + gap);
      order[at] = members[i];
    }
  });
  const labels = groups.map(({ name, members }, g) => ({
    text: name,
    count: members.length,
    x: boxes[g].left,
    y: boxes[g].top,
    width: boxes[g].needs,
  }));
  return { w, h, gap, x, y, order, labels, height };
}

const labelWidth = (group) => Math.min(220, 7.2 * (group.name.length + String(group.members.length).length) + 14);

/** The place in the order whose cell covers a point; -1 where there is none. */
export function placeAt(map, px, py) {
  // groups are few against cells: rows of cells could be indexed, but 10,000 comparisons cost 20 microseconds
  for (let i = 0; i < map.x.length; i += 1) {
    if (px >= map.x[i] && px < map.x[i] + map.w + map.gap && py >= map.y[i] && py < map.y[i] + map.h + map.gap)
      return i;
  }
  return -1;
}

/** The place reached from another with an arrow key: the nearest cell in that direction, else the same place. */
export function neighbour(map, from, dx, dy) {
  if (dx) return Math.min(map.x.length - 1, Math.max(0, from + dx));
  let best = -1;
  let least = Infinity;
  for (let i = 0; i < map.x.length; i += 1) {
    const down = (map.y[i] - map.y[from]) * dy;
    if (down < 1) continue;
    const far = down * 8 + Math.abs(map.x[i] - map.x[from]);
    if (far < least) {
      least = far;
      best = i;
    }
  }
  return best < 0 ? from : best;
}
