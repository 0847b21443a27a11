import { describe, expect, test } from 'vitest';
import { sinceOf } from '../src/figures';
import { en } from '../src/i18n/en';
import { vi } from '../src/i18n/vi';
import { freshened } from '../src/pages/live';
import { callOf, scopeOf } from '../src/pages/scope';
import { line } from '../src/pages/Trend';
import { decodeUnits } from '../src/pages/useUnits';
import {
  changeText,
  dayText,
  isBetter,
  isComplete,
  kindText,
  lacksParts,
  periodText,
  rhythmText,
  shiftDay,
  shortLabel,
  shortValueText,
  targetText,
  valueText,
} from '../src/pages/wording';
import { lengthText } from '../src/panels/wording';
import { parseRoute } from '../src/state/route';
import { decodeBoard, decodeCases, decodeFunnel, decodeListed, decodePlaces } from '../src/wire/cases';
import { decodeDefinition, decodeStrays, decodeValues, decodeVersions } from '../src/wire/definition';
import { decodeFigure, decodeIndicators, decodeRanking, decodeTrends, type Indicator } from '../src/wire/figures';
import { WireError } from '../src/wire/guard';
import { decodeProgress } from '../src/wire/progress';
import { decodeOverview, decodeSystem } from '../src/wire/systems';

const indicator: Indicator = {
  id: 'on-time',
  system: 'services',
  title: { vi: 'Đúng hạn', en: 'On time' },
  measure: { vi: '%', en: '%' },
  decimals: 1,
  better: 'higher',
  periods: ['month'],
  hasTarget: true,
  targetLevels: ['province'],
};
const brief = {
  id: 'on-time',
  system: 'services',
  title: { vi: 'Đúng hạn', en: 'On time' },
  unit_of_measure: { vi: '%', en: '%' },
  decimals: 1,
  rounding: 'half_up',
  better: 'higher',
  dimensions: [],
  periods: ['month', 'from day 20'],
  has_target: true,
  target_levels: ['province'],
};
const unit = { code: '24', valid_from: '2025-07-01', level: 'province', name_vi: 'Tỉnh Bắc Ninh', name_en: 'Bac Ninh Province' };
const period = { kind: 'month', label: '2026-11', from: '2026-11-01', to: '2026-11-30' };
const figure = {
  indicator: 'on-time',
  unit,
  period,
  value: 99.4,
  part: 324,
  of: 326,
  events: 326,
  complete: { reported: 97, expected: 99 },
  newest: '2026-11-28T10:00:00Z',
  age_s: 7200,
  origin: { version: 1, computed_at: '2026-11-28T12:00:00Z', published: '2026-11-28' },
  running: true,
  status: 'met',
  few: false,
  target: { at_least: 99, plan: 'plan' },
  previous: { period: '2026-10', value: 99.4, change: 0 },
  year_before: { period: '2025-11', value: null, change: null },
};

describe('figures', () => {
  test('are read with all that says how far they can be trusted', () => {
    const told = decodeFigure(figure);
    expect(told).toMatchObject({ value: 99.4, status: 'met', complete: { reported: 97, expected: 99 }, version: 1 });
    expect(told.target).toEqual({ direction: 'at_least', limit: 99, plan: 'plan' });
    expect(told.newest).toBe(Date.UTC(2026, 10, 28, 10));
    expect(isComplete(told)).toBe(false);
  });

  test('without a target, a unit or anybody expected are figures all the same', () => {
    const told = decodeFigure({ ...figure, target: null, status: null, unit: null, complete: null, previous: undefined });
    expect([told.target, told.status, told.unit, isComplete(told), told.previous]).toEqual([null, null, null, null, null]);
  });

  test('with an unknown status are not read', () => {
    expect(() => decodeFigure({ ...figure, status: 'fine' })).toThrow(WireError);
  });

  test('are written with their decimals and their measure', () => {
    expect(valueText(85, indicator, 'vi')).toBe('85,0%');
    expect(valueText(603_212_000, { decimals: 0, measure: { vi: 'đồng', en: 'VND' } }, 'vi')).toBe('603.212.000 đồng');
    expect(valueText(603_212_000, { decimals: 0, measure: { vi: 'đồng', en: 'VND' } }, 'en')).toBe('603,212,000 VND');
    expect(valueText(null, indicator, 'vi')).toBe('–');
    const money = { decimals: 0, measure: { vi: 'đồng', en: 'VND' } };
    expect(shortValueText(603_212_000, money, 'en')).toMatch(/^603\.2m$/i);
    expect(shortValueText(12_345, money, 'en')).toBe('12,345');
    expect(shortValueText(85, indicator, 'vi')).toBe('85,0%');
    expect(targetText({ direction: 'at_least', limit: 99, plan: null }, indicator, 'vi', vi.figures)).toBe('từ 99%');
    expect(targetText({ direction: 'at_most', limit: 2.5, plan: null }, indicator, 'en', en.figures)).toBe('at most 2.50%');
  });

  test.each([
    [2.3, 'higher', '▲ 2,3 điểm %', true],
    [2.3, 'lower', '▲ 2,3 điểm %', false],
    [-2.3, 'lower', '▼ 2,3 điểm %', true],
    [2.3, null, '▲ 2,3 điểm %', null],
    [0, 'higher', '=', null],
  ] as const)('that changed by %s where %s is better', (change, better, text, good) => {
    expect(changeText(change, indicator, 'vi', vi.figures)).toBe(text);
    expect(isBetter(change, better)).toBe(good);
  });

  test('of counts are told without points', () => {
    expect(changeText(-5, { decimals: 0, measure: { vi: 'hồ sơ', en: 'dossiers' } }, 'vi', vi.figures)).toBe('▼ 5');
  });

  test('lack parts only where an index has no value for want of them', () => {
    expect(lacksParts({ value: null, part: 1, of: 2 })).toBe(true);
    expect(lacksParts({ value: 44, part: 2, of: 2 })).toBe(false);
    expect(lacksParts({ value: null, part: 0, of: 0 })).toBe(false);
    expect(lacksParts({ value: null, part: null, of: null })).toBe(false);
  });
});

test('a figure is as the stream told it last, if that is newer; what it was before stays, how far it is from that does not', () => {
  const known = decodeFigure({ ...figure, previous: { period: '2026-10', value: 99.1, change: 0.3 } });
  const told = {
    id: 'on-time/24/2026-11',
    indicator: 'on-time',
    unit: '24',
    kind: 'month',
    period: '2026-11',
    running: true,
    value: 99.6,
    part: 498,
    of: 500,
    events: 500,
    reported: 99,
    expected: 99,
    newest: Date.UTC(2026, 10, 28, 12),
    status: 'met' as const,
    target: 99,
    version: 1,
    computedAt: Date.UTC(2026, 10, 28, 12, 1),
  };
  const live = (changes: object) => new Map([[told.id, { ...told, ...changes }]]);
  expect(freshened(known, live({}))).toMatchObject({
    value: 99.6,
    part: 498,
    complete: { reported: 99, expected: 99 },
    previous: { value: 99.1, change: 0.5 },
    yearBefore: { value: null, change: null },
    target: { limit: 99 },
  });
  expect(freshened(known, live({ computedAt: Date.UTC(2026, 10, 28, 11) }))).toBe(known);
  expect(freshened(known, live({ kind: 'from day 20' }))).toBe(known);
  expect(freshened(known, new Map())).toBe(known);
});

describe('figures that are computed for the first time', () => {
  const progress = { filled: 3, groups: 8, days_waiting: 0, months_due: 0, computing: [{ indicator: 'on-time', version: 1 }] };

  test.each([
    ['while parts are counted', {}, true],
    ['while months are computed', { filled: 8, months_due: 2 }, true],
    ['not where nothing is left to do', { filled: 8 }, false],
    ['not of a changed definition, of which the old figures are served', { computing: [{ indicator: 'on-time', version: 2 }] }, false],
    ['not once each was computed', { computing: [] }, false],
  ])('%s', (_, changes, isFirst) => {
    expect(decodeProgress({ ...progress, ...changes }).isFirst).toBe(isFirst);
  });

  test('and many events that came at once are told, a few are not', () => {
    const told = (days_waiting: number) => decodeProgress({ ...progress, computing: [], filled: 8, days_waiting, months_due: 9 });
    expect(told(300)).toMatchObject({ waiting: 309, isBehind: false });
    expect(told(4000)).toMatchObject({ waiting: 4009, isBehind: true });
  });
});

describe('periods', () => {
  test.each([
    ['day', '2026-12-01', '2026-11-01'],
    ['month', '2027-01-01', '2025-12-01'],
    ['year', '2026-11-30', '2016-11-01'],
  ])('of a %s are asked for up to %s from %s on', (kind, today, since) => {
    expect(sinceOf(kind, today)).toBe(since);
  });

  test.each([
    ['month', '2026-11', 'Tháng 11/2026', 'November 2026'],
    ['quarter', '2026-Q4', 'Quý 4/2026', 'Quarter 4 of 2026'],
    ['year', '2026', 'Năm 2026', '2026'],
    ['week', '2026-W05', 'Tuần 5/2026', 'Week 5 of 2026'],
    ['from day 20', '2023-04-20/2023-05-19', '20/04/2023 – 19/05/2023', '20/04/2023 – 19/05/2023'],
  ])('of kind %s are named', (kind, label, inVietnamese, inEnglish) => {
    const told = { kind, label, from: '2023-04-20', to: '2023-05-19' };
    expect(periodText(told, vi.figures)).toBe(inVietnamese);
    expect(periodText(told, en.figures)).toBe(inEnglish);
  });

  test.each([
    ['2026-10', '10/2026'],
    ['2026-Q3', 'Q3/2026'],
    ['2026', '2026'],
    ['2023-05-20', '20/05/2023'],
    ['2023-04-20/2023-05-19', '19/05/2023'],
  ])('such as %s are short where there is little room', (label, short) => {
    expect(shortLabel(label)).toBe(short);
  });

  test('lead to their neighbours by the day before and after', () => {
    expect(shiftDay('2026-03-01', -1)).toBe('2026-02-28');
    expect(shiftDay('2026-12-31', 1)).toBe('2027-01-01');
    expect(dayText('2026-11-05')).toBe('05/11/2026');
  });

  test('have kinds with names', () => {
    expect([kindText('month', vi.figures), kindText('from day 20', vi.figures), kindText('fortnight', vi.figures)]).toEqual([
      'Tháng',
      'Từ ngày 20',
      'fortnight',
    ]);
  });
});

test.each([
  [3600, 'hằng giờ'],
  [86_400, 'hằng ngày'],
  [7 * 86_400, '7 ngày một lần'],
  [7200, '2 giờ một lần'],
  [90, '90 giây một lần'],
])('a rhythm of %s s is %s', (seconds, text) => {
  expect(rhythmText(seconds, vi.figures)).toBe(text);
});

test.each([
  [59 * 60_000, '59 phút'],
  [47 * 3_600_000, '47 giờ'],
  [49 * 3_600_000, '2 ngày'],
])('%s ms are %s', (ms, text) => {
  expect(lengthText(ms, vi.figures)).toBe(text);
});

test('a trend has a hole where a figure is missing, and a dot for one that stands alone', () => {
  const at = (value: number) => value;
  expect(line([1, 2, null, 4, null, 5, 6], at, at)).toBe('M0.0 1.0L1.0 2.0M3.0 4.0h.1M5.0 5.0L6.0 6.0');
});

test('the address says what is asked for, and nothing that was not told', () => {
  const scope = scopeOf(parseRoute('#/systems?at=2026-10&unit=07210'));
  expect(scope).toEqual({ unit: '07210', period: null, at: '2026-10' });
  expect(callOf('/v1/systems', { ...scope })).toBe('/v1/systems?unit=07210&at=2026-10');
  expect(callOf('/v1/systems', { unit: null })).toBe('/v1/systems');
});

describe('answers about systems and cases', () => {
  const named = { id: 'libraries', number: 'S23', title: { vi: 'Thư viện', en: 'Libraries' }, owner: { vi: 'Sở', en: 'Office' } };
  const fresh = {
    system: 'libraries',
    number: 'S23',
    owner: named.owner,
    sources: [],
    newest: null,
    age_s: null,
    rhythm_s: 86_400,
    reminder: 3,
  };

  test('of a system that nobody knew before are read', () => {
    const standing = { freshness: fresh, targets: { met: 1, at_risk: 0, missed: 2 }, indicators: [figure], more_indicators: 4 };
    const told = decodeOverview({ unit, period, systems: [{ ...named, ...standing }] });
    expect(told.systems[0]).toMatchObject({ id: 'libraries', targets: { missed: 2 }, moreFigures: 4, freshness: { newest: null } });
    const one = decodeSystem({
      ...named,
      unit,
      period,
      sources: ['*-library'],
      rhythm_s: 86_400,
      events: [{ type: 'book.lent', title: named.title, schema: {}, example: { id: '1' } }],
      words: { paper: { vi: 'Giấy', en: 'Paper' } },
      cases: [],
      indicators: [
        { ...brief, now: figure },
        { ...brief, id: 'other', now: null },
      ],
    });
    expect([...one.figures.keys()]).toEqual(['on-time']);
    expect(one.indicators.map((told) => told.id)).toEqual(['on-time', 'other']);
  });

  test('with rankings and trends are read', () => {
    expect(decodeIndicators({ indicators: [brief] })[0]?.targetLevels).toEqual(['province']);
    const ranking = decodeRanking({ ...brief, minimum: 30, period, ranking: [{ ...figure, rank: null, tied: false, few: true }] });
    expect(ranking.rows[0]).toMatchObject({ rank: null, few: true, value: 99.4 });
    expect(decodeTrends({ unit, period, periods: ['a', 'b'], trends: { x: [null, 2] } }).trends.get('x')).toEqual([null, 2]);
  });

  test('with cases are read', () => {
    const step = { id: 'assigned', type: 'task.assigned', title: named.title };
    const kind = {
      id: 'task',
      title: named.title,
      steps: [step],
      closes: null,
      due: 'due',
      owner: 'owner',
      system: 'tasks',
      places: false,
    };
    expect(decodeCases({ cases: [kind] })[0]).toMatchObject({ hasDue: true, owner: 'owner', hasPlaces: false });
    const one = {
      subject: 'T1',
      unit,
      unit_code: '24',
      steps: { assigned: '2026-11-01T00:00:00Z', done: null },
      due: null,
      closed: null,
      overdue: false,
      data: {},
    };
    expect(decodeListed({ case: 'task', cases: [one], truncated: true }).cases[0]?.steps).toEqual({
      assigned: Date.UTC(2026, 10, 1),
      done: null,
    });
    expect(decodeBoard({ owners: [{ owner: 'A', open: 1, overdue: 0, reminded: 0, cases: [one] }] })[0]?.cases).toHaveLength(1);
    const funnel = { opened: 3, closed: 1, closed_late: 0, steps: [{ step: 'assigned', title: named.title, cases: 3 }] };
    expect(decodeFunnel(funnel).steps[0]).toMatchObject({ id: 'assigned', cases: 3 });
    const properties = { subject: 'P1', opened: '2026-11-01T00:00:00Z', due: null, overdue: true, owner: 'road' };
    expect(decodePlaces({ features: [{ geometry: { coordinates: [106, 21] }, properties }] })[0]).toMatchObject({ lon: 106, lat: 21 });
  });

  test('with units are read', () => {
    const told = decodeUnits({ units: [{ ...unit, path_vi: 'Tỉnh Bắc Ninh', path_en: 'Bac Ninh Province' }] });
    expect(told[0]).toMatchObject({ code: '24', path: { vi: 'Tỉnh Bắc Ninh' } });
  });

  test('with events of units that nobody knew are read, the most frequent code first', () => {
    const told = decodeStrays({ values: [], without_unit: { events: 9, codes: { '13633': 2, C99: 7 } } });
    expect(told).toEqual({
      events: 9,
      codes: [
        ['C99', 7],
        ['13633', 2],
      ],
    });
  });

  test('with definitions and what was published are read', () => {
    const named = { vi: 'Tỉnh Bắc Giang', en: 'Bac Giang Province' };
    const told = decodeDefinition({
      ...brief,
      dimensions: ['level'],
      dimension_titles: { level: { vi: 'Cấp', en: 'Level' } },
      unsent: ['pm2_5'],
      description: { vi: '', en: '' },
      formula: { vi: 'a ÷ b', en: 'a ÷ b' },
      made_of: ['other'],
      targets: [{ level: 'province', at_most: 5, since: null, until: '2025-01-01', unit: '24', unit_name: named, plan: '' }],
    });
    expect(told.goals).toEqual([
      { level: 'province', direction: 'at_most', limit: 5, since: null, until: '2025-01-01', unit: '24', unitName: named, plan: '' },
    ]);
    expect([told.madeOf, told.unsent]).toEqual([['other'], ['pm2_5']]);
    expect(told.dimensions).toEqual([{ id: 'level', title: { vi: 'Cấp', en: 'Level' } }]);
    expect(decodeIndicators({ indicators: [{ ...brief, better: null }] })[0]?.better).toBeNull();
    expect(decodeValues({ values: [{ ...figure, by: 'level', member: 'commune' }, figure] }).map((one) => one.member)).toEqual([
      'commune',
      '',
    ]);
    const version = { published: '2026-11-03', superseded: null, version: 2, value: null, events: 0, computed_at: '2026-11-03T00:00:00Z' };
    expect(decodeVersions({ versions: [version] })[0]).toMatchObject({ published: '2026-11-03', value: null, version: 2 });
  });
});
