/** The maps on the pages under /ogc: what the page lists, or the extent of a collection, over the units of the centre. */
import { LngLatBounds, Map as MapLibreMap, NavigationControl, ScaleControl, type StyleSpecification, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import 'maplibre-gl/dist/maplibre-gl.css';

setWorkerUrl(workerUrl);

type Items = GeoJSON.FeatureCollection<GeoJSON.Geometry | null>;

const NOTHING: StyleSpecification = {
  version: 8,
  sources: {},
  layers: [{ id: 'ground', type: 'background', paint: { 'background-color': '#e8ecef' } }],
};
const INK = '#a3145f';

/** The features that the page lists, numbered as its rows are; or the rectangle of a collection. */
async function features(place: HTMLElement): Promise<Items> {
  const [west, south, east, north] = (place.dataset.extent ?? '').split(',').map(Number);
  if (west !== undefined && south !== undefined && east !== undefined && north !== undefined) {
    const ring = [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ];
    const geometry: GeoJSON.Polygon = { type: 'Polygon', coordinates: [ring] };
    return { type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry }] };
  }
  const answer = await fetch(place.dataset.items ?? '');
  if (!answer.ok) throw new Error(`the features cannot be read: ${answer.status}`);
  const told = (await answer.json()) as Items | GeoJSON.Feature;
  const found = told.type === 'Feature' ? [told] : told.features;
  return { type: 'FeatureCollection', features: found.map((each, number) => ({ ...each, id: number })) };
}

/** The style of the units, nothing where none are published. */
async function ground(place: HTMLElement): Promise<StyleSpecification> {
  const answer = await fetch(place.dataset.style ?? '').catch(() => null);
  return answer?.ok === true ? ((await answer.json()) as StyleSpecification) : NOTHING;
}

function boundsOf(items: Items): LngLatBounds {
  const bounds = new LngLatBounds();
  const add = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    const [lon, lat] = part as unknown[];
    if (typeof lon === 'number' && typeof lat === 'number') bounds.extend([lon, lat]);
    else part.forEach(add);
  };
  for (const { geometry } of items.features) {
    if (geometry === null) continue;
    if (geometry.type === 'GeometryCollection') for (const each of geometry.geometries) add('coordinates' in each && each.coordinates);
    else add(geometry.coordinates);
  }
  return bounds;
}

/** Show which row of the table a feature is. */
function choose(number: number): void {
  for (const row of document.querySelectorAll('tr.chosen')) row.classList.remove('chosen');
  const row = document.getElementById(`row-${number}`);
  row?.classList.add('chosen');
  row?.scrollIntoView({ block: 'nearest' });
}

async function draw(place: HTMLElement): Promise<void> {
  const [items, style] = await Promise.all([features(place), ground(place)]);
  const bounds = boundsOf(items);
  const map = new MapLibreMap({
    container: place,
    style,
    ...(bounds.isEmpty() ? { center: [106, 16], zoom: 4 } : { bounds, fitBoundsOptions: { padding: 32, maxZoom: 14 } }),
    dragRotate: false,
    fadeDuration: 0,
    attributionControl: { compact: true },
    cooperativeGestures: window.matchMedia('(pointer: coarse)').matches,
    locale: { 'Map.Title': place.dataset.label ?? '' },
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  map.addControl(new ScaleControl({}));
  map.on('load', () => {
    const opacity = place.dataset.extent === undefined ? 0.25 : 0.1;
    map.addSource('items', { type: 'geojson', data: items as GeoJSON.FeatureCollection });
    map.addLayer({
      id: 'items-area',
      type: 'fill',
      source: 'items',
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': INK, 'fill-opacity': opacity },
    });
    map.addLayer({ id: 'items-line', type: 'line', source: 'items', paint: { 'line-color': INK, 'line-width': 2 } });
    map.addLayer({
      id: 'items-point',
      type: 'circle',
      source: 'items',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-color': INK, 'circle-radius': 6, 'circle-stroke-color': '#fff', 'circle-stroke-width': 1.5 },
    });
    void map.once('idle', () => {
      place.dataset.drawn = String(items.features.length);
    });
  });
  map.on('click', (event) => {
    const [hit] = map.queryRenderedFeatures(event.point, { layers: ['items-point', 'items-line', 'items-area'] });
    if (hit !== undefined) choose(Number(hit.id));
  });
}

for (const place of document.querySelectorAll<HTMLElement>('.map')) {
  draw(place).catch((error: unknown) => {
    place.dataset.waiting = String(error);
  });
}
