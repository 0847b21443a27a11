import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { lineAt, linesInSight, offsetsOf, scrollTo } from '../state/windowing';

const around = 6;

export interface Windowing {
  /** Numbers of the lines to draw, in order. */
  readonly lines: readonly number[];
  /** Where each line begins, in pixels. */
  readonly offsets: readonly number[];
  /** Follows the height of a drawn line, which names its key in `data-key`; returns the way to stop. */
  observe(element: HTMLElement): () => void;
  /** Scroll so far that a line is in sight. */
  reveal(line: number): void;
}

/**
 * Draws of a long list what is in sight of the scrolling `box`, whatever the heights of its lines, and the `pinned` line, which has the
 * focus. What is in sight stays where it is when lines come in above it.
 */
export function useWindowing(
  box: RefObject<HTMLElement | null>,
  keys: readonly string[],
  estimate: (line: number) => number,
  pinned: number,
): Windowing {
  const heights = useRef(new Map<string, number>()).current;
  const [view, setView] = useState({ top: 0, height: 1000 });
  const [, redrawNow] = useState(0);
  const redraw = useRedraw();
  const offsets = offsetsOf(keys.map((key, line) => heights.get(key) ?? estimate(line)));
  const latest = useRef({ keys, offsets });
  latest.current = { keys, offsets };
  const anchor = useRef<{ readonly key: string; readonly beyond: number } | null>(null);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const look = () => {
      const { scrollTop: top, clientHeight: height } = element;
      const line = lineAt(latest.current.offsets, top);
      const key = latest.current.keys[line];
      anchor.current = top <= 0 || key === undefined ? null : { key, beyond: top - (latest.current.offsets[line] ?? 0) };
      setView((known) => (known.top === top && known.height === height ? known : { top, height }));
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const size = new ResizeObserver(() => requestAnimationFrame(look));
    size.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      size.disconnect();
    };
  }, [box]);

  useLayoutEffect(() => {
    if (box.current === null || anchor.current === null) return;
    const line = keys.indexOf(anchor.current.key);
    const wanted = (offsets[line] ?? 0) + anchor.current.beyond;
    if (line >= 0 && Math.abs(box.current.scrollTop - wanted) > 1) box.current.scrollTop = wanted;
  });

  const observer = useMemo(
    () =>
      new ResizeObserver((changes) => {
        for (const { target, borderBoxSize } of changes) {
          const key = (target as HTMLElement).dataset.key;
          const height = borderBoxSize[0]?.blockSize ?? 0;
          if (key === undefined || height === 0 || heights.get(key) === height) continue;
          heights.set(key, height);
          redraw();
        }
      }),
    [],
  );
  useEffect(() => () => observer.disconnect(), [observer]);

  const [first, end] = linesInSight(offsets, view.top, view.height, around);
  const inSight = Array.from({ length: end - first }, (_, at) => first + at);
  const isApart = pinned >= 0 && pinned < keys.length && (pinned < first || pinned >= end);
  return {
    lines: isApart ? [...inSight, pinned].sort((a, b) => a - b) : inSight,
    offsets,
    observe(element) {
      const { key } = element.dataset;
      const { height } = element.getBoundingClientRect();
      // At once, so that nothing is ever painted over its neighbour.
      if (key !== undefined && height > 0 && heights.get(key) !== height) {
        heights.set(key, height);
        redrawNow((count) => count + 1);
      }
      observer.observe(element);
      return () => observer.unobserve(element);
    },
    reveal(line) {
      if (box.current) box.current.scrollTop = scrollTo(offsets, line, box.current.scrollTop, box.current.clientHeight);
    },
  };
}

/** Draws anew with the next frame, once however often it was asked for. */
function useRedraw(): () => void {
  const [, count] = useState(0);
  const asked = useRef(0);
  useEffect(() => () => cancelAnimationFrame(asked.current), []);
  return () => {
    cancelAnimationFrame(asked.current);
    asked.current = requestAnimationFrame(() => count((n) => n + 1));
  };
}
