/** Which page the fragment of the address asks for: `#/ranking/on-time-rate?level=commune`. A fragment without a slash is a link into the map. */
export interface Route {
  /** What stands between the slashes; empty for the map. */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

export const mapRoute: Route = { path: [], query: {} };

export const isMap = (route: Route): boolean => route.path.length === 0;

export function parseRoute(fragment: string): Route {
  if (!fragment.startsWith('#/')) return mapRoute;
  const [path = '', query = ''] = fragment.slice(2).split('?', 2);
  return {
    path: path
      .split('/')
      .filter((part) => part !== '')
      .map(decoded),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** The address of a page, for `href`; words of the query that are null or empty are left out. */
export function pageLink(path: readonly string[], query: Readonly<Record<string, string | null>> = {}): string {
  const told = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== '');
  const tail = told.length === 0 ? '' : `?${new URLSearchParams(told)}`;
  return `#/${path.map(encodeURIComponent).join('/')}${tail}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
