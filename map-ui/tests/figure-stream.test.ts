import { expect, test } from 'vitest';
import { FigureStreams } from '../src/stream/figures';
import { decodeFrame } from '../src/wire/frame';
import type { LiveFigure } from '../src/wire/live-figure';
import type { ClientFrame } from '../src/wire/types';

const cols = [
  'id', 'indicator', 'unit', 'kind', 'period', 'running', 'value', 'part', 'of', 'events', 'reported', 'expected', 'newest', 'status', 'target',
  'version', 'computed_at',
]; // biome-ignore format: as the service names them

const row = (id: string, value: number | null) => [
  id, 'on-time', '36', 'month', '2023-06', true, value, 1, 2, 2, 3, 4, '2023-06-10T03:00:00Z', 'at_risk', 99, 1, '2023-06-10T03:00:00Z',
]; // biome-ignore format: as the service tells it

const snap = (id: string, seq: number, ...rows: unknown[]) =>
  decodeFrame(
    JSON.stringify({ type: 'snap', id, page: 0, last: true, seq, epoch: 'e', pos: seq, t: '2023-06-10T03:00:00Z', cols, rows, rm: [] }),
  );
const delta = (id: string, prev: number, seq: number, rm: string[], ...rows: unknown[]) =>
  decodeFrame(JSON.stringify({ type: 'd', id, seq, prev, pos: seq, t: '2023-06-10T03:00:00Z', cols, rows, rm }));

function follow() {
  const sent: ClientFrame[] = [];
  const told: ReadonlyMap<string, LiveFigure>[] = [];
  const streams = new FigureStreams((frame) => sent.push(frame));
  const stop = streams.follow({ unit: ['36'] }, (figures) => told.push(figures));
  return { sent, told, streams, stop };
}

test('a frame of figures is read by the names of its columns', () => {
  const frame = snap('figures-1', 2, row('a', 40.5));
  expect('liveFigures' in frame && frame.liveFigures[0]).toMatchObject({
    id: 'a', indicator: 'on-time', value: 40.5, status: 'at_risk', target: 99, reported: 3, newest: Date.UTC(2023, 5, 10, 3),
  }); // biome-ignore format: short
});

test('whoever follows figures is told all of them whenever some have changed', () => {
  const { sent, told, streams } = follow();
  expect(sent).toEqual([{ type: 'sub', id: 'figures-1', ch: 'indicators', filter: { unit: ['36'] } }]);
  streams.take(snap('figures-1', 2, row('a', 1), row('b', 2)));
  streams.take(delta('figures-1', 2, 4, ['b'], row('a', 3)));
  expect(told.map((figures) => [...figures.values()].map(({ id, value }) => [id, value]))).toEqual([
    [
      ['a', 1],
      ['b', 2],
    ],
    [['a', 3]],
  ]);
});

test('a gap begins the subscription anew, and late frames of the old one are ignored', () => {
  const { sent, told, streams } = follow();
  streams.take(snap('figures-1', 2, row('a', 1)));
  streams.take(delta('figures-1', 3, 4, [], row('a', 3)));
  streams.take(delta('figures-1', 4, 5, [], row('a', 4)));
  expect(sent.slice(1)).toMatchObject([
    { type: 'unsub', id: 'figures-1' },
    { type: 'sub', id: 'figures-2' },
  ]);
  expect(told).toHaveLength(1);
});

test('another connection tells everything anew, and who has stopped is told nothing', () => {
  const { sent, told, streams, stop } = follow();
  streams.begin();
  streams.take(snap('figures-2', 1, row('a', 1)));
  stop();
  streams.take(delta('figures-2', 1, 2, [], row('a', 2)));
  expect(sent.map(({ type }) => type)).toEqual(['sub', 'sub', 'unsub']);
  expect(told).toHaveLength(1);
});
