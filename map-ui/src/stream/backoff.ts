const firstMs = 500;
const longestMs = 30_000;

/**
 * Milliseconds until the next attempt: doubling from half a second to half a minute, with up to half of it taken off at random,
 * so that the screens of a centre do not come back all at once. `askedMs` is what the service asked for and is never undercut.
 */
export function retryDelay(attempt: number, askedMs: number, random: () => number): number {
  const grown = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 10));
  return Math.round(Math.max(askedMs, grown / 2) + (random() * grown) / 2);
}
