import {
  AttributionControl,
  type GeoJSONSource,
  type GeoJSONSourceDiff,
  Map as MapLibreMap,
  type MapMouseEvent,
  type PointLike,
  ScaleControl,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import 'maplibre-gl/dist/maplibre-gl.css';
import type { View } from '../state/link';
import { drawIcon, iconPixelRatio, parseIconName } from './icons';
import { clickableLayers, type StationSource, selectionFilter, selectionLayers } from './layers/stations';
import { allLayers, buildStyle, type Look } from './style';

// The worker comes from our own origin, as the content security policy asks.
setWorkerUrl(workerUrl);

export interface Hit {
  readonly id: string;
  /** Pixels from the left and the top of the map. */
  readonly x: number;
  readonly y: number;
}

export interface MapEvents {
  /** A station was clicked, or the ground beside all (null). */
  readonly onSelect: (id: string | null) => void;
  readonly onHover: (hit: Hit | null) => void;
  readonly onMove: (view: View) => void;
  /** Everything asked for so far has been drawn. */
  readonly onIdle: () => void;
}

export interface Padding {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The map on the page: the only part that holds the map library. What it shows is given to it as values. */
export class MapView {
  private readonly map: MapLibreMap;
  private look: Look;

  constructor(container: HTMLElement, look: Look, view: View | null, label: string, events: MapEvents) {
    this.look = look;
    this.map = new MapLibreMap({
      container,
      style: buildStyle(look),
      ...(view === null ? { center: [105.9, 16.4], zoom: 5 } : { center: [view.lon, view.lat], zoom: view.zoom }),
      minZoom: 4,
      maxZoom: 19,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      attributionControl: false,
      fadeDuration: 0,
      locale: { 'Map.Title': label },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: 110 }), 'bottom-right');
    if (look.baseMap) this.map.addControl(new AttributionControl({ compact: true }), 'bottom-right');
    this.map.setMissingStyleImageResolver((name) => this.addIcon(name));
    this.listen(events);
  }

  /** Replace the administrative units. */
  setUnits(areas: GeoJSON.FeatureCollection, names: GeoJSON.FeatureCollection): void {
    this.whenLoaded(() => {
      this.source('units').setData(areas);
      this.source('unit-names').setData(names);
    });
  }

  /** Apply a change to what stands still or what moves. */
  updateStations(source: StationSource, diff: GeoJSONSourceDiff): void {
    this.whenLoaded(() => void this.source(source).updateData(diff));
  }

  select(id: string | null): void {
    this.whenLoaded(() => {
      for (const layer of selectionLayers) this.map.setFilter(layer, selectionFilter(id));
    });
  }

  /** Draw everything anew in another theme or language; the data stays. */
  restyle(look: Look): void {
    this.look = look;
    this.whenLoaded(() => {
      for (const layer of allLayers(look)) {
        for (const [name, value] of Object.entries(layer.paint ?? {})) this.map.setPaintProperty(layer.id, name as never, value as never);
        if (layer.type === 'symbol') this.map.setLayoutProperty(layer.id, 'text-field', layer.layout?.['text-field']);
      }
      for (const name of this.map.listImages()) {
        const icon = parseIconName(name);
        if (icon) this.map.updateImage(name, drawIcon(icon, look.palette));
      }
    });
  }

  fit(bounds: [number, number, number, number], padding: Padding, animated: boolean): void {
    this.map.fitBounds(bounds, { padding, animate: animated, maxZoom: 14 });
  }

  /** Fly to a place, at least as near as a street; a reader who wants less motion is there at once. */
  flyTo(lon: number, lat: number, { left, right, top, bottom }: Padding): void {
    // An offset, since a padding would stay with the map.
    const offset: PointLike = [(left - right) / 2, (top - bottom) / 2];
    this.map.flyTo({ center: [lon, lat], zoom: Math.max(this.map.getZoom(), 13), offset, maxDuration: 1800 });
  }

  /** Move only as far as a place lies outside what the padding leaves. */
  reveal(lon: number, lat: number, { left, right, top, bottom }: Padding): void {
    const { x, y } = this.map.project([lon, lat]);
    const { clientWidth, clientHeight } = this.map.getContainer();
    const within = (at: number, from: number, to: number) => Math.min(Math.max(at, from), to);
    const by: [number, number] = [x - within(x, left, clientWidth - right), y - within(y, top, clientHeight - bottom)];
    if (by[0] !== 0 || by[1] !== 0) this.map.panBy(by);
  }

  goTo({ lon, lat, zoom }: View): void {
    this.map.jumpTo({ center: [lon, lat], zoom });
  }

  zoomBy(levels: number): void {
    this.map.zoomTo(this.map.getZoom() + levels);
  }

  focus(): void {
    this.map.getCanvas().focus();
  }

  zoom(): number {
    return this.map.getZoom();
  }

  /** Whether a place is in sight, with a margin around it. */
  contains(lon: number, lat: number): boolean {
    return this.map.getBounds().contains([lon, lat]);
  }

  destroy(): void {
    this.map.remove();
  }

  private listen(events: MapEvents): void {
    const { map } = this;
    map.on('idle', events.onIdle);
    map.on('click', (event) => events.onSelect(this.hit(event, 10)?.id ?? null));
    map.on('mousemove', (event) => {
      const hit = this.hit(event, 3);
      map.getCanvas().style.cursor = hit ? 'pointer' : '';
      events.onHover(hit);
    });
    map.on('mouseout', () => events.onHover(null));
    map.on('movestart', () => events.onHover(null));
    map.on('moveend', () => {
      const { lng, lat } = map.getCenter();
      events.onMove({ lon: lng, lat, zoom: map.getZoom() });
    });
  }

  /** The worst station within `reach` pixels of the pointer. */
  private hit({ point }: MapMouseEvent, reach: number): Hit | null {
    if (!this.map.isStyleLoaded() && !this.map.getLayer('stations')) return null;
    const box: [PointLike, PointLike] = [
      [point.x - reach, point.y - reach],
      [point.x + reach, point.y + reach],
    ];
    let found: { id: string; rank: number } | null = null;
    for (const { properties } of this.map.queryRenderedFeatures(box, { layers: [...clickableLayers] })) {
      const rank = Number(properties.rank);
      if (found === null || rank > found.rank) found = { id: String(properties.id), rank };
    }
    return found && { id: found.id, x: point.x, y: point.y };
  }

  private addIcon(name: string): void {
    const icon = parseIconName(name);
    if (icon && !this.map.hasImage(name)) this.map.addImage(name, drawIcon(icon, this.look.palette), { pixelRatio: iconPixelRatio });
  }

  private source(id: string): GeoJSONSource {
    const source = this.map.getSource<GeoJSONSource>(id);
    if (source === undefined) throw new Error(`the map has no source ${id}`);
    return source;
  }

  private loaded = false;

  private whenLoaded(act: () => void): void {
    if (this.loaded || this.map.getSource('stations')) {
      this.loaded = true;
      act();
    } else {
      this.map.once('style.load', act);
    }
  }
}
