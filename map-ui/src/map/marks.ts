import type { GeoJSONSourceDiff } from 'maplibre-gl';
import type { StationAlarm } from '../state/alerts';
import { isStale } from '../state/stations';
import type { StateRow } from '../wire/types';
import { type Drawn, diffMarks } from './diff';
import { type Mark, type MarkProperties, markOf } from './features';
import type { StationSource } from './layers/stations';
import { distanceM, headFor, metresPerPixel, placeAt, type Track } from './motion';

export interface Changes {
  readonly stations: GeoJSONSourceDiff | null;
  readonly vehicles: GeoJSONSourceDiff | null;
}

/**
 * What the map shows of the stations, and the changes that bring it up to date. Rows are marked as touched when they change and
 * drawn at the next frame; what moves is drawn again while it is on its way.
 */
export class Marks {
  private readonly drawn: Record<StationSource, Drawn<MarkProperties>> = { stations: new Map(), vehicles: new Map() };
  private touched = new Set<string>();
  private readonly tracks = new Map<string, Track>();

  constructor(
    private readonly rows: ReadonlyMap<string, StateRow>,
    private readonly alarms: () => ReadonlyMap<string, StationAlarm>,
    /** Whether a station is drawn by itself, and not only counted in a cell. */
    private readonly isShown: (id: string) => boolean = () => true,
  ) {}

  touch(ids: Iterable<string>): void {
    for (const id of ids) this.touched.add(id);
  }

  /** Touch every station whose silence has begun or ended since it was drawn. */
  touchStale(now: number): void {
    for (const drawn of Object.values(this.drawn)) {
      for (const [id, mark] of drawn) {
        const row = this.rows.get(id);
        if (row !== undefined && isStale(row, now) !== isDrawnStale(mark)) this.touched.add(id);
      }
    }
  }

  /** Note a newly reported place of something that moves. */
  move(row: StateRow, now: number): void {
    if (!row.moving || row.lon === null || row.lat === null) return;
    const known = this.tracks.get(row.id);
    if (known && known.to.lon === row.lon && known.to.lat === row.lat) return;
    this.tracks.set(row.id, headFor(known, { lon: row.lon, lat: row.lat }, now));
  }

  /** How many things move. */
  get moving(): number {
    return this.tracks.size;
  }

  /** The place where a station is drawn now. */
  placeOf(id: string): { lon: number; lat: number } | null {
    return this.drawn.vehicles.get(id) ?? this.drawn.stations.get(id) ?? null;
  }

  /**
   * Draw what was touched; where `inSight` is told, what lies elsewhere waits for the next time. `serverNow` is the service's clock, by
   * which silence is judged.
   */
  flush(now: number, serverNow: number, inSight: (lon: number, lat: number) => boolean = () => true): Changes {
    const still: [string, Mark | null][] = [];
    const moving: [string, Mark | null][] = [];
    const later = new Set<string>();
    for (const id of this.touched) {
      const row = this.rows.get(id);
      if (row && row.lon !== null && row.lat !== null && !inSight(row.lon, row.lat)) {
        later.add(id);
        continue;
      }
      if (row === undefined) this.tracks.delete(id);
      const mark = row && this.isShown(id) ? this.mark(row, now, serverNow) : null;
      still.push([id, row?.moving ? null : mark]);
      moving.push([id, row?.moving ? mark : null]);
    }
    this.touched = later;
    return { stations: diffMarks(this.drawn.stations, still), vehicles: diffMarks(this.drawn.vehicles, moving) };
  }

  /** Move on what is on its way, where the step is at least half a pixel: from afar hardly anything has to be redrawn. */
  advance(now: number, zoom: number, inSight: (lon: number, lat: number) => boolean): GeoJSONSourceDiff | null {
    const moved: [string, Mark][] = [];
    for (const [id, track] of this.tracks) {
      const mark = this.drawn.vehicles.get(id);
      if (mark === undefined || (mark.lon === track.to.lon && mark.lat === track.to.lat)) continue;
      const place = placeAt(track, now);
      const arrived = now >= track.end;
      if (!arrived && !inSight(place.lon, place.lat)) continue;
      if (!arrived && distanceM(mark, place) < metresPerPixel(place.lat, zoom) / 2) continue;
      moved.push([id, { ...mark, ...place }]);
    }
    return diffMarks(this.drawn.vehicles, moved);
  }

  private mark(row: StateRow, now: number, serverNow: number): Mark | null {
    const mark = markOf(row, isStale(row, serverNow), this.alarms().get(row.id));
    const track = row.moving ? this.tracks.get(row.id) : undefined;
    return mark && track ? { ...mark, ...placeAt(track, now) } : mark;
  }
}

const isDrawnStale = (mark: Mark): boolean => mark.properties.icon.endsWith('|stale');
