import { useComputed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { useApp, zoneOf } from '../app';
import { language, messages } from '../i18n';
import { dayIn } from '../state/localTime';
import { pageLink, type Route } from '../state/route';
import type { FigurePeriod, FigureUnit } from '../wire/figures';
import { type UnitListed, useUnits } from './useUnits';
import { kindText, periodText, shiftDay } from './wording';

interface Props {
  readonly route: Route;
  /** What the answer is about; null before there is one. */
  readonly unit: FigureUnit | null;
  readonly period: FigurePeriod | null;
  /** The kinds of period that can be asked for; none where the page is about now. */
  readonly kinds: readonly string[];
  /** Which period the page shows without being told: the one that runs, or the newest that is over. */
  readonly usual?: 'running' | 'over';
  /** Where another unit is shown; without it on the same page. */
  unitLink?(code: string): string;
}

/** Go to another unit or period: the address changes, and with it what the page asks for. */
export function ScopeTools({ route, unit, period, kinds, usual = 'running', unitLink }: Props) {
  const words = messages.value.figures;
  const today = useToday();
  const go = (changes: Readonly<Record<string, string | null>>) => {
    location.hash = pageLink(route.path, { ...route.query, ...changes });
  };
  return (
    <>
      {unit !== null && (
        <UnitChoice
          chosen={unit}
          onChoose={(code) => {
            if (unitLink) location.hash = unitLink(code);
            else go({ unit: code });
          }}
        />
      )}
      {kinds.length > 0 && <PeriodChoice period={period} kinds={kinds} usual={usual} chosen={route.query.at !== undefined} onChoose={go} />}
      {period && isRunning(period, today) && <span class="muted">{words.running}</span>}
    </>
  );
}

interface UnitProps {
  readonly chosen: FigureUnit;
  onChoose(code: string): void;
}

function UnitChoice({ chosen, onChoose }: UnitProps) {
  const words = messages.value.figures;
  const units = useUnits(null).told ?? [];
  const groups = useMemo(() => groupByTop(units, language.value), [units, language.value]);
  const known = units.some((unit) => unit.code === chosen.code);
  return (
    <label class="choice">
      <span>{words.unit}</span>
      <select value={chosen.code} data-testid="choose-unit" onChange={(event) => onChoose(event.currentTarget.value)}>
        {!known && <option value={chosen.code}>{chosen.name[language.value]}</option>}
        {groups.map(([top, below]) => (
          <optgroup key={top} label={top}>
            {below.map((unit) => (
              <option key={unit.code} value={unit.code}>
                {unit.name[language.value]}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

/** The units by the highest one above them, each highest unit first in its group. */
function groupByTop(units: readonly UnitListed[], language: 'vi' | 'en'): [string, UnitListed[]][] {
  const groups = new Map<string, UnitListed[]>();
  for (const unit of units) {
    const top = unit.path[language].split(', ').at(-1) ?? '';
    const group = groups.get(top);
    if (group) group.push(unit);
    else groups.set(top, [unit]);
  }
  const collator = new Intl.Collator('vi', { numeric: true });
  const depth = (unit: UnitListed) => unit.path.vi.split(', ').length;
  for (const group of groups.values()) group.sort((a, b) => depth(a) - depth(b) || collator.compare(a.name[language], b.name[language]));
  return [...groups];
}

interface PeriodProps {
  readonly period: FigurePeriod | null;
  readonly kinds: readonly string[];
  readonly usual: 'running' | 'over';
  /** Whether the address names a period. */
  readonly chosen: boolean;
  onChoose(changes: Readonly<Record<string, string | null>>): void;
}

function PeriodChoice({ period, kinds, usual, chosen, onChoose }: PeriodProps) {
  const words = messages.value.figures;
  const today = useToday();
  const over = period !== null && !isRunning(period, today);
  return (
    <fieldset class="period">
      <legend class="hidden">{words.period}</legend>
      {kinds.length > 1 && (
        <select
          value={period?.kind ?? 'month'}
          aria-label={words.period}
          data-testid="choose-period"
          onChange={(event) => onChoose({ period: event.currentTarget.value, at: period?.from ?? null })}
        >
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {kindText(kind, words)}
            </option>
          ))}
        </select>
      )}
      <button
        type="button"
        class="tool tool-square"
        aria-label={words.periodBefore}
        title={words.periodBefore}
        data-testid="period-before"
        onClick={() => period && onChoose({ at: shiftDay(period.from, -1) })}
      >
        ‹
      </button>
      <b data-testid="period">{period ? periodText(period, words) : '…'}</b>
      <button
        type="button"
        class="tool tool-square"
        aria-label={words.periodAfter}
        title={words.periodAfter}
        data-testid="period-after"
        aria-disabled={!over}
        onClick={() => period && over && onChoose({ at: shiftDay(period.to, 1) })}
      >
        ›
      </button>
      {(usual === 'running' ? over : chosen) && (
        <button type="button" class="tool" onClick={() => onChoose({ at: null })}>
          {usual === 'running' ? words.periodNow : words.periodOver}
        </button>
      )}
    </fieldset>
  );
}

const isRunning = (period: FigurePeriod, today: string): boolean => period.to >= today;

/** The day where the centre is, as `2026-11-28`. */
function useToday(): string {
  const { store, config } = useApp();
  return useComputed(() => {
    const timeZone = zoneOf(config.value);
    return dayIn(store.present.value, timeZone);
  }).value;
}
