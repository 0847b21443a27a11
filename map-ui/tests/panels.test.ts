import { describe, expect, test } from 'vitest';
import { formatSpan } from '../src/i18n/format';
import { vi } from '../src/i18n/vi';
import { spanAround } from '../src/panels/AlertChart';
import { fileName } from '../src/panels/download';
import { bucketOf } from '../src/rest/history';
import { calledFor, dueCalls, formatWishes, noCalls, parseWishes } from '../src/state/calls';
import { dayIn, fromField, toField } from '../src/state/localTime';
import { alignSeries, completeness, sparkPath, summarise, toCsv } from '../src/state/series';
import { draftOf, emptyDraft, scopeOf } from '../src/state/silenceDraft';
import { nextView, tellWall } from '../src/state/wall';
import { decodeStory } from '../src/wire/alert';
import { decodeHandover, happenings } from '../src/wire/handover';
import { decodeSilence } from '../src/wire/silence';
import { alert, alertJson } from './examples';

const zone = 'Asia/Ho_Chi_Minh';
const hour = 3600_000;

describe('calls', () => {
  const old = alert({ id: 'old' });
  const called = calledFor([old]);

  test('are for what is new or has got worse, and only once', () => {
    const worse = alert({ id: 'old', severity: 'extreme' });
    const fresh = alert({ id: 'new' });
    expect(dueCalls(called, [worse, fresh], 'severe').map(({ id }) => id)).toEqual(['old', 'new']);
    expect(dueCalls(calledFor([worse, fresh]), [worse, fresh], 'severe')).toEqual([]);
  });

  test.each([
    { acknowledged: true },
    { condition: 'normal' as const },
    { shelvedUntil: 5 },
    { silencedBy: ['s'] },
    { severity: 'minor' as const },
  ])('are not for %o', (changes) => {
    expect(dueCalls(called, [alert({ id: 'new', ...changes })], 'severe')).toEqual([]);
  });

  test('are kept as they were wished for, and none where that is not readable', () => {
    const wishes = { sound: true, desktop: false, from: 'extreme' as const };
    expect(parseWishes(formatWishes(wishes))).toEqual(wishes);
    expect(parseWishes('{"from":"x"}')).toEqual(noCalls);
    expect(parseWishes(null)).toEqual(noCalls);
  });
});

describe('the fields of a time', () => {
  test('show the clock of the centre', () => {
    expect(toField(Date.UTC(2026, 10, 28, 20, 30), zone)).toBe('2026-11-29T03:30');
    expect(dayIn(Date.UTC(2026, 10, 28, 20, 30), zone)).toBe('2026-11-29');
    expect(fromField('2026-11-29T03:30', zone)).toBe(Date.UTC(2026, 10, 28, 20, 30));
    expect(fromField('', zone)).toBeNull();
  });

  test('are right on the day on which clocks are changed', () => {
    for (const time of [Date.UTC(2026, 2, 29, 0, 30), Date.UTC(2026, 2, 29, 1, 30), Date.UTC(2026, 9, 25, 3)]) {
      expect(fromField(toField(time, 'Europe/Berlin'), 'Europe/Berlin')).toBe(time);
    }
  });
});

describe('a series', () => {
  const bucket = (time: number, mean: number, n = 1) => ({ time, n, mean, min: mean - 1, max: mean + 1 });

  test('is summed up by its readings, not by its buckets', () => {
    expect(summarise([bucket(0, 1, 3), bucket(1, 5, 1)])).toEqual({ min: 0, mean: 2, max: 6 });
    expect(summarise([])).toBeNull();
  });

  test('is as complete as what came of what should have come', () => {
    expect(completeness([bucket(0, 1, 30)], [0, hour], 60)).toBe(0.5);
    expect(completeness([bucket(0, 1, 100)], [0, hour], 60)).toBe(1);
    expect(completeness([], [0, hour], null)).toBeNull();
    // A station that began within the span owes nothing for the time before; one that had been there does.
    const half = { ...bucket(hour / 2, 1, 31) };
    expect(completeness([{ ...half, begins: true }], [0, hour], 60)).toBe(1);
    expect(completeness([half], [0, hour], 60)).toBeLessThan(0.6);
    expect(completeness([{ ...half, n: 15, begins: true }], [0, hour], 60)).toBeCloseTo(15 / 31);
  });

  test('is a small line that a pause breaks', () => {
    expect(sparkPath([bucket(0, 0), bucket(1, 10), bucket(10, 5)], 1, 100, 10)).toBe('M0.0 10.0L10.0 0.0M100.0 5.0');
    expect(sparkPath([bucket(0, 3)], 1, 100, 10)).toBe('M100.0 5.0');
    expect(sparkPath([], 1, 100, 10)).toBe('');
  });

  test('stands beside others at the times of all', () => {
    expect(alignSeries([[bucket(1, 10), bucket(3, 30)], [bucket(2, 20)]])).toEqual([
      [1, 2, 3],
      [10, null, 30],
      [null, 20, null],
    ]);
  });

  test('is told by the minute up to two days', () => {
    expect([bucketOf(48 * hour), bucketOf(48 * hour + 1)]).toEqual(['1m', '1h']);
  });

  test('is a table that spreadsheets read and do not carry out', () => {
    expect(toCsv([['a,b', 'c"d', '=1+1', null, -5]])).toBe('\u{feff}"a,b","c""d",\'=1+1,,-5\r\n');
  });
});

test('a file is named without diacritics', () => {
  expect(fileName('ioc', 'bg-hydro/Đo mưa 1', 'rain_1h')).toBe('ioc-bg-hydro-do-mua-1-rain-1h');
});

describe('the span around an alert', () => {
  const start = 100 * hour;

  test('begins before it and ends now while it lasts', () => {
    expect(spanAround(alert({ startedAt: start, clearedAt: null }), start + 3 * hour)).toEqual([start - hour, start + 3 * hour]);
  });

  test('ends after it is over', () => {
    expect(spanAround(alert({ startedAt: start, clearedAt: start + hour / 2 }), start + 9 * hour)).toEqual([
      start - hour / 2,
      start + 0.75 * hour,
    ]);
  });
});

describe('a silence', () => {
  test('begun with an alert names its rule and station', () => {
    expect(scopeOf(draftOf(alert()))).toEqual({
      matchers: [
        { name: 'rule', op: '=', value: 'rain' },
        { name: 'station', op: '=', value: 'bg-hydro/mua-1' },
      ],
      area: null,
      recurrence: null,
    });
  });

  test('begun with a silent source names the source', () => {
    expect(draftOf(alert({ kind: 'absence', subject: 'hydro', station: 'hydro', isStation: false }))).toMatchObject({
      source: 'hydro',
      station: null,
    });
  });

  test('is told apart from the one before it', () => {
    const draft = draftOf(alert());
    expect(draftOf(alert()).nth).not.toBe(draft.nth);
    expect(emptyDraft().nth).not.toBe(emptyDraft().nth);
  });

  test('that would hide nearly everything is none', () => {
    expect(scopeOf(emptyDraft())).toBeNull();
    expect(scopeOf({ ...emptyDraft(), upTo: 'minor' })).toBeNull();
    expect(scopeOf({ ...emptyDraft(), unit: '24', upTo: 'minor' })).toMatchObject({ area: { unit: '24' } });
  });

  test('may hide in some hours of the week only, by the clock of the centre', () => {
    const hours = { days: ['sat', 'sun'], from: '22:00', to: '06:00' } as const;
    const draft = { ...emptyDraft(), rule: 'rain', hours };
    expect(scopeOf(draft, 'Asia/Bangkok')?.recurrence).toEqual({ ...hours, zone: 'Asia/Bangkok' });
    expect(scopeOf({ ...draft, hours: { ...hours, days: [] } })).toBeNull();
    expect(scopeOf({ ...draft, hours: { ...hours, to: '22:00' } })).toBeNull();
  });

  test('is read with its phase and what it hides', () => {
    const json = {
      id: 's',
      matchers: [{ name: 'rule', op: 'in', value: ['a', 'b'] }],
      area: null,
      recurrence: null,
      starts_at: '2026-11-28T05:00:00Z',
      ends_at: '2026-11-28T06:00:00Z',
      comment: 'bảo trì',
      created_by: 'lan',
      phase: 'active',
      hides: true,
      alerts: 2,
      version: 1,
    };
    expect(decodeSilence(json)).toMatchObject({ phase: 'active', alerts: 2, matchers: [{ value: ['a', 'b'] }] });
  });
});

describe('the wall', () => {
  const far = alert({ id: 'b', severity: 'extreme', lon: null, lat: null });

  test('tells areas by severity and leaves out what is shelved', () => {
    const story = tellWall([alert({ acknowledged: true }), far, alert({ id: 'c', shelvedUntil: 5 })]);
    expect(story.alerts.map(({ id }) => id)).toEqual(['b', 'a1']);
    expect(story.areas).toMatchObject([{ counts: { extreme: 1, severe: 1 }, total: 2, unacknowledged: 1 }]);
    expect(story.worst).toBeNull();
  });

  test('passes over views that have nothing to show', () => {
    expect(nextView('map', tellWall([]))).toBe('map');
    expect(nextView('alerts', tellWall([far]))).toBe('areas');
    expect(nextView('alerts', tellWall([alert()]))).toBe('worst');
    expect(nextView('areas', tellWall([alert()]))).toBe('map');
  });
});

test('the history of an alert is read, with what each step says', () => {
  const step = {
    seq: 1,
    time: '2026-11-28T05:00:00Z',
    recorded: '2026-11-28T05:00:01Z',
    kind: 'assigned',
    severity: 'severe',
    actor: 'lan',
  };
  const story = decodeStory({ ...alertJson, transitions: [{ ...step, value: null, note: null, detail: { assignee: 'minh' } }] });
  expect(story.transitions[0]).toMatchObject({ kind: 'assigned', detail: { assignee: 'minh' } });
  expect(() => decodeStory(alertJson)).toThrow('alert.transitions');
});

test('a hand-over is read', () => {
  const figure = { title: { vi: 'Đúng hạn', en: 'On time' }, period: '2026-10' };
  const facts = {
    id: 'a',
    kind: 'target',
    title: { vi: 'Mưa', en: 'Rain' },
    figure,
    subject: 's',
    station_name: null,
    unit: null,
    severity: 'severe',
  };
  const entry = { ...facts, time: '2026-11-28T05:00:00Z', actor: 'lan', note: null, detail: null };
  const empty = Object.fromEntries([...happenings, 'cleared_unseen', 'open', 'shelved', 'silences'].map((name) => [name, []]));
  const told = decodeHandover({ from: '2026-11-28T00:00:00Z', to: '2026-11-28T08:00:00Z', ...empty, opened: [entry] });
  expect(told.happened.opened[0]).toMatchObject({ actor: 'lan', title: { vi: 'Mưa' }, figure });
  expect(told.happened.closed).toEqual([]);
});

test.each([
  [0, '0 phút'],
  [3 * 3600 + 20 * 60 + 59, '3 giờ 20 phút'],
  [90_000, '1 ngày 1 giờ'],
])('%s s last %s', (seconds, text) => {
  expect(formatSpan(seconds, vi.age)).toBe(text);
});
