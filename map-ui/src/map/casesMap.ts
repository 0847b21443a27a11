import { type GeoJSONSource, Map as MapLibreMap, NavigationControl, ScaleControl } from 'maplibre-gl';
import type { CasePlace } from '../wire/cases';
import { openCluster } from './caseCluster';
import { caseClickLayers, caseLayers, casePoints, caseSource, caseSourceSpec } from './layers/cases';
import { groundLayers, groundSources } from './layers/ground';
import { leafNameLayers, middleNameLayers, unitLayers } from './layers/units';
import { buildStyle, type Look } from './style';
import { boundsOf, type Unit, unitFeatures } from './units';

const nearZoom = 15;

/** What is read out of the map. */
export interface MapWords {
  readonly label: string;
  readonly zoomIn: string;
  readonly zoomOut: string;
}

/** A map of open cases over the units: clusters that open when they are clicked, and single cases that can be chosen. */
export class CasesMap {
  private readonly map: MapLibreMap;
  private readonly ready: Promise<void>;
  private filled = false;

  constructor(container: HTMLElement, look: Look, words: MapWords, onSelect: (subjects: readonly string[]) => void) {
    const { palette, language, baseMap } = look;
    const style = buildStyle(look);
    this.map = new MapLibreMap({
      container,
      style: {
        ...style,
        sources: {
          ...groundSources(baseMap),
          units: style.sources.units,
          'unit-names': style.sources['unit-names'],
          [caseSource]: caseSourceSpec,
        } as typeof style.sources,
        layers: [
          ...groundLayers(palette, baseMap),
          ...unitLayers(palette, baseMap !== null, []),
          ...leafNameLayers(palette, language),
          ...middleNameLayers(palette, language),
          ...caseLayers(palette),
        ],
      },
      center: [105.9, 16.4],
      zoom: 5,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      attributionControl: baseMap === null ? false : { compact: true },
      fadeDuration: 0,
      locale: { 'Map.Title': words.label, 'NavigationControl.ZoomIn': words.zoomIn, 'NavigationControl.ZoomOut': words.zoomOut },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }));
    this.map.addControl(new ScaleControl({ maxWidth: 110 }), 'bottom-right');
    this.ready = new Promise((done) => this.map.once('style.load', () => done()));
    this.map.on('click', (event) => void this.click(event.point, onSelect));
    this.map.on('mousemove', (event) => {
      const over = this.map.queryRenderedFeatures(event.point, { layers: [...caseClickLayers] }).length > 0;
      this.map.getCanvas().style.cursor = over ? 'pointer' : '';
    });
    this.map.on('idle', () => {
      if (this.filled) container.dataset.ready = 'true';
    });
  }

  async setUnits(units: readonly Unit[]): Promise<void> {
    await this.ready;
    const { areas, names } = unitFeatures(units);
    this.source('units').setData(areas);
    this.source('unit-names').setData(names);
  }

  async setPlaces(places: readonly CasePlace[]): Promise<void> {
    await this.ready;
    this.source(caseSource).setData(casePoints(places));
    this.filled = true;
  }

  /** Show all of these places; where there are none, all units. */
  fit(places: readonly CasePlace[], units: readonly Unit[]): void {
    const lons = places.map((place) => place.lon);
    const lats = places.map((place) => place.lat);
    const bounds =
      places.length > 0 ? ([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)] as const) : boundsOf(units);
    if (bounds) this.map.fitBounds([...bounds], { padding: 40, animate: false, maxZoom: 14 });
  }

  flyTo(lon: number, lat: number): void {
    this.map.flyTo({ center: [lon, lat], zoom: nearZoom, maxDuration: 1500 });
  }

  destroy(): void {
    this.map.remove();
  }

  private async click(point: { x: number; y: number }, onSelect: (subjects: readonly string[]) => void): Promise<void> {
    const hits = this.map.queryRenderedFeatures([point.x, point.y], { layers: [...caseClickLayers] });
    const singles = hits.filter(({ properties }) => properties.cluster_id === undefined);
    const [cluster] = hits;
    if (cluster === undefined || cluster.geometry.type !== 'Point' || singles.length > 0) {
      onSelect(singles.map(({ properties }) => String(properties.subject)));
      return;
    }
    const [lon = 0, lat = 0] = cluster.geometry.coordinates;
    const opened = await openCluster(this.source(caseSource), Number(cluster.properties.cluster_id));
    if ('subjects' in opened) onSelect(opened.subjects);
    else this.map.easeTo({ center: [lon, lat], zoom: opened.zoom });
  }

  private source(id: string): GeoJSONSource {
    const source = this.map.getSource<GeoJSONSource>(id);
    if (source === undefined) throw new Error(`the map has no source ${id}`);
    return source;
  }
}
