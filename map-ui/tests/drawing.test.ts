import { describe, expect, test } from 'vitest';
import {
  addPoint,
  areaFilter,
  areaM2,
  type Drawing,
  distanceM,
  featuresOf,
  finish,
  formatDrawing,
  isInside,
  lengthM,
  newDrawing,
  parseDrawing,
  preview,
  ringOf,
} from '../src/state/drawing';

describe('a drawing', () => {
  const square: Drawing = {
    kind: 'polygon',
    points: [
      [106, 21],
      [106.01, 21],
      [106.01, 21.01],
      [106, 21.01],
    ],
    radiusM: 0,
    done: true,
  };
  const circle: Drawing = { kind: 'circle', points: [[106, 21]], radiusM: 1000, done: true };

  test('grows by clicks and is begun anew after it is done', () => {
    const line = addPoint(addPoint(newDrawing('line'), [106, 21]), [106.1, 21]);
    expect(line.points).toHaveLength(2);
    expect(finish(newDrawing('line')).done).toBe(false);
    expect(finish(addPoint(line, [106.1, 21]))).toMatchObject({
      done: true,
      points: [
        [106, 21],
        [106.1, 21],
      ],
    });
    expect(addPoint(finish(line), [1, 1]).points).toEqual([[1, 1]]);
    expect(preview(line, [107, 21]).points).toHaveLength(3);
    const ring = addPoint(addPoint(newDrawing('circle'), [106, 21]), [106, 21.01]);
    expect(ring.done).toBe(true);
    expect(ring.radiusM).toBeCloseTo(1112, 0);
  });

  test('is measured on the sphere', () => {
    expect(distanceM([106, 21], [106, 22])).toBeCloseTo(111_195, 0);
    expect(lengthM({ ...square, kind: 'line' })).toBeCloseTo(3188, 0);
    expect(areaM2(square) / 1e6).toBeCloseTo(1.1542, 3);
    expect(areaM2(circle) / 1e6).toBeCloseTo(Math.PI, 3);
    expect(areaM2({ ...square, kind: 'line' })).toBe(0);
  });

  test('knows what lies inside, and asks the service the same', () => {
    expect(isInside(square, [106.005, 21.005])).toBe(true);
    expect(isInside(square, [106.02, 21.005])).toBe(false);
    expect(isInside(circle, [106.009, 21])).toBe(true);
    expect(isInside(circle, [106.01, 21])).toBe(false);
    expect(areaFilter(circle)).toBe('S_DWITHIN(geometry, POINT(106 21), 1000)');
    expect(areaFilter(square)).toBe('S_INTERSECTS(geometry, POLYGON((106 21, 106.01 21, 106.01 21.01, 106 21.01, 106 21)))');
    expect(areaFilter({ ...square, kind: 'line' })).toBeNull();
  });

  test('of a circle has a rim that is as far away everywhere', () => {
    for (const point of ringOf(circle) ?? []) expect(distanceM([106, 21], point)).toBeCloseTo(1000, 3);
    expect(featuresOf(circle).features).toHaveLength(2);
    expect(featuresOf(null).features).toEqual([]);
  });

  test('is told by a link, and nonsense is not', () => {
    expect(parseDrawing(formatDrawing(square))).toEqual(square);
    expect(parseDrawing(formatDrawing(circle))).toEqual(circle);
    for (const told of ['circle:106,21', 'polygon:106,21;106,22', 'line:a,b;1,2', 'blob:1,2', null, 'circle:,,5'])
      expect(parseDrawing(told)).toBeNull();
  });
});
