import { describe, expect, test } from 'vitest';
import { sortAlerts } from '../src/state/alertOrder';
import {
  alarmsByStation,
  applyAlertSnapshot,
  countAlerts,
  isBeyondLimit,
  isKnown,
  isOutage,
  mergeAlert,
  unknownAlerts,
  valueNow,
} from '../src/state/alerts';
import { arrivals } from '../src/state/arrivals';
import { alarmsByCell, applyCells, cellOf, countIn, troubledIn } from '../src/state/cells';
import { dataAge, initialConnection, isSilent, reduceConnection } from '../src/state/connection';
import { limitsOf } from '../src/state/limits';
import { formatLink, parseLink } from '../src/state/link';
import { fold, matches } from '../src/state/search';
import { applyDelta, applySnapshot, emptyStations, forget, isStale, oldAfter } from '../src/state/stations';
import { createStore } from '../src/state/store';
import type { Alert, Cell } from '../src/wire/types';
import { alert, alertPage, cell, delta, page, row } from './examples';

describe('the stations', () => {
  test('are shown page by page, and what no page named goes away with the last', () => {
    const table = emptyStations();
    applySnapshot(table, page({ rows: [row({ id: 'a' }), row({ id: 'b' })] }));
    expect(applySnapshot(table, page({ last: false, rows: [row({ id: 'b' })] })).removed).toEqual([]);
    expect([...table.rows.keys()]).toEqual(['a', 'b']);
    expect(applySnapshot(table, page({ page: 1, rows: [row({ id: 'c' })] })).removed).toEqual(['a']);
    expect([...table.rows.keys()]).toEqual(['b', 'c']);
  });

  test('keep a row that a delta brings between two pages', () => {
    const table = emptyStations();
    applySnapshot(table, page({ last: false }));
    applyDelta(table, delta({ rows: [row({ id: 'new' })] }));
    expect(applySnapshot(table, page({ page: 1 })).removed).toEqual([]);
    expect(table.rows.has('new')).toBe(true);
  });

  test('that went away while the pages were sent are named by the last one', () => {
    const table = emptyStations();
    applySnapshot(table, page({ last: false, rows: [row({ id: 'a' }), row({ id: 'b' })] }));
    expect(applySnapshot(table, page({ page: 1, removed: ['a'] })).removed).toEqual(['a']);
    expect([...table.rows.keys()]).toEqual(['b']);
  });

  test('are replaced and removed by a delta', () => {
    const table = emptyStations();
    applySnapshot(table, page({ rows: [row({ id: 'a' }), row({ id: 'b' })] }));
    applyDelta(table, delta({ rows: [row({ id: 'a', state: 'extreme' })], removed: ['b'] }));
    expect([...table.rows.values()]).toEqual([row({ id: 'a', state: 'extreme' })]);
  });

  test('stay while they are known for another reason', () => {
    const table = emptyStations();
    applySnapshot(table, page({ rows: [row({ id: 'a' }), row({ id: 'b' })] }));
    applySnapshot(table, page({ rows: [row({ id: 'b', state: 'severe' })] }), 'troubled');
    expect(forget(table, 'view').removed).toEqual(['a']);
    expect([...table.rows.keys()]).toEqual(['b']);
    expect(applyDelta(table, { rows: [], removed: ['b'] }, 'troubled').removed).toEqual(['b']);
    expect(table.rows.size).toBe(0);
  });

  test.each([
    ['after three missed reports', 20, 60_001, true],
    ['not before', 20, 60_000, false],
    ['after a quarter of an hour where the rhythm is unknown', null, 900_001, true],
    ['not before where the rhythm is unknown', null, 900_000, false],
  ])('are stale %s', (_, intervalS, age, stale) => {
    expect(isStale(row({ t: 1_000_000, intervalS }), 1_000_000 + age)).toBe(stale);
  });
});

describe('the cells', () => {
  const snapshot = (cells: Cell[]) => ({ type: 'snap' as const, id: 'view-1', page: 0, last: true, seq: 1, vseq: null, t: null, cells });

  test('are those of the newest snapshot, and change with deltas', () => {
    const first = applyCells(new Map([['old', cell('9/1/1')]]), snapshot([cell('9/2/2'), cell('9/3/3')]));
    expect([...first.keys()]).toEqual(['9/2/2', '9/3/3']);
    const changed = { ...cell('9/3/3'), count: 7 };
    const delta = { type: 'd' as const, id: 'view-1', prev: 1, seq: 2, vseq: null, t: null, cells: [changed], removed: ['9/2/2'] };
    expect([...applyCells(first, delta).values()]).toEqual([changed]);
    expect(first.size).toBe(2);
  });

  test('count their stations, and those that are not well', () => {
    expect(countIn([cell('9/1/1'), cell('9/2/2')])).toBe(8);
    expect(troubledIn(cell('9/1/1'))).toBe(1);
  });

  test('have the worst alert of what lies in them, one that nobody acknowledged first', () => {
    const id = cellOf(106.1, 21.3, 9);
    const cells = new Map([[id, cell(id)]]);
    const alarm = alarmsByCell(cells, [
      alert({ severity: 'extreme', acknowledged: true }),
      alert({ id: 'a2', severity: 'minor' }),
      alert({ id: 'a3', severity: 'extreme', lon: 100 }),
      alert({ id: 'a4', severity: 'extreme', lon: null }),
    ]).get(id);
    expect(alarm).toEqual({ severity: 'minor', unacknowledged: true });
  });

  test('are named as the service names them', () => {
    expect(cellOf(106.2, 21.3, 11)).toBe('11/1628/899');
    expect(cellOf(-180, 85, 2)).toBe('2/0/0');
  });
});

describe('the alerts', () => {
  const whole = applyAlertSnapshot(unknownAlerts, alertPage([alert()]));

  test('are not known before the first snapshot, also when it is empty', () => {
    expect(isKnown(unknownAlerts)).toBe(false);
    expect(isKnown(applyAlertSnapshot(unknownAlerts, alertPage([])))).toBe(true);
  });

  test('stay listed when they cleared before anyone acknowledged them, and leave when both', () => {
    const cleared = mergeAlert(whole, alert({ condition: 'normal', version: 2 }));
    expect(cleared.byId.size).toBe(1);
    expect(mergeAlert(cleared, alert({ condition: 'normal', acknowledged: true, version: 3 })).byId.size).toBe(0);
  });

  test('never go back to an older version', () => {
    const acknowledged = mergeAlert(whole, alert({ acknowledged: true, version: 2 }));
    expect(mergeAlert(acknowledged, alert({ version: 1 })).byId.get('a1')?.acknowledged).toBe(true);
  });

  test('that a new snapshot does not name are over', () => {
    const next = applyAlertSnapshot(whole, alertPage([alert({ id: 'a2' })]));
    expect([...next.byId.keys()]).toEqual(['a2']);
  });

  test('are sorted worst first, then newest first', () => {
    const sorted = sortAlerts([
      alert({ id: 'old', severity: 'minor', firedAt: 1 }),
      alert({ id: 'new', severity: 'minor', firedAt: 2 }),
      alert({ id: 'worst', severity: 'extreme', firedAt: 0 }),
    ]);
    expect(sorted.map(({ id }) => id)).toEqual(['worst', 'new', 'old']);
  });

  test('are counted by severity, those that are over beside the others, and as unacknowledged until somebody has', () => {
    const counts = countAlerts([
      alert({ acknowledged: true }),
      alert({ id: 'a2', condition: 'normal' }),
      alert({ id: 'a3', severity: 'minor' }),
    ]);
    expect(counts).toEqual({
      open: 3,
      bySeverity: { minor: 1, moderate: 0, severe: 2, extreme: 0 },
      overBySeverity: { minor: 0, moderate: 0, severe: 1, extreme: 0 },
      unacknowledged: 2,
    });
  });

  test.each([
    [60, 'above', true],
    [50, 'above', false],
    [40, 'below', true],
    [50, 'below', false],
    [null, 'above', false],
  ] as const)('of %s are beyond 50 when it is a limit from %s: %s', (value, direction, beyond) => {
    expect(isBeyondLimit(alert({ direction, limit: 50 }), value)).toBe(beyond);
  });

  test('are shown with the newest value of the station, else with their own', () => {
    const fired = alert({ value: 60, startedAt: 1000 });
    const reading = (time: number) => row({ values: { rain_1h: { time, value: 72, severity: 'severe' } } });
    expect(valueNow(fired, reading(1000))).toEqual({ value: 72, isNewest: true });
    expect(valueNow(fired, reading(999))).toEqual({ value: 60, isNewest: false });
    expect(valueNow(fired, row())).toEqual({ value: 60, isNewest: false });
    expect(valueNow(fired, undefined)).toEqual({ value: 60, isNewest: false });
  });

  test('of a thing that works or not are an outage', () => {
    expect(isOutage(alert({ property: 'up', limit: 1, direction: 'below' }))).toBe(true);
    expect(isOutage(alert())).toBe(false);
  });

  test('ring a station by its worst unacknowledged alert', () => {
    const alarms = alarmsByStation([alert({ severity: 'extreme', acknowledged: true }), alert({ id: 'a2', severity: 'minor' })]);
    expect(alarms.get('bg-hydro/mua-1')).toEqual({ severity: 'minor', unacknowledged: true });
  });

  test('are announced when they are new, but not those of the first snapshot', () => {
    expect(arrivals(null, whole)).toEqual([]);
    expect(arrivals(new Set(['a1']), mergeAlert(whole, alert({ id: 'a2' }))).map(({ id }) => id)).toEqual(['a2']);
  });
});

describe('the list of alerts', () => {
  const listed = (severity: Alert['severity'] | null, query: string) => {
    const store = createStore('dark', 0);
    store.alerts.value = applyAlertSnapshot(
      unknownAlerts,
      alertPage([alert(), alert({ id: 'a2', severity: 'minor', stationName: 'Cầu Mỹ' })]),
    );
    store.severities.value = new Set(severity ? [severity] : []);
    store.query.value = query;
    return store.desk.listedAlerts.value.map(({ id }) => id);
  };

  test('shows all, or those of the chosen severities', () => {
    expect(listed(null, '')).toEqual(['a1', 'a2']);
    expect(listed('minor', '')).toEqual(['a2']);
  });

  test('finds by title, station and area, without diacritics', () => {
    expect(listed(null, 'mua RAT')).toEqual(['a1', 'a2']);
    expect(listed(null, 'cau my')).toEqual(['a2']);
    expect(listed(null, 'hiep hoa tram')).toEqual(['a1']);
    expect(listed(null, 'yen dung')).toEqual([]);
  });
});

test('folding takes diacritics from Vietnamese, composed or not', () => {
  expect(fold('Đường Bắc Giang')).toBe('duong bac giang');
  expect(fold('Đường Bắc Giang'.normalize('NFD'))).toBe('duong bac giang');
  expect(matches('đường giang', ['Duong', 'Bắc Giang', null])).toBe(true);
});

describe('the connection', () => {
  const live = reduceConnection(initialConnection, { type: 'welcome', heartbeatMs: 5000 }, 1000);

  test('knows the age of the newest data by the clock of the service', () => {
    const beat = reduceConnection(live, { type: 'heartbeat', t: 61_000, lagMs: 400, degraded: null }, 1000);
    expect(beat.skewMs).toBe(60_000);
    expect(dataAge(beat, 3000)).toBe(2400);
    const newer = reduceConnection(beat, { type: 'frame', newestAt: 62_900 }, 3000);
    expect(dataAge(newer, 3000)).toBe(100);
  });

  test('is degraded while the service says so', () => {
    const degraded = reduceConnection(live, { type: 'heartbeat', t: 1000, lagMs: 0, degraded: 'no broker' }, 1000);
    expect(degraded.phase).toEqual({ name: 'degraded', why: 'no broker' });
    expect(reduceConnection(degraded, { type: 'heartbeat', t: 1000, lagMs: 0, degraded: null }, 1000).phase.name).toBe('live');
  });

  test('is silent after two and a half heartbeats without a frame', () => {
    expect(isSilent(live, 13_500)).toBe(false);
    expect(isSilent(live, 13_501)).toBe(true);
    expect(isSilent(reduceConnection(live, { type: 'closed', retryAt: 0 }, 2000), 60_000)).toBe(false);
  });

  test('forgets an unreadable frame with the next welcome', () => {
    const marked = reduceConnection(live, { type: 'unreadable', detail: 'frame is not JSON' }, 1000);
    expect(marked.unreadable).toBe('frame is not JSON');
    expect(reduceConnection(marked, { type: 'welcome', heartbeatMs: 5000 }, 2000).unreadable).toBeNull();
  });
});

test('the limits of a series are those of the rules that select it and of its alerts, each once', () => {
  const select = { property: 'rain_1h', kind: 'rain_gauge', source: null, station: null, unit: null };
  const rules = [
    {
      id: 'rain',
      select,
      limits: [
        { severity: 'severe' as const, value: 50 },
        { severity: 'extreme' as const, value: 80 },
      ],
    },
    { id: 'elsewhere', select: { ...select, source: 'other' }, limits: [{ severity: 'minor' as const, value: 1 }] },
  ];
  expect(limitsOf(rules, [alert(), alert({ property: 'other' })], row(), 'rain_1h')).toEqual([
    { severity: 'severe', value: 50 },
    { severity: 'extreme', value: 80 },
  ]);
});

test.each([
  [[], 15],
  [[null], 15],
  [[20, 600], 2],
  [[600, 3600], 30],
])('with stations that report every %o s data are old after %s minutes', (intervals, minutes) => {
  expect(oldAfter(intervals.map((intervalS) => row({ intervalS })))).toBe(minutes * 60_000);
});

test('the limit of a rate is no limit of the readings', () => {
  const rate = alert({ kind: 'rate', limit: 1.5, value: 2 });
  expect(limitsOf([], [rate], row(), 'rain_1h')).toEqual([]);
  const newest = row({ values: { rain_1h: { time: rate.startedAt + 1, value: 60, severity: null } } });
  expect(valueNow(rate, newest)).toEqual({ value: 2, isNewest: false });
  expect(valueNow(alert(), newest)).toEqual({ value: 60, isNewest: true });
});

describe('the address', () => {
  test('carries view, station and panel there and back', () => {
    const link = { view: { zoom: 11.25, lat: 21.3, lon: 106.2 }, station: 'bg-hydro/mua:1', alert: 'a-1', panel: 'handover' as const };
    expect(parseLink(formatLink(link))).toEqual(link);
  });

  test('of nothing is empty', () => {
    expect(formatLink({ view: null, station: null, alert: null, panel: 'map' })).toBe('');
  });

  test.each(['#view=9/95/106', '#view=9/21', '#view=a/b/c', '#view='])('%s has no view', (fragment) => {
    expect(parseLink(fragment).view).toBeNull();
  });
});
