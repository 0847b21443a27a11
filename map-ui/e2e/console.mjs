/**
 * Drives one browser by lines: each line of standard input is a JSON object `{"do": action, …}` whose action is a method of the
 * driver, each line of standard output its answer, `{"answer": …}` or `{"error": text}`. Ends with its input.
 *
 * node e2e/console.mjs --url http://127.0.0.1:8080 --chromium /usr/bin/chromium [--screen '{"width": 1920, "height": 1080}']
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Driver } from './driver.mjs';

const { values } = parseArgs({
  options: { url: { type: 'string' }, chromium: { type: 'string' }, screen: { type: 'string', default: '{}' } },
});
const { url, chromium, screen } = values;
if (!url || !chromium) throw new Error('--url and --chromium are needed');

const driver = await Driver.start(url, chromium, JSON.parse(screen));
/** @param {object} line */
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
say({ answer: 'ready' });

for await (const line of createInterface({ input: process.stdin })) {
  try {
    const { do: action, ...details } = JSON.parse(line);
    const act = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (driver))[action];
    if (typeof act !== 'function') throw new Error(`there is no action ${action}`);
    say({ answer: (await act.call(driver, details)) ?? null });
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) });
  }
}
await driver.close();
