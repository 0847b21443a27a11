/** Which lines of a long list are drawn: those in sight and a few around them, whatever their heights. */

/** Where each line begins, in pixels, and behind them where the last one ends. */
export function offsetsOf(heights: Iterable<number>): number[] {
  const offsets = [0];
  let end = 0;
  for (const height of heights) {
    end += height;
    offsets.push(end);
  }
  return offsets;
}

/** The number of the line at a place, from 0; the nearest where there is none. */
export function lineAt(offsets: readonly number[], place: number): number {
  let [low, high] = [0, Math.max(0, offsets.length - 2)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The first line in sight and the one behind the last, with so many more on both sides. */
export function linesInSight(offsets: readonly number[], top: number, height: number, around: number): [number, number] {
  const count = offsets.length - 1;
  if (count <= 0) return [0, 0];
  return [Math.max(0, lineAt(offsets, top) - around), Math.min(count, lineAt(offsets, top + height) + 1 + around)];
}

/** How far to scroll so that a line is in sight as a whole: as little as possible. */
export function scrollTo(offsets: readonly number[], line: number, top: number, height: number): number {
  const begin = offsets[line] ?? 0;
  const end = offsets[line + 1] ?? begin;
  if (begin < top) return begin;
  return end > top + height ? end - height : top;
}
