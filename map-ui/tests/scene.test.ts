import { describe, expect, test } from 'vitest';
import { overlayOf, overlayOfStyle, swatchesOf } from '../src/map/overlay';
import { changedAlarms } from '../src/state/alerts';
import {
  classBreaks,
  classOf,
  countsOf,
  figuresOf,
  formatChoropleth,
  isIncomplete,
  kindToShow,
  levelsOf,
  meansOf,
  parseChoropleth,
  periodsOf,
  periodToShow,
} from '../src/state/figures';
import { formatLayers, moveLayer, parseLayers, setOpacity, toggleLayer } from '../src/state/layers';
import { boundsOfGeometry, filterOf, nameOf, searchable } from '../src/state/places';
import { formatScene, parseScene, placeOfLink } from '../src/state/sceneLink';
import type { Figure } from '../src/wire/figure';
import { decodeFigures, decodeIndicators } from '../src/wire/figure';
import { decodeLayers, decodeTextAttributes, type Feature } from '../src/wire/place';

describe('layers', () => {
  const shown = toggleLayer(toggleLayer([], 'roads'), 'trees');

  test('come above the others and go again', () => {
    expect(shown.map(({ id }) => id)).toEqual(['trees', 'roads']);
    expect(toggleLayer(shown, 'trees')).toEqual([{ id: 'roads', opacity: 1 }]);
  });

  test('move by one place and stay at the ends', () => {
    expect(moveLayer(shown, 'roads', -1).map(({ id }) => id)).toEqual(['roads', 'trees']);
    expect(moveLayer(shown, 'trees', -1)).toBe(shown);
  });

  test('are told by a link, with their opacity, and nonsense is not', () => {
    const faint = setOpacity(shown, 'trees', 0.5);
    expect(formatLayers(faint)).toBe('trees:0.5,roads');
    expect(parseLayers('trees:0.5,roads')).toEqual(faint);
    expect(parseLayers('trees:2,../x,')).toEqual([]);
  });

  test('of a catalogue say which are live', () => {
    const [layer] = decodeLayers({
      collections: [{ id: 'stations', title: 'S', live: true, itemCount: 3, extent: { spatial: { bbox: [[1, 2, 3, 4]] } } }],
    });
    expect(layer).toMatchObject({ id: 'stations', live: true, count: 3, bbox: [1, 2, 3, 4] });
  });
});

describe('a published style', () => {
  const palette = { labelStrong: 'ink', halo: 'halo', lineTop: 'line' } as never;
  const style = {
    version: 8,
    sources: { zones: { type: 'vector', url: 'u' } },
    layers: [
      { id: 'ground', type: 'background' },
      {
        id: 'zones-area',
        type: 'fill',
        source: 'zones',
        'source-layer': 'zones',
        paint: { 'fill-color': '#0072b2', 'fill-opacity': 0.25 },
      },
      { id: 'zones-edge', type: 'line', source: 'zones', 'source-layer': 'zones', paint: { 'line-color': '#222222' } },
      {
        id: 'zones-name',
        type: 'symbol',
        source: 'zones',
        'source-layer': 'zones',
        layout: { 'text-size': 12 },
        paint: { 'text-color': '#222222' },
      },
    ],
  } as never;
  const overlay = overlayOfStyle('zones', style, 0.5, palette);

  test('loses its ground and takes the colours and fonts of the page', () => {
    expect(overlay.layers.map(({ id }) => id)).toEqual([
      'overlay/zones/zones-area',
      'overlay/zones/zones-edge',
      'overlay/zones/zones-name',
    ]);
    expect(overlay.layers.map((layer) => layer.paint)).toEqual([
      { 'fill-color': '#0072b2', 'fill-opacity': 0.125 },
      { 'line-color': 'line', 'line-opacity': 0.5 },
      { 'text-color': 'ink', 'text-halo-color': 'halo', 'text-opacity': 0.5, 'icon-opacity': 0.5 },
    ]);
    expect(overlay.layers[2]?.layout).toEqual({ 'text-size': 12, 'text-font': ['Inter Medium'] });
    expect(Object.keys(overlay.sources)).toEqual(['overlay/zones/zones']);
  });

  test('has a swatch, and parts that are known by their names', () => {
    expect(swatchesOf(overlay)).toEqual([{ kind: 'area', colour: '#0072b2' }]);
    expect(overlayOf('overlay/zones/zones-area')).toBe('zones');
    expect(overlayOf('stations')).toBeNull();
  });
});

describe('places', () => {
  test('have bounds whatever their geometry', () => {
    const line: GeoJSON.Geometry = {
      type: 'LineString',
      coordinates: [
        [106, 21],
        [105, 22],
      ],
    };
    expect(boundsOfGeometry(line)).toEqual([105, 21, 106, 22]);
    expect(boundsOfGeometry({ type: 'GeometryCollection', geometries: [line, { type: 'Point', coordinates: [107, 20] }] })).toEqual([
      105, 20, 107, 22,
    ]);
    expect(boundsOfGeometry({ type: 'MultiPoint', coordinates: [] })).toBeNull();
  });

  test('are sought by every word, in every naming attribute, whatever is typed', () => {
    expect(filterOf("Đường 100%'", ['name', 'ten'])).toBe(
      `(CASEI(ACCENTI("name")) LIKE '%duong%' OR CASEI(ACCENTI("ten")) LIKE '%duong%') AND ` +
        `(CASEI(ACCENTI("name")) LIKE '%100\\%''%' OR CASEI(ACCENTI("ten")) LIKE '%100\\%''%')`,
    );
    expect(filterOf('  ', ['name'])).toBe('');
    expect(searchable(['id', 'owner', 'name'])).toEqual(['name']);
    expect(searchable(['id', 'owner'])).toEqual(['id', 'owner']);
  });

  test('are called by what names them, else by their id', () => {
    expect(nameOf({ name_vi: 'Trường', name_en: 'School' }, 'x', 'en')).toBe('School');
    expect(nameOf({ name_vi: 'Trường', name_en: 'School' }, 'x', 'vi')).toBe('Trường');
    expect(nameOf({ name: '' }, 'x', 'vi')).toBe('x');
  });

  test('have attributes that are texts', () => {
    const properties = { name: { type: 'string' }, since: { type: 'string', format: 'date' }, floors: { type: 'number' } };
    expect(decodeTextAttributes({ properties })).toEqual(['name']);
  });
});

describe('figures', () => {
  const figure = (code: string, period: string, value: number | null, running = false): Figure => ({
    code,
    period,
    begin: `${period}-01`,
    end: `${period}-28`,
    running,
    value,
    complete: { reported: 3, expected: 4 },
    newest: null,
    status: null,
  });
  const all = [figure('a', '2026-09', 1), figure('a', '2026-10', 2), figure('b', '2026-10', null), figure('a', '2026-11', 9, true)];

  test('are shown of the newest period that is over, or of the one that was chosen', () => {
    expect(periodsOf(all).map(({ label }) => label)).toEqual(['2026-11', '2026-10', '2026-09']);
    expect(periodToShow(all, null)).toBe('2026-10');
    expect(periodToShow(all, '2026-09')).toBe('2026-09');
    expect(periodToShow(all, '1999-01')).toBe('2026-10');
    expect(periodToShow([], null)).toBeNull();
    expect(figuresOf(all, '2026-10').get('a')).toEqual({ value: 2, share: 0.75, newest: null });
  });

  test('are of the kind of period that was chosen, of months where it has none', () => {
    expect(kindToShow(['day', 'month', 'year'], 'year')).toBe('year');
    expect(kindToShow(['day', 'month', 'year'], 'week')).toBe('month');
    expect(kindToShow(['quarter', 'year'], null)).toBe('quarter');
    expect(kindToShow([], null)).toBe('month');
  });

  test('below four fifths of what should have come are incomplete; where nothing is expected nobody knows', () => {
    expect(isIncomplete({ value: 1, share: 0.79, newest: null })).toBe(true);
    expect(isIncomplete({ value: 1, share: 0.8, newest: null })).toBe(false);
    expect(isIncomplete({ value: 1, share: null, newest: null })).toBe(false);
  });

  test('fall into classes of about as many units', () => {
    expect(classBreaks([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toEqual([2, 4, 6, 8, 10]);
    expect(classBreaks([0, 0, 0, 7])).toEqual([0, 7]);
    // Nearly all have reached 100: who has not is still told apart.
    expect(classBreaks([60, 70, 75, 80, 90, ...Array.from({ length: 50 }, () => 100)])).toEqual([70, 75, 80, 90, 100]);
    expect(classBreaks([])).toEqual([]);
    expect([1, 2, 3, 10].map((value) => classOf(value, [2, 4, 6, 8, 10]))).toEqual([0, 0, 1, 4]);
  });

  const station = (unit: string, pm: number | null, ago: number): Feature => ({
    fid: 'x',
    geometry: null,
    properties: { unit_code: unit, interval_s: 60, pm, pm_time: new Date(1_000_000_000_000 - ago * 1000).toISOString() },
  });

  test('of a property are means of its stations, those of units below included, and of fresh ones only', () => {
    const parents = new Map([
      ['commune', 'province'],
      ['other', 'province'],
    ]);
    const stations = [
      station('commune', 10, 0),
      station('commune', 20, 60),
      station('other', 60, 10),
      station('other', 99, 9999),
      station('other', null, 0),
    ];
    const means = meansOf(stations, 'pm', parents, 1_000_000_000_000);
    expect(means.get('commune')).toEqual({ value: 15, share: 1, newest: 1_000_000_000_000 });
    expect(means.get('other')).toMatchObject({ value: 60, share: 0.5 });
    expect(means.get('province')).toMatchObject({ value: 30, share: 0.75 });
  });

  test('of the present are columns of the live units', () => {
    expect(countsOf([{ fid: 'x', geometry: null, properties: { code: 'a', alerts_open: 3 } }], 'alerts_open').get('a')?.value).toBe(3);
  });

  test('are told by a link', () => {
    for (const told of [
      'indicator:dossiers-online-rate@commune@2025-05',
      'indicator:visitors@@2025-W20@week',
      'indicator:visitors@@@year',
      'property:pm2_5',
      'count:alerts_open@province',
    ]) {
      const read = parseChoropleth(told);
      expect(read && formatChoropleth(read)).toBe(told);
    }
    expect(parseChoropleth('count:nonsense')).toBeNull();
    expect(parseChoropleth('')).toBeNull();
  });

  test('have levels by what stands above', () => {
    const unit = (code: string, level: string, parent: string | null) => ({ code, fid: code, level, nameVi: code, nameEn: code, parent });
    expect(levelsOf([unit('c', 'commune', 'p'), unit('p', 'province', null)])).toEqual(['province', 'commune']);
  });

  test('are read as the service tells them, and dimensions are left out', () => {
    const value = {
      unit: { code: 'a' },
      period: { label: '2026-10', from: '2026-10-01', to: '2026-10-31' },
      value: 2,
      complete: null,
      newest: null,
      running: false,
      status: null,
    };
    expect(decodeFigures({ values: [value, { ...value, by: 'channel', member: 'x' }, { ...value, unit: null }] })).toHaveLength(1);
    const [indicator] = decodeIndicators({
      indicators: [{ id: 'i', title: { vi: 'A', en: 'B' }, unit_of_measure: null, periods: ['month'] }],
    });
    expect(indicator).toMatchObject({ id: 'i', decimals: 1, periods: ['month'] });
  });
});

test('an alarm that is as before has nothing drawn anew', () => {
  const alarm = (severity: 'minor' | 'severe', unacknowledged = true) => ({ severity, unacknowledged });
  const before = new Map([
    ['same', alarm('minor')],
    ['worse', alarm('minor')],
    ['seen', alarm('minor')],
    ['gone', alarm('minor')],
  ]);
  const after = new Map([
    ['same', alarm('minor')],
    ['worse', alarm('severe')],
    ['seen', alarm('minor', false)],
    ['new', alarm('minor')],
  ]);
  expect(changedAlarms(before, after)).toEqual(['gone', 'worse', 'seen', 'new']);
});

describe('a shared link', () => {
  test('carries all that decides what is seen', () => {
    const scene = {
      place: { layer: 'units', fid: '24.2025-07-01' },
      layers: [{ id: 'trees', opacity: 0.5 }],
      choropleth: { measure: { kind: 'property' as const, id: 'pm2_5' }, level: 'commune', kind: null, period: null },
      drawing: { kind: 'circle' as const, points: [[106, 21] as const], radiusM: 500, done: true },
      replay: { from: Date.UTC(2026, 10, 28, 5), speed: 60 },
      severities: ['extreme', 'severe'] as const,
      query: 'mưa to & gió',
    };
    expect(parseScene(`#view=9/21/106&${formatScene(scene)}`)).toEqual(scene);
    expect(formatScene(parseScene('#view=9/21/106'))).toBe('');
  });

  test('names a place that is still to be read', () => {
    expect(placeOfLink({ layer: 'units', fid: '24.2025-07-01' })).toMatchObject({ kind: 'unit', code: '24', name: '24.2025-07-01' });
    expect(placeOfLink({ layer: 'trees', fid: 'a/b' })).toMatchObject({ kind: 'feature', code: null });
    expect(parseScene('#place=trees').place).toBeNull();
  });
});
