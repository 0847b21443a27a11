/** The part of the screen that a shared link carries, as the fragment of the address. */
export interface Link {
  readonly view: View | null;
  readonly station: string | null;
  readonly panel: 'map' | 'table';
}

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
    panel: params.get('panel') === 'table' ? 'table' : 'map',
  };
}

export function formatLink(link: Link): string {
  const parts: string[] = [];
  if (link.view) {
    const { zoom, lat, lon } = link.view;
    parts.push(`view=${zoom.toFixed(2)}/${lat.toFixed(4)}/${lon.toFixed(4)}`);
  }
  if (link.station) parts.push(`station=${encodeURIComponent(link.station).replaceAll('%2F', '/')}`);
  if (link.panel === 'table') parts.push('panel=table');
  return parts.length === 0 ? '' : `#${parts.join('&')}`;
}

function parseView(value: string | null): View | null {
  const [zoom, lat, lon] = (value ?? '').split('/').map(Number);
  if (zoom === undefined || lat === undefined || lon === undefined) return null;
  const inRange = zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
  return inRange ? { zoom, lat, lon } : null;
}
