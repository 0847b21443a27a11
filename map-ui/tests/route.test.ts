import { describe, expect, test } from 'vitest';
import { isMap, pageLink, parseRoute } from '../src/state/route';

describe('the address of a page', () => {
  test.each([
    ['', [], {}],
    ['#view=9.00/21.0000/106.0000&station=a/b', [], {}],
    ['#/', [], {}],
    ['#/systems', ['systems'], {}],
    ['#/units/01234?period=month&at=2026-10', ['units', '01234'], { period: 'month', at: '2026-10' }],
    ['#/systems//x/', ['systems', 'x'], {}],
    ['#/systems/%E0%A4%A', ['systems', '%E0%A4%A'], {}],
  ])('%s is read', (fragment, path, query) => {
    expect(parseRoute(fragment)).toEqual({ path, query });
  });

  test('is written so that it is read as it was meant', () => {
    const path = ['ranking', 'a/b ?#'];
    const query = { unit: 'Bắc Giang', at: '2026-Q2&x' };
    expect(parseRoute(pageLink(path, query))).toEqual({ path, query });
  });

  test('leaves out what was not asked', () => {
    expect(pageLink(['systems'], { unit: null, at: '' })).toBe('#/systems');
  });

  test('is that of the map where no page is named', () => {
    expect(isMap(parseRoute('#/'))).toBe(true);
    expect(isMap(parseRoute('#panel=table'))).toBe(true);
    expect(isMap(parseRoute('#/tasks'))).toBe(false);
  });
});
