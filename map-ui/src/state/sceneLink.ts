import { type Severity, severities } from '../wire/types';
import { type Drawing, formatDrawing, parseDrawing } from './drawing';
import { type Choropleth, formatChoropleth, parseChoropleth } from './figures';
import { formatLayers, parseLayers, type ShownLayers } from './layers';
import type { Place } from './places';
import { formatReplay, parseReplay, type Replay } from './replay';
import type { Store } from './store';

/** What a shared link tells beside view, station and panel: everything else that decides what is seen. */
export interface SceneLink {
  readonly place: { readonly layer: string; readonly fid: string } | null;
  readonly layers: ShownLayers;
  readonly choropleth: Choropleth | null;
  readonly drawing: Drawing | null;
  readonly replay: { readonly from: number; readonly speed: number } | null;
  readonly severities: readonly Severity[];
  readonly query: string;
}

/** Read a fragment; what is missing or wrong is left out. */
export function parseScene(fragment: string): SceneLink {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  return {
    place: parsePlace(params.get('place')),
    layers: parseLayers(params.get('layers')),
    choropleth: parseChoropleth(params.get('figures')),
    drawing: parseDrawing(params.get('drawn')),
    replay: parseReplay(params.get('time')),
    severities: (params.get('severity') ?? '').split(',').flatMap((word) => severities.find((each) => each === word) ?? []),
    query: params.get('q') ?? '',
  };
}

/** The parts of a fragment that tell it, without `#`; '' where there is nothing to tell. */
export function formatScene({ place, layers, choropleth, drawing, replay, severities: chosen, query }: SceneLink): string {
  const told: [string, string][] = [];
  if (place) told.push(['place', `${place.layer}/${place.fid}`]);
  if (layers.length > 0) told.push(['layers', formatLayers(layers)]);
  if (choropleth) told.push(['figures', formatChoropleth(choropleth)]);
  if (drawing?.done) told.push(['drawn', formatDrawing(drawing)]);
  if (replay) told.push(['time', formatReplay({ ...replay, at: null })]);
  if (chosen.length > 0) told.push(['severity', chosen.join(',')]);
  if (query !== '') told.push(['q', query]);
  return told.map(([name, value]) => `${name}=${readable(value)}`).join('&');
}

/** Encoded, but for what is easy to read and means nothing in a fragment. */
const readable = (value: string): string => encodeURIComponent(value).replace(/%(2F|3A|2C|40|3B)/g, (code) => decodeURIComponent(code));

function parsePlace(value: string | null): SceneLink['place'] {
  const at = (value ?? '').indexOf('/');
  if (value === null || at < 1 || at === value.length - 1) return null;
  return { layer: value.slice(0, at), fid: value.slice(at + 1) };
}

/** What the screen shows, as a link would tell it. */
export function sceneOf(store: Store): SceneLink {
  const replay: Replay | null = store.replay.value;
  return {
    place: store.place.value,
    layers: store.layers.value,
    choropleth: store.choropleth.value,
    drawing: store.drawing.value,
    replay: replay && { from: replay.from, speed: replay.speed },
    severities: [...store.severities.value],
    query: store.query.value,
  };
}

/** A place of which a link tells only where it is kept: its name comes with it. */
export function placeOfLink({ layer, fid }: NonNullable<SceneLink['place']>): Place {
  const isUnit = layer.startsWith('units');
  return { kind: isUnit ? 'unit' : 'feature', layer, fid, code: isUnit ? (fid.split('.')[0] ?? null) : null, name: fid, detail: '' };
}
