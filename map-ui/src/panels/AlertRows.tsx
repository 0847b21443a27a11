import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useApp } from '../app';
import type { Entry } from '../state/alertOrder';
import { AlertRow } from './AlertRow';
import { GroupRow } from './GroupRow';
import { printing } from './printing';
import { useWindowing, type Windowing } from './useWindowing';

const page = 8;

/** The lines of the list, of which only those in sight are drawn. New ones come in without taking the focus or the place from where it is. */
export function AlertRows() {
  const { store } = useApp();
  const { desk } = store;
  const entries = desk.entries.value;
  const keys = useMemo(() => entries.map(({ key }) => key), [entries]);
  const box = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const found = current === null ? -1 : keys.indexOf(current);
  const line = Math.max(0, found);
  const rem = useMemo(() => Number.parseFloat(getComputedStyle(document.documentElement).fontSize), []);
  const windowing = useWindowing(box, keys, (at) => (entries[at]?.kind === 'group' ? 3.2 : 7) * rem, line);
  const { moveTo, wanted } = useMovingFocus(box, entries, windowing, setCurrent);
  useKeptFocus(box, found, entries.length, moveTo, wanted);

  const press = (event: KeyboardEvent) => {
    const target = destination(event.key, line, entries);
    if (target === null || !(event.target instanceof HTMLElement)) return;
    event.preventDefault();
    moveTo(target);
  };
  const end = windowing.offsets.at(-1) ?? 0;
  // Paper has no window that could be scrolled.
  const drawn = printing.value ? entries.map((_, at) => at) : windowing.lines;
  return (
    <div ref={box} class="alert-rows" data-testid="alert-list" data-lines={entries.length}>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari forgets the role of a list without marks */}
      <ul role="list" onKeyDown={press} style={{ height: `${end}px` }}>
        {drawn.map((at) => {
          const entry = entries[at];
          if (entry === undefined) return null;
          return (
            <Line key={entry.key} entry={entry} at={at} count={entries.length} windowing={windowing}>
              {entry.kind === 'group' ? (
                <GroupRow group={entry.group} open={entry.open} reachable={at === line} onFocus={() => setCurrent(entry.key)} />
              ) : (
                <AlertRow alert={entry.alert} reachable={at === line} onFocus={() => setCurrent(entry.key)} />
              )}
            </Line>
          );
        })}
      </ul>
    </div>
  );
}

interface LineProps {
  readonly entry: Entry;
  readonly at: number;
  readonly count: number;
  readonly windowing: Windowing;
  readonly children: ComponentChildren;
}

function Line({ entry, at, count, windowing, children }: LineProps) {
  const element = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => (element.current ? windowing.observe(element.current) : undefined), []);
  return (
    <li
      ref={element}
      class="alert-line"
      data-key={entry.key}
      data-grouped={entry.kind === 'alert' && entry.group !== null}
      aria-posinset={at + 1}
      aria-setsize={count}
      style={{ transform: `translateY(${windowing.offsets[at] ?? 0}px)` }}
    >
      {children}
    </li>
  );
}

/** Where a key leads from a line; null where it leads nowhere. */
function destination(key: string, line: number, entries: readonly Entry[]): number | null {
  const last = entries.length - 1;
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: line + 1,
    ArrowUp: line - 1,
    PageDown: Math.min(last, line + page),
    PageUp: Math.max(0, line - page),
    Home: 0,
    End: last,
    ArrowLeft: headOf(line, entries),
  };
  const target = targets[key];
  return target === undefined || target === line || target < 0 || target > last ? null : target;
}

/** The head of the group that an alert stands in; -1 where it stands in none. */
function headOf(line: number, entries: readonly Entry[]): number {
  const entry = entries[line];
  if (entry?.kind !== 'alert' || entry.group === null) return -1;
  return entries.findLastIndex((other, at) => at < line && other.kind === 'group');
}

/** Moves the focus to a line, once that is drawn. */
function useMovingFocus(
  box: { current: HTMLElement | null },
  entries: readonly Entry[],
  windowing: Windowing,
  setCurrent: (key: string) => void,
) {
  const wanted = useRef<string | null>(null);
  const settle = () => {
    if (wanted.current === null) return;
    const row = box.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(wanted.current)}"] [data-row]`);
    if (!row) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  };
  useLayoutEffect(settle);
  const moveTo = (line: number) => {
    const entry = entries[line];
    if (entry === undefined) return;
    wanted.current = entry.key;
    windowing.reveal(line);
    setCurrent(entry.key);
    settle();
  };
  return { moveTo, wanted };
}

/**
 * Moving a row in the document takes the focus from it: give it back after the rows have been sorted anew. Where the focused row has
 * left the list, the row that took its place gets it.
 */
function useKeptFocus(
  box: { current: HTMLElement | null },
  line: number,
  count: number,
  moveTo: (line: number) => void,
  wanted: { current: string | null },
): void {
  const active = document.activeElement;
  const holder = box.current?.contains(active) && active instanceof HTMLElement ? active : null;
  const place = useRef(line);
  if (line >= 0) place.current = line;
  useLayoutEffect(() => {
    if (holder === null || wanted.current !== null || document.activeElement === holder) return;
    if (holder.isConnected) holder.focus({ preventScroll: true });
    else if (count > 0) moveTo(Math.min(place.current, count - 1));
  });
}
