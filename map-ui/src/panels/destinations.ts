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
];
