import type { LiveFigure } from '../wire/live-figure';
import type { ClientFrame, FigureChoice, FigureDelta, FigureSnapshot, ServerFrame } from '../wire/types';

type Listener = (figures: ReadonlyMap<string, LiveFigure>) => void;

interface Follower {
  readonly choice: FigureChoice;
  readonly onFigures: Listener;
  id: string;
  seq: number | null;
  figures: Map<string, LiveFigure>;
}

/** Present figures over the stream, for whoever follows some of them; every connection tells them anew, and so does a frame that got lost. */
export class FigureStreams {
  private readonly followers = new Set<Follower>();
  private count = 0;

  constructor(private readonly send: (frame: ClientFrame) => void) {}

  /** Be told of the chosen figures, all of them, each time some have changed; returns the way to stop. Name indicators, units or both. */
  follow(choice: FigureChoice, onFigures: Listener): () => void {
    const follower: Follower = { choice, onFigures, id: '', seq: null, figures: new Map() };
    this.followers.add(follower);
    this.subscribe(follower);
    return () => {
      this.followers.delete(follower);
      this.send({ type: 'unsub', id: follower.id });
    };
  }

  /** Subscribe to everything that is followed: a new connection was let in. */
  begin(): void {
    for (const follower of this.followers) this.subscribe(follower);
  }

  /** Take a frame where it belongs to something that is followed. */
  take(frame: ServerFrame): void {
    if (frame.type !== 'snap' && frame.type !== 'd' && frame.type !== 'reset') return;
    const follower = [...this.followers].find(({ id }) => id === frame.id);
    if (follower === undefined) return;
    if (frame.type === 'reset') follower.seq = null;
    else if ('liveFigures' in frame) this.apply(follower, frame);
  }

  private apply(follower: Follower, frame: FigureSnapshot | FigureDelta): void {
    if (frame.type === 'd' && frame.prev !== follower.seq) {
      // Also before the first snapshot, which then is on its way.
      if (follower.seq !== null) {
        this.send({ type: 'unsub', id: follower.id });
        this.subscribe(follower);
      }
      return;
    }
    if (frame.type === 'snap' && frame.page === 0) follower.figures = new Map();
    for (const figure of frame.liveFigures) follower.figures.set(figure.id, figure);
    for (const id of frame.removed) follower.figures.delete(id);
    follower.seq = frame.seq;
    if (frame.type === 'd' || frame.last) follower.onFigures(new Map(follower.figures));
  }

  private subscribe(follower: Follower): void {
    this.count += 1;
    follower.id = `figures-${this.count}`;
    follower.seq = null;
    this.send({ type: 'sub', id: follower.id, ch: 'indicators', filter: follower.choice });
  }
}
