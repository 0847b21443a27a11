import { describe, expect, test } from 'vitest';
import { decodeAlert } from '../src/wire/alert';
import { decodeFrame } from '../src/wire/frame';
import { WireError } from '../src/wire/guard';
import { decodeBuckets, decodeConfig } from '../src/wire/rest';
import { decodeRules } from '../src/wire/rule';
import { alertJson } from './examples';

const cols = ['id', 'kind', 'name', 'lon', 'lat', 'moving', 'speed', 'heading', 'state', 't', 'interval_s', 'unit', 'values'];
const cells = [
  's/1',
  'rain_gauge',
  'Mưa',
  106,
  21,
  false,
  null,
  null,
  'severe',
  '2026-11-22T05:00:00Z',
  20,
  '07201',
  { rain_1h: ['2026-11-22T05:00:00Z', 60, 'severe'] },
];
const decode = (frame: object) => decodeFrame(JSON.stringify(frame));

describe('a state frame', () => {
  test('is read by the names of its columns, in whatever order', () => {
    const frame = decode({
      type: 'd',
      id: 'state-1',
      seq: 2,
      prev: 1,
      cols: [...cols].reverse(),
      rows: [[...cells].reverse()],
      rm: ['s/2'],
    });
    expect(frame).toMatchObject({ type: 'd', seq: 2, prev: 1, removed: ['s/2'] });
    expect('rows' in frame && frame.rows[0]).toMatchObject({
      id: 's/1',
      state: 'severe',
      t: Date.UTC(2026, 10, 22, 5),
      values: { rain_1h: { time: Date.UTC(2026, 10, 22, 5), value: 60, severity: 'severe' } },
    });
  });

  test('may bring columns that this version does not know', () => {
    const frame = decode({ type: 'snap', id: 'x', page: 0, last: true, seq: 1, cols: [...cols, 'colour'], rows: [[...cells, 'red']] });
    expect('rows' in frame && frame.rows).toHaveLength(1);
  });

  test.each([
    ['a state that is none', 'state', 'red', 'state is red, not one of normal, minor, moderate, severe, extreme'],
    ['a place that is no number', 'lon', '106', 'lon is not a finite number'],
    ['a time that is none', 't', 'yesterday', 't is not a time: yesterday'],
  ])('is refused for %s', (_, column, value, message) => {
    const wrong = cells.map((cell, at) => (cols[at] === column ? value : cell));
    expect(() => decode({ type: 'd', id: 'x', seq: 2, prev: 1, cols, rows: [wrong] })).toThrow(new WireError(message));
  });

  test('is refused when a column is missing', () => {
    expect(() => decode({ type: 'd', id: 'x', seq: 2, prev: 1, cols: cols.slice(1), rows: [cells.slice(1)] })).toThrow(
      'column id is missing',
    );
  });
});

test('cells are read where the view looks from afar', () => {
  const cell = ['7/101/56', [105, 21, 106, 22], 105.5, 21.5, 3, 'severe', [2, 0, 0, 1, 0], '2026-11-22T05:00:00Z'];
  const columns = ['cell', 'bbox', 'lon', 'lat', 'count', 'state', 'states', 't'];
  const expected = { id: '7/101/56', bbox: [105, 21, 106, 22], count: 3, state: 'severe', states: [2, 0, 0, 1, 0] };
  const snap = decode({ type: 'snap', id: 's', page: 0, last: true, seq: 1, cols: columns, rows: [cell], rm: [] });
  expect('cells' in snap && snap.cells[0]).toMatchObject(expected);
  const delta = decode({ type: 'd', id: 's', seq: 2, prev: 1, cols: columns, rows: [], rm: ['7/101/56'] });
  expect(delta).toMatchObject({ cells: [], removed: ['7/101/56'] });
  expect(() => decode({ type: 'd', id: 's', seq: 2, prev: 1, cols: columns.slice(0, 3), rows: [cell] })).toThrow('column lat is missing');
});

test('a heartbeat of a replay says how it goes', () => {
  const told = { type: 'hb', t: '2026-11-22T05:00:00Z', lag_ms: 5, mode: 'replay', speed: 60, to: '2026-11-22T06:00:00Z', ended: false };
  expect(decode(told)).toMatchObject({ degraded: null, replay: { speed: 60, to: Date.UTC(2026, 10, 22, 6), ended: false } });
});

test('a subscription that was resumed and missed nothing is an empty delta', () => {
  expect(decode({ type: 'd', id: 'a', seq: 4, prev: 4, resumed: true })).toMatchObject({ rows: [], removed: [] });
});

test('an alert is read with its times in milliseconds and its unit', () => {
  const frame = decode({ type: 'ev', id: 'alerts-1', seq: 5, prev: 4, listed: true, alert: alertJson });
  expect(frame.type === 'ev' && frame.alert).toMatchObject({
    id: 'a1',
    startedAt: Date.UTC(2026, 10, 22, 5),
    clearedAt: null,
    unit: { code: '07201', pathVi: 'Thị trấn Thắng, Huyện Hiệp Hòa', pathEn: 'Thang' },
  });
});

test('a heartbeat tells of a degraded service and why', () => {
  const beat = { type: 'hb', t: '2026-11-22T05:00:00Z', pos: 1, lag_ms: 400 };
  expect(decode({ ...beat, mode: 'live' })).toMatchObject({ degraded: null, lagMs: 400 });
  expect(decode({ ...beat, mode: 'degraded', why: 'no broker' })).toMatchObject({ degraded: 'no broker' });
});

test.each([
  ['not JSON', '{'],
  ['no object', '[]'],
  ['without type', '{}'],
  ['of unknown type', '{"type":"?"}'],
])('a frame that is %s is refused', (_, message) => {
  expect(() => decodeFrame(message)).toThrow(WireError);
});

test('the configuration says who is asking, and whether there is an online base map', () => {
  const config = { version: '1', time_zone: 'Asia/Ho_Chi_Minh', base_map: null, role: null, units: { collection: 'units' } };
  expect(decodeConfig(config)).toMatchObject({ role: null, baseMap: null, unitsCollection: 'units' });
  const withMap = { ...config, base_map: { tiles: ['https://t/{z}/{x}/{y}'], attribution: '© t' } };
  expect(decodeConfig(withMap).baseMap).toEqual({ tiles: ['https://t/{z}/{x}/{y}'], attribution: '© t' });
});

test('buckets keep time, number, mean, minimum and maximum', () => {
  expect(decodeBuckets({ buckets: [['2026-11-22T05:00:00Z', 6, 2, 1, 3]] })).toEqual([
    { time: Date.UTC(2026, 10, 22, 5), n: 6, mean: 2, min: 1, max: 3 },
  ]);
});

test('the rollup in which a series begins stands at its first reading, any other where it is', () => {
  const hours = [5, 6].map((hour) => [`2026-11-22T0${hour}:00:00Z`, 6, 2, 1, 3]);
  const at = (first: string | null) =>
    decodeBuckets({ buckets: hours, first }).map(({ time, begins }) => [new Date(time).toISOString().slice(11, 16), begins]);
  expect(at('2026-11-22T05:22:00Z')).toEqual([
    ['05:22', true],
    ['06:00', undefined],
  ]);
  expect(at('2026-11-20T05:22:00Z')).toEqual([
    ['05:00', undefined],
    ['06:00', undefined],
  ]);
  expect(at('2026-11-22T06:22:00Z')).toEqual([
    ['05:00', undefined],
    ['06:00', undefined],
  ]);
  expect(at(null)[0]).toEqual(['05:00', undefined]);
});

test('the limits of a rule are those above or below', () => {
  const rule = { id: 'jam', select: { property: 'speed', kind: 'traffic_counter' }, below: [{ severity: 'minor', limit: 10, clear: 15 }] };
  expect(decodeRules({ rules: [rule] })[0]).toMatchObject({
    select: { property: 'speed', kind: 'traffic_counter', unit: null },
    limits: [{ severity: 'minor', value: 10 }],
  });
});

describe('an alert of no station', () => {
  const told = {
    id: '1',
    rule: 'source-offline',
    kind: 'absence',
    title: { vi: 'Mất nguồn', en: 'Source offline' },
    severity: 'severe',
    condition: 'firing',
    subject: 'bg-hydro',
    station: null,
    station_name: null,
    property: null,
    value: 900,
    limit: 300,
    direction: 'above',
    uom: null,
    lon: null,
    lat: null,
    unit: null,
    started_at: '2026-11-28T11:00:00Z',
    fired_at: '2026-11-28T11:00:00Z',
    updated_at: '2026-11-28T11:00:00Z',
    acknowledged: false,
    version: 1,
  };

  test('is shown by its subject', () => {
    const alert = decodeAlert(told);
    expect([alert.station, alert.stationName, alert.property, alert.closedAt]).toEqual(['bg-hydro', 'bg-hydro', null, null]);
  });

  test('says of a target what was reached, of how much, in which period', () => {
    expect(decodeAlert(told).target).toBeNull();
    const context = { title: { vi: 'Đúng hạn', en: 'On time' }, indicator: 'on-time', period: '2026-10', figure: 91, at_least: 95 };
    const target = decodeAlert({ ...told, context }).target;
    expect(target).toEqual({
      indicator: 'on-time',
      title: context.title,
      period: '2026-10',
      figure: 91,
      limit: 95,
      direction: 'at_least',
    });
    const { at_least, ...rest } = context;
    expect(decodeAlert({ ...told, context: { ...rest, at_most: at_least } }).target).toMatchObject({ limit: 95, direction: 'at_most' });
  });
});
