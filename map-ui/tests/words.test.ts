import { describe, expect, test } from 'vitest';
import { en } from '../src/i18n/en';
import { createFormats, formatAge, shortUnitPath, unitSign } from '../src/i18n/format';
import { vi } from '../src/i18n/vi';
import { whyText } from '../src/i18n/why';
import { describeConnection } from '../src/panels/ConnectionBadge';
import { columns, timeSpan } from '../src/panels/chart';
import { labelWithin } from '../src/panels/periodWords';
import { kindName, meanText, measureText, propertyName, stateName, subjectName } from '../src/panels/wording';
import { initialConnection } from '../src/state/connection';
import { periodScope } from '../src/state/periodScope';
import { alert, row } from './examples';

const zone = 'Asia/Ho_Chi_Minh';
const five = Date.UTC(2026, 10, 22, 5);

describe('numbers and times', () => {
  const vietnamese = createFormats('vi', zone);

  test('are written as the language does', () => {
    expect(vietnamese.number(1234.567)).toBe('1.234,57');
    expect(createFormats('en', zone).number(1234.567)).toBe('1,234.57');
    expect(vietnamese.number(-0.5)).toBe('−0,5');
    expect(vietnamese.number(0.00123)).toBe('0,0012');
  });

  test.each([
    [4.52, 'm', '4,52 m'],
    [75, 'ug/m3', '75 µg/m³'],
    [93.5, '%', '93,5%'],
    [1, '1', '1'],
    [null, 'm', '–'],
    [7, null, '7'],
  ])('%s %s is %s', (value, unit, text) => {
    expect(vietnamese.quantity(value, unit)).toBe(text);
  });

  test('are in local time, with the zone', () => {
    expect(vietnamese.clock(five)).toBe('12:00:00');
    expect(vietnamese.zone).toBe('GMT+7');
  });

  test('have their date where it is another day', () => {
    expect(vietnamese.moment(five, five + 3600_000)).toBe('12:00');
    expect(vietnamese.moment(five, five + 86_400_000)).toBe('12:00 22/11');
  });

  test.each([
    [null, 'chưa có'],
    [999, 'vừa xong'],
    [59_999, '59 giây trước'],
    [60_000, '1 phút trước'],
    [3_600_000, '1 giờ trước'],
    [90_000_000, '1 ngày trước'],
  ])('%s ms are "%s"', (ms, text) => {
    expect(formatAge(ms, vi.age)).toBe(text);
  });

  test('unknown units stand as they are, annotations without braces', () => {
    expect(unitSign('kW')).toBe('kW');
    expect(unitSign('{xe}/h')).toBe('xe/h');
  });
});

describe('the dictionaries', () => {
  const leaves = (value: unknown, path = ''): [string, unknown][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`))
      : [[path, value]];

  test('have no empty words', () => {
    for (const [path, word] of [...leaves(vi), ...leaves(en)]) if (typeof word === 'string') expect(word.trim(), path).not.toBe('');
  });

  test('keep Vietnamese composed, as the fonts draw it', () => {
    for (const [path, word] of leaves(vi)) if (typeof word === 'string') expect(word, path).toBe(word.normalize('NFC'));
  });
});

describe('the words for a station', () => {
  test('take the name of a property from the station in Vietnamese, from ours in English', () => {
    const description = { unit: 'm', name: 'Mực nước sông', min: null, max: null };
    expect(propertyName('water_level', description, 'vi', vi)).toBe('Mực nước sông');
    expect(propertyName('water_level', description, 'en', en)).toBe('Water level');
    expect(propertyName('bed_depth', undefined, 'en', en)).toBe('bed depth');
  });

  test('say yes and no for a switch', () => {
    const description = { unit: '1', name: null, min: 0, max: 1 };
    expect(measureText(0, description, createFormats('vi', zone), vi)).toBe('Không');
    expect(meanText(0.875, description, createFormats('vi', zone))).toBe('87,5%');
    expect(measureText(0.5, { ...description, max: 2 }, createFormats('vi', zone), vi)).toBe('0,5');
  });

  test('name an unknown kind as its field system does', () => {
    expect(kindName('rain_gauge', en)).toBe('Rainfall');
    expect(kindName('parking_lot', en)).toBe('parking lot');
  });

  test('say that the state of a silent station is only the last one known', () => {
    expect(stateName(row({ state: 'severe' }), true, en)).toBe('No signal (severe)');
    expect(stateName(row(), false, en)).toBe('Normal');
  });
});

describe('the connection in words', () => {
  const say = (changes: object, online = true) => describeConnection({ ...initialConnection, ...changes }, 10_000, online, en);

  test.each([
    [{}, 'connecting', 'Connecting…'],
    [{ attempt: 2 }, 'reconnecting', 'Reconnecting…'],
    [{ phase: { name: 'live' } }, 'live', 'Live'],
    [{ phase: { name: 'live' }, unreadable: 'x' }, 'degraded', 'Degraded: a frame could not be read'],
    [{ phase: { name: 'degraded', why: 'no broker' } }, 'degraded', 'Degraded: the service reports a fault: no broker'],
    [{ phase: { name: 'reconnecting', retryAt: 12_100 } }, 'reconnecting', 'Connection lost, next attempt in 3 s'],
    [{ phase: { name: 'refused', reason: 'key' } }, 'refused', 'Access key needed'],
  ])('%o is %s', (changes, word, text) => {
    expect(say(changes)).toEqual({ word, text });
  });

  test('is offline when the machine has no network either', () => {
    expect(say({ phase: { name: 'reconnecting', retryAt: 11_000 } }, false).word).toBe('offline');
  });
});

test.each([
  ['the broker does not answer', 'máy chủ MQTT không trả lời'],
  ['the live state cannot be read from the database: OSError: x', 'không đọc được trạng thái trực tiếp: OSError: x'],
  ['database: OSError: x', 'lỗi cơ sở dữ liệu: OSError: x'],
  ['something new', 'dịch vụ báo lỗi: something new'],
])('what the service says is wrong is told in Vietnamese: %s', (why, text) => {
  expect(whyText(why, vi.connection.why)).toBe(text);
});

test('a silence breaks the line of a chart', () => {
  const bucket = (minute: number) => ({ time: minute * 60_000, n: 1, mean: 2, min: 1, max: 3 });
  const [times, low, mean, high] = columns([bucket(0), bucket(1), bucket(17)], 900_000);
  expect(times).toEqual([0, 60, 60.001, 1020]);
  expect(low).toEqual([1, 1, null, 1]);
  expect(mean).toEqual([2, 2, null, 2]);
  expect(high).toEqual([3, 3, null, 3]);
});

test('a chart spans its values, and half an hour at least', () => {
  const at = (minute: number) => ({ time: minute * 60_000, n: 1, mean: 1, min: 1, max: 1 });
  expect(timeSpan([at(0), at(600)])).toEqual([0, 36_000]);
  expect(timeSpan([at(600)])).toEqual([34_200, 36_000]);
});

test.each([
  ['Xã A, Huyện B, Tỉnh C', 'Xã A, Huyện B'],
  ['Xã A, Tỉnh C', 'Xã A, Tỉnh C'],
  ['Tỉnh C', 'Tỉnh C'],
])('the path %s is shortened to %s', (pathVi, short) => {
  expect(shortUnitPath({ code: '1', nameVi: '', nameEn: '', pathVi, pathEn: '' }, 'vi')).toBe(short);
});

const target = {
  indicator: 'on-time',
  title: { vi: 'Đúng hạn', en: 'On time' },
  period: '2026-10',
  figure: 91,
  limit: 95,
  direction: 'at_least',
} as const;

test.each([
  [{}, 'Trạm đo mưa Thắng'],
  [{ isStation: false, subject: 'unit:24', station: 'unit:24', stationName: 'unit:24', unit: null }, 'Tỉnh Bắc Ninh'],
  [{ isStation: false, subject: 'unit:99', station: 'unit:99', stationName: 'unit:99', unit: null }, 'unit:99'],
  [{ isStation: false, subject: 'on-time/unit:24', station: 'on-time/unit:24', stationName: 'on-time/unit:24' }, null],
  [{ isStation: false, subject: 'on-time/unit:24', target }, 'Đúng hạn · tháng 10/2026'],
  [{ isStation: false, subject: 'bg-hydro', station: 'bg-hydro', stationName: 'bg-hydro', unit: null }, 'bg-hydro'],
])('the alert %o is about %s', (changes, name) => {
  expect(subjectName(alert(changes), [{ code: '24', nameVi: 'Tỉnh Bắc Ninh', nameEn: 'Bac Ninh' }], 'vi')).toBe(name);
});

test('a period is told within a line, and leads a page to itself', () => {
  expect([labelWithin('2026-10', 'vi'), labelWithin('2026-10', 'en'), labelWithin('2026-Q3', 'vi')]).toEqual([
    'tháng 10/2026',
    'October 2026',
    'quý 3/2026',
  ]);
  expect(periodScope('2026-10')).toEqual({ period: 'month', at: '2026-10-01' });
  expect(periodScope('2026-Q3')).toEqual({ period: 'quarter', at: '2026-07-01' });
  expect(periodScope('2026')).toEqual({ period: 'year', at: '2026-01-01' });
  expect(periodScope('2026-W42')).toEqual({});
});
