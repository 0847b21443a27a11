import type { Messages } from '../i18n';

/** A page that the navigation leads to; `icon` are the strokes of its drawing in a square of 24. */
export interface Destination {
  readonly id: keyof Messages['pages'] & string;
  readonly path: readonly string[];
  readonly icon: string;
}

export const destinations: readonly Destination[] = [
  { id: 'map', path: [], icon: 'M9 4 4 6v14l5-2 6 2 5-2V4l-5 2-6-2ZM9 4v14M15 6v14' },
  { id: 'systems', path: ['systems'], icon: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z' },
  { id: 'units', path: ['units'], icon: 'M3 20h18M5 20V9l7-5 7 5v11M9 20v-6h6v6' },
  { id: 'ranking', path: ['ranking'], icon: 'M4 6h14M4 12h10M4 18h6M20 9v11M17 17l3 3 3-3' },
  { id: 'cases', path: ['cases'], icon: 'M3 4h18l-7 8v6l-4 2v-8Z' },
  { id: 'places', path: ['places'], icon: 'M12 21c4-5 6-8.4 6-11a6 6 0 0 0-12 0c0 2.6 2 6 6 11ZM12 7.5v3M12 12.6v.1' },
  { id: 'tasks', path: ['tasks'], icon: 'M5 4h14v16H5zM8.5 9l1.5 1.5L13 7.5M8.5 15l1.5 1.5 3-3M15 10h2M15 16h2' },
  { id: 'freshness', path: ['freshness'], icon: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 7v5l3.5 2' },
];
