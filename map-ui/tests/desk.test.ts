import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { formsOf } from '../src/panels/AlertActions';
import { changesOf } from '../src/state/alertChange';
import { type AlertChoice, isChosen, type Part } from '../src/state/alertChoice';
import { entriesOf, groupAlerts, sortAlerts } from '../src/state/alertOrder';
import { type AlertTable, alertOf, mergeAlerts, unknownAlerts } from '../src/state/alerts';
import { followSelected } from '../src/state/desk';
import { formatLooked, lookAt, newsSince, parseLooked } from '../src/state/looked';
import { noticeOf } from '../src/state/notices';
import { createStore } from '../src/state/store';
import { lineAt, linesInSight, offsetsOf, scrollTo } from '../src/state/windowing';
import { AlertInbox } from '../src/stream/inbox';
import type { Alert } from '../src/wire/types';
import { alert } from './examples';

const unit = (code: string, pathVi: string) => ({ code, nameVi: pathVi, nameEn: pathVi, pathVi, pathEn: pathVi });
const table = (...alerts: Alert[]): AlertTable => ({
  byId: new Map(alerts.map((each) => [each.id, each])),
  left: new Map(),
  seen: null,
});

describe('which alerts are listed', () => {
  const choice = (changes: Partial<AlertChoice> = {}): AlertChoice => ({
    part: 'open',
    severities: new Set(),
    query: '',
    caller: 'lan',
    news: new Set(),
    ...changes,
  });
  const shelved = alert({ shelvedUntil: 5 });

  test.each<[Part, Partial<Alert>, boolean]>([
    ['open', {}, true],
    ['open', { shelvedUntil: 5 }, false],
    ['unacknowledged', { acknowledged: true }, false],
    ['mine', { assignee: 'lan' }, true],
    ['mine', { assignee: 'minh' }, false],
    ['unassigned', {}, true],
    ['silenced', { silencedBy: ['s'] }, true],
    ['silenced', {}, false],
    ['open', { silencedBy: ['s'] }, false],
    ['unassigned', { silencedBy: ['s'] }, false],
    ['mine', { assignee: 'lan', silencedBy: ['s'] }, true],
    ['open', { kind: 'target' }, false],
    ['targets', { kind: 'target' }, true],
    ['targets', { kind: 'target', shelvedUntil: 5 }, false],
    ['targets', {}, false],
    ['over', { condition: 'normal' }, true],
    ['over', {}, false],
    ['closed', { closedAt: 5 }, true],
    ['closed', { condition: 'normal', acknowledged: true }, true],
    ['closed', {}, false],
    ['shelved', { shelvedUntil: 5 }, true],
    ['shelved', {}, false],
  ])('%s with %o: %s', (part, changes, listed) => {
    expect(isChosen(alert(changes), choice({ part }))).toBe(listed);
  });

  test('nothing is mine while it is not known who looks', () => {
    expect(isChosen(alert({ assignee: null }), choice({ part: 'mine', caller: null }))).toBe(false);
  });

  test('words find the assignee too, without diacritics', () => {
    expect(isChosen(alert({ assignee: 'Đội cứu hộ' }), choice({ query: 'doi cuu' }))).toBe(true);
  });

  test('the header counts what the list shows as open: not what is shelved, silenced or of a target', () => {
    const store = createStore('dark', 0);
    const aside = [{ shelvedUntil: 5 }, { silencedBy: ['s'] }, { kind: 'target' }].map((one, at) => alert({ ...one, id: `b${at}` }));
    store.alerts.value = table(alert(), alert({ id: 'a2', condition: 'normal', severity: 'minor' }), ...aside);
    expect(store.counts.value).toEqual({
      open: 2,
      bySeverity: { minor: 1, moderate: 0, severe: 1, extreme: 0 },
      overBySeverity: { minor: 1, moderate: 0, severe: 0, extreme: 0 },
      unacknowledged: 2,
    });
    expect(store.desk.partCounts.value).toMatchObject({ open: 2, unacknowledged: 2, over: 1, targets: 1, silenced: 1, shelved: 1 });
    expect(store.desk.listedAlerts.value).toHaveLength(2);
  });

  test('what was closed is listed by when that was', () => {
    const store = createStore('dark', 0);
    const closed = [3, 9].map((at) => alert({ id: `c${at}`, version: 2, closedAt: at, updatedAt: at }));
    store.alerts.value = mergeAlerts(table(alert()), closed);
    store.desk.part.value = 'closed';
    expect(store.desk.listedAlerts.value.map(({ id }) => id)).toEqual(['c9', 'c3']);
  });

  test('what was closed more than 24 hours ago is not listed, though it is still known', () => {
    const hour = 3_600_000;
    const store = createStore('dark', 48 * hour);
    const closed = [23, 25].map((ago) => alert({ id: `c${ago}`, version: 2, closedAt: 1, updatedAt: (48 - ago) * hour }));
    store.alerts.value = mergeAlerts(table(alert()), closed);
    store.desk.part.value = 'closed';
    expect(store.desk.listedAlerts.value.map(({ id }) => id)).toEqual(['c23']);
    expect(store.desk.partCounts.value.closed).toBe(1);
    expect(alertOf(store.alerts.value, 'c25')).toBeDefined();
  });

  test('the open alerts of a station are the same whichever part is listed', () => {
    const store = createStore('dark', 0);
    store.alerts.value = mergeAlerts(table(alert()), [alert({ id: 'c', version: 2, closedAt: 1 })]);
    store.desk.part.value = 'closed';
    expect(store.desk.sortedAlerts.value.map(({ id }) => id)).toEqual(['a1']);
  });

  test('what is shelved is not counted as open, and has a part of its own', () => {
    const store = createStore('dark', 0);
    store.alerts.value = table(alert(), { ...shelved, id: 'a2' });
    expect(store.counts.value.open).toBe(1);
    expect(store.desk.partCounts.value).toMatchObject({ open: 1, shelved: 1, unassigned: 1 });
    store.desk.part.value = 'shelved';
    expect(store.desk.listedAlerts.value.map(({ id }) => id)).toEqual(['a2']);
  });
});

describe('the order of alerts', () => {
  const three = [
    alert({ id: 'a', severity: 'minor', firedAt: 3, unit: unit('2', 'Xã Hai') }),
    alert({ id: 'b', severity: 'extreme', firedAt: 1, unit: unit('1', 'Xã An') }),
    alert({ id: 'c', severity: 'minor', firedAt: 2, unit: null }),
  ];

  test.each([
    ['severity', ['b', 'a', 'c']],
    ['newest', ['a', 'c', 'b']],
    ['oldest', ['b', 'c', 'a']],
    ['place', ['b', 'a', 'c']],
  ] as const)('%s', (order, ids) => {
    expect(sortAlerts(three, order).map(({ id }) => id)).toEqual(ids);
  });
});

describe('groups', () => {
  const an = unit('1', 'Xã An');
  const alerts = [
    alert({ id: 'a', severity: 'moderate', rule: 'rain', unit: an }),
    alert({ id: 'b', severity: 'extreme', rule: 'flood', unit: null, acknowledged: true }),
    alert({ id: 'c', severity: 'minor', rule: 'rain', unit: an, condition: 'normal' }),
    alert({ id: 'd', severity: 'minor', rule: 'flood', unit: an }),
  ];

  test('are the worst first and tell how many wait', () => {
    const [flood, rain] = groupAlerts(alerts, 'rule');
    expect(flood).toMatchObject({ worst: 'extreme', unit: null, cleared: 0 });
    expect(flood?.unacknowledged.map(({ id }) => id)).toEqual(['d']);
    expect(rain).toMatchObject({ worst: 'moderate', cleared: 1 });
  });

  test('of area and rule keep both apart', () => {
    expect(groupAlerts(alerts, 'area-rule').map((group) => group.alerts.map(({ id }) => id))).toEqual([['b'], ['a', 'c'], ['d']]);
  });

  test('show their members only when they are open', () => {
    const keys = (open: (key: string) => boolean) => entriesOf(alerts, 'area', open).map(({ key }) => key);
    expect(keys(() => false)).toEqual(['group |', 'group 1|']);
    expect(keys((key) => key === '1|')).toEqual(['group |', 'group 1|', 'a', 'c', 'd']);
    expect(entriesOf(alerts, 'none', () => false).map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('what has changed since the operator looked', () => {
  const before = lookAt(table(alert({ id: 'a' }), alert({ id: 'b' }), alert({ id: 'c' }), alert({ id: 'd' })), 1000);

  test('is told by its gravest change', () => {
    const news = newsSince(
      before,
      table(
        alert({ id: 'a' }),
        alert({ id: 'b', severity: 'extreme', acknowledged: true }),
        alert({ id: 'c', condition: 'normal' }),
        alert({ id: 'e' }),
      ),
    );
    expect([...news.kinds]).toEqual([
      ['b', 'worsened'],
      ['c', 'cleared'],
      ['e', 'opened'],
    ]);
    expect(news.gone).toBe(1);
  });

  test('is nothing while a snapshot is under way', () => {
    expect(newsSince(before, unknownAlerts)).toMatchObject({ gone: 0 });
    expect(newsSince(null, table(alert())).kinds.size).toBe(0);
  });

  test('survives a reload, and what is not readable is as if nobody had looked', () => {
    expect(parseLooked(formatLooked(before))).toEqual(before);
    for (const kept of [null, '', '[]', '{"a":1}', '["x",[]]', '[1,2]']) expect(parseLooked(kept)).toBeNull();
  });
});

describe('the lines in sight', () => {
  const offsets = offsetsOf([10, 20, 30, 40]);

  test.each([
    [-5, 0],
    [0, 0],
    [9, 0],
    [10, 1],
    [59, 2],
    [60, 3],
    [900, 3],
  ])('at %s stands line %s', (place, line) => {
    expect(lineAt(offsets, place)).toBe(line);
  });

  test('are those that the box shows, and some around', () => {
    expect(linesInSight(offsets, 30, 30, 0)).toEqual([2, 4]);
    expect(linesInSight(offsets, 12, 5, 0)).toEqual([1, 2]);
    expect(linesInSight(offsets, 12, 5, 1)).toEqual([0, 3]);
    expect(linesInSight([0], 0, 100, 3)).toEqual([0, 0]);
  });

  test('are reached by scrolling as little as possible', () => {
    expect(scrollTo(offsets, 0, 30, 40)).toBe(0);
    expect(scrollTo(offsets, 2, 30, 40)).toBe(30);
    expect(scrollTo(offsets, 3, 30, 40)).toBe(60);
  });
});

describe('the inbox of alerts', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('hands on the first at once, and a storm in few portions, in order', () => {
    const portions: string[][] = [];
    const inbox = new AlertInbox((alerts) => portions.push(alerts.map(({ id }) => id)));
    for (const id of ['a', 'b', 'c']) inbox.put(alert({ id }));
    expect(portions).toEqual([['a']]);
    vi.advanceTimersByTime(100);
    inbox.put(alert({ id: 'd' }));
    expect(portions).toEqual([['a'], ['b', 'c']]);
    vi.advanceTimersByTime(1000);
    inbox.put(alert({ id: 'e' }));
    expect(portions).toEqual([['a'], ['b', 'c'], ['d'], ['e']]);
  });

  test('hands on what waits before a snapshot', () => {
    const taken: string[] = [];
    const inbox = new AlertInbox((alerts) => taken.push(...alerts.map(({ id }) => id)));
    inbox.put(alert({ id: 'a' }));
    inbox.put(alert({ id: 'b' }));
    inbox.flush();
    expect(taken).toEqual(['a', 'b']);
  });
});

test('of many changes of an alert the newest counts', () => {
  const merged = mergeAlerts(table(), [alert({ version: 2, severity: 'extreme' }), alert({ version: 1 })]);
  expect(merged.byId.get('a1')?.severity).toBe('extreme');
});

describe('an alert that is not open any more', () => {
  const closed = alert({ version: 2, closedAt: 7 });

  test('goes on being known, with each of its versions', () => {
    const once = mergeAlerts(table(alert()), [closed]);
    expect([once.byId.size, alertOf(once, 'a1')?.closedAt]).toEqual([0, 7]);
    const twice = mergeAlerts(once, [{ ...closed, version: 3, comments: 1 }, closed]);
    expect(alertOf(twice, 'a1')?.comments).toBe(1);
  });

  test('is listed again when it is opened again, and is not by an older version', () => {
    const left = mergeAlerts(table(alert()), [closed]);
    expect(mergeAlerts(left, [alert({ version: 1 })]).byId.size).toBe(0);
    const again = mergeAlerts(left, [alert({ version: 3 })]);
    expect([again.byId.has('a1'), again.left.size]).toEqual([true, 0]);
  });

  test('is forgotten when very many have left since', () => {
    const many = Array.from({ length: 2001 }, (_, at) => ({ ...closed, id: `x${at}` }));
    const { left } = mergeAlerts(table(), many);
    expect([left.size, left.has('x0'), left.has('x2000')]).toEqual([2000, false, true]);
  });

  test('can be opened again where it was closed; what is over and seen can be neither closed nor shelved', () => {
    expect(formsOf(closed)).toEqual(['reopen', 'comment']);
    expect(formsOf(alert({ condition: 'normal', acknowledged: true }))).toEqual(['assign', 'comment']);
    expect(formsOf(alert())).toContain('close');
  });
});

test('why a command was not carried out is what has changed since the alert was seen', () => {
  const seen = alert({ acknowledged: true, acknowledgedBy: 'demo', acknowledgedAt: 5 });
  // An acknowledgement that was there before is no reason.
  expect(changesOf(seen, { ...seen, version: 2, condition: 'normal' })).toEqual(['cleared']);
  expect(changesOf(seen, { ...seen, version: 2, closedAt: 9, closedBy: 'lan' })).toEqual(['closed']);
  expect(changesOf(alert(), { ...seen, severity: 'extreme', comments: 2 })).toEqual(['worsened', 'acknowledged', 'commented']);
  expect(changesOf(seen, { ...seen, version: 2, value: 61 })).toEqual([]);
});

test('a command that was done leaves no notice', () => {
  expect(noticeOf({ outcome: 'done' }, alert())).toBeNull();
  expect(noticeOf({ outcome: 'failed', detail: 'x' }, alert())).toEqual({ kind: 'failed', detail: 'x' });
});

describe('the card of an alert', () => {
  const start = () => {
    const store = createStore('dark', 0);
    store.alerts.value = table(alert());
    followSelected(store.desk, store.alerts, store.selected);
    store.desk.selectedAlert.value = 'a1';
    return store;
  };

  test('stays when its own station is selected with it', () => {
    const store = start();
    store.selected.value = 'bg-hydro/mua-1';
    expect(store.desk.selectedAlert.value).toBe('a1');
  });

  test('of a subject that is no station stays while nothing is selected', () => {
    const store = start();
    store.alerts.value = table(alert({ isStation: false }));
    store.selected.value = 'bg-hydro/other';
    store.desk.selectedAlert.value = 'a1';
    store.selected.value = null;
    expect(store.desk.selectedAlert.value).toBe('a1');
  });

  test.each(['bg-hydro/other', null])('gives way when %s is selected on the map', (selected) => {
    const store = start();
    store.selected.value = 'bg-hydro/mua-1';
    store.selected.value = selected;
    expect(store.desk.selectedAlert.value).toBeNull();
  });
});
