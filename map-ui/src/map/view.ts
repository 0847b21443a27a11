import {
  AttributionControl,
  type GeoJSONSource,
  type GeoJSONSourceDiff,
  type LayerSpecification,
  Map as MapLibreMap,
  type MapMouseEvent,
  type PointLike,
  prewarm,
  ScaleControl,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import 'maplibre-gl/dist/maplibre-gl.css';
import type { View } from '../state/link';
import type { CasePlace } from '../wire/cases';
import type { ViewIn } from '../wire/types';
import { openCluster } from './caseCluster';
import { type Hit, hitAt } from './hit';
import { drawIcon, iconPixelRatio, parseIconName } from './icons';
import { caseLayers, casePoints, caseSource, caseSourceSpec } from './layers/cases';
import { drawHatch } from './layers/figures';
import { type StationSource, selectionFilter, selectionLayers } from './layers/stations';
import type { MapEvents, Padding, Pen } from './mapEvents';
import { type Overlay, overlayOf } from './overlay';
import { allLayers, buildStyle, type Look } from './style';

// The worker comes from our own origin, as the content security policy asks.
setWorkerUrl(workerUrl);

/** Let what draws off the main thread start before there is a map. */
export const warmUp = (): void => prewarm();

const lookEveryMs = 250;
const hatch = 'hatch';
/** The lowest of the layers that show what is live. */
const lowestLive = 'unit-name-early';

const placeOf = ({ lngLat }: MapMouseEvent): readonly [number, number] => [lngLat.lng, lngLat.lat];

/** The map on the page: the only part that holds the map library. What it shows is given to it as values. */
export class MapView {
  private readonly map: MapLibreMap;
  private look: Look;

  constructor(container: HTMLElement, look: Look, view: View | null, label: string, token: () => string | null, events: MapEvents) {
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
      // Tiles of layers that are not public are asked for with the key of the operator.
      transformRequest: (url) => {
        const key = url.startsWith(location.origin) ? token() : null;
        return key === null ? { url } : { url, headers: { authorization: `Bearer ${key}` } };
      },
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

  /** Apply a change to what stands still, what moves, or what is counted. */
  update(source: StationSource | 'cells', diff: GeoJSONSourceDiff): void {
    this.whenLoaded(() => void this.source(source).updateData(diff));
  }

  /** Draw these layers of the catalogue, the lowest first, over the ground and under what is live. */
  setOverlays(overlays: readonly Overlay[]): void {
    this.whenLoaded(() => {
      const wanted = overlays.flatMap((overlay) => overlay.layers);
      const sources = new Map(overlays.flatMap((overlay) => Object.entries(overlay.sources)));
      const names = new Set(wanted.map((layer) => layer.id));
      for (const { id } of this.map.getStyle().layers) if (overlayOf(id) !== null && !names.has(id)) this.map.removeLayer(id);
      for (const id of Object.keys(this.map.getStyle().sources)) if (overlayOf(id) !== null && !sources.has(id)) this.map.removeSource(id);
      for (const [id, source] of sources) if (!this.map.getSource(id)) this.map.addSource(id, source);
      for (const layer of wanted) {
        if (this.map.getLayer(layer.id)) this.repaint(layer);
        else this.map.addLayer(layer, lowestLive);
        // In their order, each under the lowest live layer and so over the one before.
        this.map.moveLayer(layer.id, lowestLive);
      }
      this.overlayLayers = wanted.filter((layer) => layer.type !== 'symbol').map((layer) => layer.id);
    });
  }

  /** Show open cases, close ones as one; null takes them away. */
  showCases(places: readonly CasePlace[] | null): void {
    this.whenLoaded(() => {
      const known = this.map.getSource<GeoJSONSource>(caseSource);
      if (places === null) {
        for (const { id } of caseLayers(this.look.palette)) if (this.map.getLayer(id)) this.map.removeLayer(id);
        if (known) this.map.removeSource(caseSource);
        return;
      }
      if (known) {
        void known.setData(casePoints(places));
        for (const layer of caseLayers(this.look.palette)) this.repaint(layer);
      } else {
        this.map.addSource(caseSource, { ...caseSourceSpec, data: casePoints(places) });
        for (const layer of caseLayers(this.look.palette)) this.map.addLayer(layer, lowestLive);
      }
    });
  }

  /** Go as near as open cases that were hit fall apart; returns those that stand at one place, or are drawn by themselves. */
  async openCases({ id, subjects, x, y }: Hit): Promise<readonly string[]> {
    if (subjects) return subjects;
    const center = this.map.unproject([x, y]);
    const opened = await openCluster(this.source(caseSource), Number(id));
    if ('subjects' in opened) return opened.subjects;
    this.map.easeTo({ center, zoom: opened.zoom });
    return [];
  }

  /** Colour the units of a level by their class, and hatch what is incomplete; null takes the colours away. */
  colourUnits(level: string | null, states: ReadonlyMap<string, { readonly class: number; readonly incomplete: boolean }>): void {
    this.whenLoaded(() => {
      this.map.removeFeatureState({ source: 'units' });
      for (const [id, state] of states) this.map.setFeatureState({ source: 'units', id }, state);
      for (const id of ['figures', 'figures-incomplete']) {
        this.map.setFilter(id, ['==', ['get', 'level'], level ?? '']);
        this.map.setLayoutProperty(id, 'visibility', level === null ? 'none' : 'visible');
      }
    });
  }

  /** Show what is drawn. */
  showDrawing(features: GeoJSON.FeatureCollection): void {
    this.whenLoaded(() => void this.source('drawing').setData(features));
  }

  /** Give clicks to who draws instead of selecting; null ends it. */
  holdPen(pen: Pen | null): void {
    this.pen = pen;
    this.map.getCanvas().style.cursor = pen === null ? '' : 'crosshair';
    if (pen !== null) this.map.doubleClickZoom.disable();
    // Later, so that the double click that ended a drawing does not zoom as well.
    else setTimeout(() => this.pen === null && this.map.doubleClickZoom.enable());
  }

  /** A picture of the map as it stands, for paper, on which a canvas of WebGL is empty. */
  picture(): HTMLCanvasElement {
    this.map.redraw();
    const drawn = this.map.getCanvas();
    const copy = document.createElement('canvas');
    copy.width = drawn.width;
    copy.height = drawn.height;
    copy.getContext('2d')?.drawImage(drawn, 0, 0);
    return copy;
  }

  /** Where the map stands. */
  view(): View {
    const { lng, lat } = this.map.getCenter();
    return { lon: lng, lat, zoom: this.map.getZoom() };
  }

  /** Outline a place; null takes the outline away. */
  outline(geometry: GeoJSON.Geometry | null): void {
    const features = geometry === null ? [] : [{ type: 'Feature' as const, properties: {}, geometry }];
    this.whenLoaded(() => void this.source('outline').setData({ type: 'FeatureCollection', features }));
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
        this.repaint(layer);
        if (layer.type === 'symbol') this.map.setLayoutProperty(layer.id, 'text-field', layer.layout?.['text-field']);
      }
      if (this.map.hasImage(hatch)) this.map.updateImage(hatch, drawHatch(look.palette));
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

  /** Tells whether a place is in sight as the map stands now. */
  sightTest(): (lon: number, lat: number) => boolean {
    const bounds = this.map.getBounds();
    return (lon, lat) => bounds.contains([lon, lat]);
  }

  /** The part of the world in sight. */
  sight(): ViewIn {
    const bounds = this.map.getBounds();
    return { bbox: [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()], z: this.map.getZoom() };
  }

  destroy(): void {
    clearTimeout(this.looking);
    this.map.remove();
  }

  private listen(events: MapEvents): void {
    const { map } = this;
    map.on('idle', events.onIdle);
    // What moves all the time never lets it come to rest.
    const rendered = () => {
      if (!events.onRender((source) => map.isSourceLoaded(source))) map.off('render', rendered);
    };
    map.on('render', rendered);
    map.on('click', (event) => {
      if (this.pen === null) events.onClick(hitAt(map, event.point, 10, this.overlayLayers));
      else this.pen.onPoint(placeOf(event));
    });
    map.on('dblclick', () => this.pen?.onFinish());
    map.getCanvas().addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.pen?.onFinish();
    });
    map.on('mousemove', (event) => {
      if (this.pen !== null) {
        this.pen.onPointer(placeOf(event));
        return;
      }
      const hit = hitAt(map, event.point, 3, this.overlayLayers);
      map.getCanvas().style.cursor = hit ? 'pointer' : '';
      events.onHover(hit);
    });
    map.on('mouseout', () => events.onHover(null));
    map.on('movestart', () => events.onHover(null));
    map.on('move', () => {
      this.looking ??= setTimeout(() => {
        this.looking = undefined;
        events.onLook(this.sight());
      }, lookEveryMs);
    });
    map.on('moveend', () => {
      events.onMove(this.view());
    });
  }

  private repaint(layer: LayerSpecification): void {
    for (const [name, value] of Object.entries(layer.paint ?? {})) this.map.setPaintProperty(layer.id, name as never, value as never);
  }

  private addIcon(name: string): void {
    if (name === hatch && !this.map.hasImage(hatch)) this.map.addImage(hatch, drawHatch(this.look.palette), { pixelRatio: 2 });
    const icon = parseIconName(name);
    if (icon && !this.map.hasImage(name)) this.map.addImage(name, drawIcon(icon, this.look.palette), { pixelRatio: iconPixelRatio });
  }

  private source(id: string): GeoJSONSource {
    const source = this.map.getSource<GeoJSONSource>(id);
    if (source === undefined) throw new Error(`the map has no source ${id}`);
    return source;
  }

  private loaded = false;
  private pen: Pen | null = null;
  private overlayLayers: readonly string[] = [];
  private looking: ReturnType<typeof setTimeout> | undefined;

  private whenLoaded(act: () => void): void {
    if (this.loaded || this.map.getSource('stations')) {
      this.loaded = true;
      act();
    } else {
      this.map.once('style.load', act);
    }
  }
}
