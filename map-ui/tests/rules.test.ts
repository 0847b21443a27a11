import { describe, expect, test } from 'vitest';
import { en } from '../src/i18n/en';
import { createFormats } from '../src/i18n/format';
import { vi } from '../src/i18n/vi';
import { durationText, ruleSentences, titlesOf } from '../src/panels/ruleWords';
import { decodeRuleDocuments } from '../src/wire/rule';

const zone = 'Asia/Ho_Chi_Minh';
const documents = decodeRuleDocuments({
  rules: [
    {
      id: 'rain',
      kind: 'threshold',
      title: { vi: 'Mưa to', en: 'Heavy rain' },
      select: { property: 'rain_1h', kind: 'rain_gauge' },
      above: [
        { severity: 'severe', limit: 50, clear: 40 },
        { severity: 'extreme', limit: 100, clear: null },
      ],
      for: '5m',
      keep_firing_for: '0s',
    },
    {
      id: 'silent',
      kind: 'absence',
      title: { vi: 'Trạm im lặng', en: 'Silent' },
      select: {},
      absence: { of: 'station', unit: 'intervals', offline: false },
      above: [{ severity: 'minor', limit: 10 }],
    },
    {
      id: 'offline',
      kind: 'absence',
      title: { vi: 'Nguồn mất', en: 'Offline' },
      select: {},
      absence: { of: 'source', unit: 'time', offline: true },
      above: [{ severity: 'moderate', limit: '5m' }],
    },
    {
      id: 'both',
      kind: 'composite',
      title: { vi: 'Cả hai', en: 'Both' },
      select: {},
      composite: { all: ['rain', 'unknown'], any: [], none: ['silent'], scope: 'unit' },
      severity: 'severe',
    },
    {
      id: 'low',
      kind: 'window',
      title: { vi: 'Thấp', en: 'Low' },
      select: { property: 'water_level' },
      window: { function: 'avg', over: '30m', min_samples: 3 },
      below: [{ severity: 'minor', limit: 1 }],
      for: '0s',
      keep_firing_for: '10m',
    },
  ],
});

const say = (id: string, words = vi, language: 'vi' | 'en' = 'vi', uom: string | null = null) => {
  const rule = documents.find((one) => one.id === id);
  if (!rule) throw new Error(`there is no rule ${id}`);
  return ruleSentences(rule, { language, words, formats: createFormats(language, zone), uom, titleOf: titlesOf(documents, language) }).join(
    ' ',
  );
};

describe('a rule in plain words', () => {
  test('names its limits with their severities, how long it has to last and where it ends', () => {
    expect(say('rain', vi, 'vi', 'mm/h')).toBe(
      'Báo động khi Cường độ mưa vượt 50 mm/h (nghiêm trọng), 100 mm/h (đặc biệt nghiêm trọng). Áp dụng cho trạm loại lượng mưa. Phải kéo dài ít nhất 5 phút. Hết khi trở lại mức 40 mm/h.',
    );
  });

  test('tells silence in intervals or in time', () => {
    expect(say('silent', en, 'en')).toBe('Fires when a station sends nothing while its source is heard, for 10 intervals (minor).');
    expect(say('offline', en, 'en')).toBe('Fires when a source sends nothing for 5 minutes (moderate), or says that it is offline.');
  });

  test('names the rules that a composite is made of', () => {
    expect(say('both', en, 'en')).toBe('Fires when all of these fire: Heavy rain, unknown; none of these fires: Silent. Severity: severe.');
  });

  test('tells windows below a limit, and what is kept', () => {
    expect(say('low', en, 'en', 'm')).toBe(
      'Fires when the mean of Water level over 30 minutes is below 1 m (minor). It is kept 10 minutes after everything is normal again.',
    );
  });
});

test.each([
  ['5m', '5 minutes'],
  ['2wd', '2 working days'],
  ['x', 'x'],
])('the duration %s is %s', (duration, words) => {
  expect(durationText(duration, en)).toBe(words);
});
