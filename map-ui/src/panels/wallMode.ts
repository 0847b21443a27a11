import { signal } from '@preact/signals';

const parameter = 'wall';

/** Whether the screen is a wall; `?wall=1` in the address makes it one from the start. */
export const wall = signal(new URLSearchParams(location.search).has(parameter));

/** Turn the screen into a wall or back; the address says so, for the screen to come back as it was. */
export function toggleWall(): void {
  wall.value = !wall.value;
  const url = new URL(location.href);
  if (wall.value) url.searchParams.set(parameter, '1');
  else url.searchParams.delete(parameter);
  history.replaceState(null, '', url);
}
