import type { App } from '../app';
import { countIn } from '../state/cells';
import type { Marks } from './marks';
import type { MapView } from './view';

const frameMs = 100;
const staleCheckMs = 5_000;
const slowestStepMs = 400;
const vehiclesPerMs = 5;
/** How long the first picture waits for all pages of its view, and what comes after it for the picture. */
const longestWaitMs = 3_000;
const pictureMs = 1_500;

/** Draw what changed ten times a second at most, and move on what is on its way. */
export function followStations({ store }: App, marks: Marks, view: MapView, container: HTMLElement): () => void {
  marks.touch(store.stations.rows.keys());
  const begunAt = Date.now();
  let checkedAt = 0;
  let drawnAt = 0;
  /** When what the view shows was drawn first. */
  let firstAt: number | null = null;
  const off = store.onStations(({ upserts, removed }) => {
    const now = Date.now();
    for (const row of upserts) marks.move(row, now);
    marks.touch(upserts.map((row) => row.id));
    marks.touch(removed);
  });
  /** Every change has all symbols placed anew. So the first picture is of all pages of the view at once, but of what is in sight alone. */
  const isTooEarly = (now: number, isFirst: boolean): boolean => {
    if (isFirst) return store.stations.seen.view !== null && now - begunAt < longestWaitMs;
    if (firstAt !== null && container.dataset.populated === undefined && now - firstAt < pictureMs) return true;
    // Where many things move, more of them take a step at once.
    return now - drawnAt < Math.min(slowestStepMs, marks.moving / vehiclesPerMs);
  };
  const frame = () => {
    if (document.hidden) return;
    const now = Date.now();
    const isFirst = firstAt === null && store.stations.known.view.size > 0;
    if (isTooEarly(now, isFirst)) return;
    drawnAt = now;
    if (isFirst) firstAt = now;
    const serverNow = now + store.connection.peek().skewMs;
    if (now - checkedAt > staleCheckMs) {
      marks.touchStale(serverNow);
      checkedAt = now;
    }
    const { stations, vehicles } = marks.flush(now, serverNow, isFirst ? view.sightTest() : undefined);
    if (stations) view.update('stations', stations);
    if (vehicles) view.update('vehicles', vehicles);
    const advanced = marks.advance(now, view.zoom(), view.sightTest());
    if (advanced) view.update('vehicles', advanced);
    container.dataset.stations = String(countIn(store.cells.peek()?.values() ?? []) || store.stations.known.view.size);
  };
  const timer = setInterval(frame, frameMs);
  return () => {
    off();
    clearInterval(timer);
  };
}
