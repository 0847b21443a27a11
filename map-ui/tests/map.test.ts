import { describe, expect, test } from 'vitest';
import { cellMark } from '../src/map/cells';
import { type Drawn, diffMarks } from '../src/map/diff';
import { type Mark, type MarkProperties, markOf } from '../src/map/features';
import { iconName, parseIconName } from '../src/map/icons';
import { Marks } from '../src/map/marks';
import { headFor, metresPerPixel, placeAt } from '../src/map/motion';
import { scaleLayer } from '../src/map/scale';
import { allLayers } from '../src/map/style';
import { boundsOf, decodeUnits, tiersOf, unitFeatures } from '../src/map/units';
import { glyphOf } from '../src/symbols/glyphs';
import { cell, row } from './examples';

const mark = (changes = {}): Mark => {
  const made = markOf(row(changes), false, undefined);
  if (made === null) throw new Error('the example has a place');
  return made;
};

describe('the difference between what is drawn and what is to be', () => {
  test('adds what is new, with all its properties', () => {
    const drawn: Drawn<MarkProperties> = new Map();
    const diff = diffMarks(drawn, [['a', mark({ id: 'a' })]]);
    expect(diff?.add).toMatchObject([
      { id: 'a', geometry: { type: 'Point', coordinates: [106.1, 21.3] }, properties: { state: 'normal' } },
    ]);
    expect(drawn.size).toBe(1);
  });

  test('is nothing when only values changed that the map does not show', () => {
    const drawn: Drawn<MarkProperties> = new Map([['a', mark({ id: 'a' })]]);
    const values = { rain_1h: { time: 2, value: 3, severity: null } };
    expect(diffMarks(drawn, [['a', mark({ id: 'a', t: 2_000_000, values })]])).toBeNull();
  });

  test('names only the properties that changed', () => {
    const drawn: Drawn<MarkProperties> = new Map([['a', mark({ id: 'a' })]]);
    const diff = diffMarks(drawn, [['a', mark({ id: 'a', state: 'severe' })]]);
    expect(diff?.update?.[0]?.newGeometry).toBeUndefined();
    expect(diff?.update?.[0]?.addOrUpdateProperties?.map(({ key }) => key)).toEqual(['icon', 'far', 'state', 'rank']);
  });

  test('moves what moved without touching its properties', () => {
    const drawn: Drawn<MarkProperties> = new Map([['a', mark({ id: 'a' })]]);
    const diff = diffMarks(drawn, [['a', mark({ id: 'a', lon: 106.2 })]]);
    expect(diff?.update).toEqual([{ id: 'a', newGeometry: { type: 'Point', coordinates: [106.2, 21.3] }, addOrUpdateProperties: [] }]);
  });

  test('removes what is gone or has lost its place, and only what was drawn', () => {
    const drawn: Drawn<MarkProperties> = new Map([
      ['a', mark({ id: 'a' })],
      ['b', mark({ id: 'b' })],
    ]);
    expect(diffMarks(drawn, [['a', null]], ['b', 'never'])?.remove).toEqual(['a', 'b']);
    expect(drawn.size).toBe(0);
  });
});

describe('the picture of a station', () => {
  test('says state by shape, kind by drawing and silence by its line', () => {
    const made = markOf(row({ state: 'severe' }), true, { severity: 'extreme', unacknowledged: true });
    expect(made?.properties).toMatchObject({ icon: 'station|rain|severe|stale', ring: 2, alarm: 'extreme', rank: 3 });
  });

  test('is a dot from afar while all is well', () => {
    expect(mark().properties.far).toBe('dot|other|normal|fresh');
    expect(mark({ state: 'minor' }).properties.far).toBe('station|rain|minor|fresh');
  });

  test('is an arrow with its heading where it moves', () => {
    const bus = mark({ kind: 'bus', moving: true, heading: 91.4 });
    expect(bus.properties).toMatchObject({ icon: 'arrow|bus|normal|fresh', glyph: 'glyph|bus|normal|fresh', heading: 91 });
  });

  test('is missing while it has no place', () => {
    expect(markOf(row({ lon: null }), false, undefined)).toBeNull();
  });

  test('has a name that can be read back, and no other name can', () => {
    const icon = { part: 'station', glyph: 'rain', state: 'severe', stale: true } as const;
    expect(parseIconName(iconName(icon))).toEqual(icon);
    expect(parseIconName('marker-15')).toBeNull();
  });

  test.each([
    ['river_gauge', 'water'],
    ['rain_gauge', 'rain'],
    ['AIR_QUALITY', 'air'],
    ['lighting_circuit', 'light'],
    ['waste_bin', 'waste'],
    ['something_else', 'other'],
  ])('of a %s is %s', (kind, glyph) => {
    expect(glyphOf(kind)).toBe(glyph);
  });
});

describe('the picture of a cell', () => {
  const made = (apart: boolean) => cellMark(cell('9/1/1'), { severity: 'minor', unacknowledged: true }, apart, String);

  test('is the outline of its worst state, with how many are not well', () => {
    expect(made(false).properties).toMatchObject({
      icon: 'cell|other|severe|fresh',
      rank: 3,
      troubled: '1',
      count: '4',
      ring: 2,
      alarm: 'minor',
    });
  });

  test('only counts where what is not well is drawn by itself', () => {
    expect(made(true).properties).toMatchObject({ icon: 'cell|other|normal|fresh', rank: 0, troubled: '', count: '4', ring: 0 });
  });
});

describe('something that moves', () => {
  const there = { lon: 106.001, lat: 21 };

  test('drives to its new place in the time that it took to report', () => {
    const start = headFor(undefined, { lon: 106, lat: 21 }, 0);
    const track = headFor(start, there, 2500);
    expect(placeAt(track, 2500)).toEqual({ lon: 106, lat: 21 });
    expect(placeAt(track, 3750).lon).toBeCloseTo(106.0005, 6);
    expect(placeAt(track, 5000)).toEqual(there);
  });

  test('goes on from where it is drawn when a report comes early', () => {
    const track = headFor(headFor(headFor(undefined, { lon: 106, lat: 21 }, 0), there, 2000), { lon: 106.002, lat: 21 }, 3000);
    expect(placeAt(track, 3000).lon).toBeCloseTo(106.0005, 6);
  });

  test.each([
    ['after a long silence', there, 60_000],
    ['after a leap', { lon: 106.1, lat: 21 }, 2500],
  ])('is at its new place at once %s', (_, to, at) => {
    const track = headFor(headFor(undefined, { lon: 106, lat: 21 }, 0), to, at);
    expect(placeAt(track, at)).toEqual(to);
  });

  test('is redrawn only in steps that can be seen', () => {
    const rows = new Map([['v', row({ id: 'v', moving: true, lon: 106, lat: 21 })]]);
    const marks = new Marks(rows, () => new Map());
    const report = (lon: number, now: number) => {
      const reported = row({ id: 'v', moving: true, lon, lat: 21 });
      rows.set('v', reported);
      marks.move(reported, now);
    };
    report(106, 0);
    marks.touch(['v']);
    marks.flush(0, 0);
    report(106.001, 2000);
    const inSight = () => true;
    expect(metresPerPixel(21, 9)).toBeGreaterThan(100);
    expect(marks.advance(3000, 9, inSight)).toBeNull();
    expect(marks.advance(3000, 15, inSight)?.update).toHaveLength(1);
    expect(marks.advance(3500, 15, () => false)).toBeNull();
    expect(marks.advance(4000, 9, () => false)?.update?.[0]?.newGeometry).toEqual({ type: 'Point', coordinates: [106.001, 21] });
  });
});

test('what lies out of sight is drawn after what is in sight', () => {
  const rows = new Map(
    [row({ id: 'here', lon: 106 }), row({ id: 'there', lon: 107 }), row({ id: 'nowhere', lon: null })].map((each) => [each.id, each]),
  );
  const marks = new Marks(rows, () => new Map());
  marks.touch(rows.keys());
  const drawn = (inSight?: (lon: number) => boolean) => marks.flush(0, 0, inSight).stations?.add?.map(({ id }) => id);
  expect(drawn((lon) => lon < 106.5)).toEqual(['here']);
  expect(drawn()).toEqual(['there']);
  expect(drawn()).toBeUndefined();
});

test('a station that falls silent is drawn again without a new row', () => {
  const rows = new Map([['a', row({ id: 'a', t: 0, intervalS: 20 })]]);
  const marks = new Marks(rows, () => new Map());
  marks.touch(['a']);
  marks.flush(0, 0);
  marks.touchStale(60_000);
  expect(marks.flush(60_000, 60_000).stations).toBeNull();
  marks.touchStale(61_000);
  expect(marks.flush(61_000, 61_000).stations?.update?.[0]?.addOrUpdateProperties).toContainEqual({
    key: 'icon',
    value: 'station|rain|normal|stale',
  });
});

describe('the units', () => {
  const square = (code: string, parent: string | null, west: number, size: number) => ({
    type: 'Feature',
    properties: { code, parent, name_vi: `Xã ${code}` },
    geometry: {
      type: 'Polygon',
      coordinates: [
        [
          [west, 0],
          [west + size, 0],
          [west + size, size],
          [west, size],
          [west, 0],
        ],
      ],
    },
  });
  const read = (...features: unknown[]) => decodeUnits({ type: 'FeatureCollection', features });

  test('have tiers by their parents, at any depth', () => {
    const three = read(square('p', null, 0, 9), square('d', 'p', 0, 5), square('c', 'd', 0, 2));
    expect(Object.fromEntries(tiersOf(three))).toEqual({ p: 'top', d: 'middle', c: 'leaf' });
    const two = read(square('p', null, 0, 9), square('c', 'p', 0, 2));
    expect(Object.fromEntries(tiersOf(two))).toEqual({ p: 'top', c: 'leaf' });
    expect(Object.fromEntries(tiersOf(read(square('c', 'elsewhere', 0, 2))))).toEqual({ c: 'leaf' });
  });

  test('have one point for their name, inside', () => {
    const { names } = unitFeatures(read(square('c', null, 4, 2)));
    expect(names.features[0]?.geometry).toEqual({ type: 'Point', coordinates: expect.arrayContaining([5, 1]) });
  });

  test('reach from the westernmost to the easternmost', () => {
    expect(boundsOf(read(square('a', null, 1, 2), square('b', null, 5, 3)))).toEqual([1, 0, 8, 3]);
    expect(boundsOf([])).toBeNull();
  });

  test('without an area are left out', () => {
    expect(read({ type: 'Feature', properties: { code: 'x', name_vi: 'X' }, geometry: null })).toEqual([]);
  });
});

test('names and colours of the layers follow language and theme', () => {
  const shade = (name: string) => ({ fill: name, ink: name });
  const palette = {
    ...Object.fromEntries(
      ['outside', 'land', 'lineLeaf', 'lineMiddle', 'lineTop', 'label', 'labelStrong', 'halo', 'symbol', 'symbolLine', 'selection'].map(
        (name) => [name, name],
      ),
    ),
    figures: ['f0', 'f1', 'f2', 'f3', 'f4'],
    severity: { minor: shade('1'), moderate: shade('2'), severe: shade('3'), extreme: shade('4') },
  } as never;
  const layers = allLayers({ palette, language: 'en', baseMap: null, scale: 1 });
  const names = layers.find(({ id }) => id === 'unit-name-leaf');
  expect(names?.layout).toMatchObject({ 'text-field': ['get', 'name_en'] });
  expect(layers.find(({ id }) => id === 'ground')?.paint).toEqual({ 'background-color': 'outside' });
  const ids = layers.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.indexOf('stations')).toBeGreaterThan(ids.indexOf('unit-name-middle'));
});

test('a larger page has larger symbols, at the same zooms and conditions', () => {
  const size = ['interpolate', ['linear'], ['zoom'], 10, ['case', ['==', ['get', 'rank'], 3], 2, 4], 12, 6];
  const layer = {
    id: 'a',
    type: 'symbol',
    source: 's',
    layout: { 'icon-size': size, 'text-padding': 2 },
    paint: { 'text-halo-width': 1 },
  } as never;
  expect(scaleLayer(layer, 1.5)).toMatchObject({
    layout: {
      'icon-size': ['interpolate', ['linear'], ['zoom'], 10, ['case', ['==', ['get', 'rank'], 3], 3, 6], 12, 9],
      'text-padding': 2,
    },
    paint: { 'text-halo-width': 1.5 },
  });
});
