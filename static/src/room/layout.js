/** Where tiles go: pure geometry, in pixels, no element touched. */

export const MAX_TILES = 25;
const GAP = 8;
const WIDEST = 16 / 9;
const MIN_WIDTH = 136;
const MIN_HEIGHT = 92;

/** How many tiles a grid of this size holds without becoming illegible. */
export function gridCapacity(width, height) {
  const columns = Math.max(1, Math.floor((width + GAP) / (MIN_WIDTH + GAP)));
  const rows = Math.max(1, Math.floor((height + GAP) / (MIN_HEIGHT + GAP)));
  return Math.min(MAX_TILES, columns * rows);
}

/** Rectangles {left, top, width, height} of `count` equal tiles, as large as fits, centred. */
export function grid(width, height, count) {
  if (count === 0) return [];
  // On an upright screen faces may be cropped to upright tiles; on a wide one they stay wide.
  const narrowest = width < height ? 3 / 4 : 4 / 3;
  let best = null;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const tile = fit(
      (width - GAP * (columns - 1)) / columns,
      (height - GAP * (rows - 1)) / rows,
      narrowest,
    );
    if (!best || tile.width * tile.height > best.width * best.height) best = { ...tile, columns, rows };
  }
  return rectangles(best, width, height, count);
}

function fit(width, height, narrowest) {
  if (width > height * WIDEST) return { width: height * WIDEST, height };
  if (width < height * narrowest) return { width, height: width / narrowest };
  return { width, height };
}

function rectangles({ width: w, height: h, columns, rows }, width, height, count) {
  const top = (height - rows * h - (rows - 1) * GAP) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row < rows - 1 ? columns : count - columns * (rows - 1);
    const left = (width - inRow * w - (inRow - 1) * GAP) / 2;
    return {
      left: left + (index - row * columns) * (w + GAP),
      top: top + row * (h + GAP),
      width: w,
      height: h,
    };
  });
}

/**
 * One large picture and a film strip: at the right on wide stages, below on others.
 * Returns {main, strip: rectangles, capacity of the strip}.
 */
export function focus(width, height, count) {
  if (count === 0) return { main: { left: 0, top: 0, width, height }, strip: [], capacity: 0 };
  return width > height * 1.15 && width >= 560
    ? stripAtRight(width, height, count)
    : stripBelow(width, height, count);
}

function stripAtRight(width, height, count) {
  const w = Math.round(Math.min(Math.max(width * 0.17, MIN_WIDTH), 320));
  const h = Math.round((w * 9) / 16);
  const capacity = Math.max(1, Math.floor((height + GAP) / (h + GAP)));
  const shown = Math.min(count, capacity);
  const top = (height - shown * h - (shown - 1) * GAP) / 2;
  return {
    main: { left: 0, top: 0, width: width - w - GAP, height },
    strip: Array.from({ length: shown }, (_, index) => ({
      left: width - w,
      top: top + index * (h + GAP),
      width: w,
      height: h,
    })),
    capacity,
  };
}

function stripBelow(width, height, count) {
  // On a phone three faces fit beside each other.
  const h = Math.round(Math.min(Math.max(height * 0.2, 64), 160, (width - 2 * GAP) / 4));
  const w = Math.floor((h * 4) / 3);
  const capacity = Math.max(1, Math.floor((width + GAP) / (w + GAP)));
  const shown = Math.min(count, capacity);
  const left = (width - shown * w - (shown - 1) * GAP) / 2;
  return {
    main: { left: 0, top: 0, width, height: height - h - GAP },
    strip: Array.from({ length: shown }, (_, index) => ({
      left: left + index * (w + GAP),
      top: height - h,
      width: w,
      height: h,
    })),
    capacity,
  };
}
