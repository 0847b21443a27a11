/** The part of the screen that a shared link carries, as the fragment of the address. */
export interface Link {
  readonly view: View | null;
  readonly station: string | null;
  readonly alert: string | null;
  readonly panel: LinkPanel;
}

/** What fills the stage; the map where a link says nothing. */
export type LinkPanel = 'map' | (typeof panels)[number];
const panels = ['table', 'handover', 'silences'] as const;

export interface View {
  readonly lon: number;
  readonly lat: number;
  readonly zoom: number;
}

/** Read a fragment (`#view=9.50/21.3000/106.2000&station=a/b`); what is missing or out of range is left out. */
export function parseLink(fragment: string): Link {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  return {
    view: parseView(params.get('view')),
    station: params.get('station'),
    alert: params.get('alert'),
    panel: panels.find((panel) => panel === params.get('panel')) ?? 'map',
  };
}

export function formatLink(link: Link): string {
  const parts: string[] = [];
  if (link.view) {
    const { zoom, lat, lon } = link.view;
    parts.push(`view=${zoom.toFixed(2)}/${lat.toFixed(4)}/${lon.toFixed(4)}`);
  }
  if (link.station) parts.push(`station=${encodeURIComponent(link.station).replaceAll('%2F', '/')}`);
  if (link.alert) parts.push(`alert=${encodeURIComponent(link.alert)}`);
  if (link.panel !== 'map') parts.push(`panel=${link.panel}`);
  return parts.length === 0 ? '' : `#${parts.join('&')}`;
}

function parseView(value: string | null): View | null {
  const [zoom, lat, lon] = (value ?? '').split('/').map(Number);
  if (zoom === undefined || lat === undefined || lon === undefined) return null;
  const inRange = zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
  return inRange ? { zoom, lat, lon } : null;
}
