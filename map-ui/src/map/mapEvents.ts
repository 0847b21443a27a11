import type { View } from '../state/link';
import type { ViewIn } from '../wire/types';
import type { Hit } from './hit';
import type { StationSource } from './layers/stations';

export interface MapEvents {
  /** A station or a cell was clicked, or the ground beside all (null). */
  readonly onClick: (hit: Hit | null) => void;
  readonly onHover: (hit: Hit | null) => void;
  readonly onMove: (view: View) => void;
  /** Another part of the world is in sight; told a few times a second while the map moves. */
  readonly onLook: (view: ViewIn) => void;
  /** Everything asked for so far has been drawn. */
  readonly onIdle: () => void;
  /** A picture was drawn, with which of the sources as they were given; returns whether to be told of the next one too. */
  readonly onRender: (has: (source: 'units' | StationSource | 'cells') => boolean) => boolean;
}

export interface Padding {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Who draws on the map: every place is [longitude, latitude]. */
export interface Pen {
  readonly onPoint: (place: readonly [number, number]) => void;
  readonly onPointer: (place: readonly [number, number]) => void;
  readonly onFinish: () => void;
}
