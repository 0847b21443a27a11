import type { Messages } from './index';

type Why = keyof Messages['connection']['why'];

/** How the sentences begin with which the service says what is wrong (`why` of a heartbeat, docs/stream.md); the longest first. */
const beginnings: readonly (readonly [string, Why])[] = [
  ['the live state is being read from the database', 'reading'],
  ['the live state cannot be read from the database', 'unread'],
  ['the live state could not be read', 'unread'],
  ['the broker does not answer', 'broker'],
  ['the database was not reached yet', 'unreached'],
  ['the database lacks the migrations', 'migrations'],
  ['the store does not take what arrives', 'store'],
  ['database:', 'database'],
];

/** What is wrong, in the language of the screen; what the service says beyond a known beginning stands behind, as it came. */
export function whyText(why: string, words: Messages['connection']['why']): string {
  const known = beginnings.find(([beginning]) => why.startsWith(beginning));
  const rest = (known ? why.slice(known[0].length) : why).replace(/^[\s:]+/, '');
  const text = words[known?.[1] ?? 'other'];
  return rest === '' ? text : `${text}: ${rest}`;
}
