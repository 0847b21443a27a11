import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AlertChoice, isChosen, type Part } from '../src/state/alertChoice';
import { entriesOf, groupAlerts, sortAlerts } from '../src/state/alertOrder';
import { type AlertTable, mergeAlerts, unknownAlerts } from '../src/state/alerts';
import { followSelected } from '../src/state/desk';
import { formatLooked, lookAt, newsSince, parseLooked } from '../src/state/looked';
import { noticeOf } from '../src/state/notices';
import { createStore } from '../src/state/store';
import { lineAt, linesInSight, offsetsOf, scrollTo } from '../src/state/windowing';
import { AlertInbox } from '../src/stream/inbox';
import type { Alert } from '../src/wire/types';
import { alert } from './examples';

const unit = (code: string, pathVi: string) => ({ code, nameVi: pathVi, nameEn: pathVi, pathVi, pathEn: pathVi });
const table = (...alerts: Alert[]): AlertTable => ({ byId: new Map(alerts.map((each) => [each.id, each])), seen: null });

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

  test('what is shelved is not counted as firing, and has a part of its own', () => {
    const store = createStore('dark', 0);
    store.alerts.value = table(alert(), { ...shelved, id: 'a2' });
    expect(store.counts.value.firing).toBe(1);
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

test('a command that was done leaves no notice', () => {
  expect(noticeOf({ outcome: 'done' })).toBeNull();
  expect(noticeOf({ outcome: 'failed', detail: 'x' })).toEqual({ kind: 'failed', detail: 'x' });
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
