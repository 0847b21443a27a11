/**
 * Measures what the map costs its main thread, in Chromium; prints one JSON object.
 *
 * node e2e/measure.mjs --url http://127.0.0.1:8080 --chromium /usr/bin/chromium --part scenes --seconds 20
 * node e2e/measure.mjs --url http://127.0.0.1:8080 --chromium /usr/bin/chromium --part memory --minutes 2
 */
import { parseArgs } from 'node:util';
import { Driver } from './driver.mjs';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    chromium: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '2' },
    part: { type: 'string', default: 'scenes' },
    screens: { type: 'string' },
  },
});
const { url, chromium, screens } = values;
if (!url || !chromium) throw new Error('--url and --chromium are needed');
const seconds = Number(values.seconds);
const near = '/#view=12.20/21.2800/106.2000';

/** @param {Driver} driver */
async function tapped(driver) {
  const session = await driver.page.context().newCDPSession(driver.page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await driver.page.addInitScript(() => {
    const told = { tasks: /** @type {number[]} */ ([]), mapAt: 0, posted: 0, posts: 0 };
    /** @type {any} */ (globalThis).told = told;
    new PerformanceObserver((list) => told.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' });
    const look = () => {
      const map = document.querySelector('[data-testid=map][data-populated=true]');
      if (told.mapAt === 0 && Number(map?.getAttribute('data-stations')) > 0) told.mapAt = performance.now();
    };
    new MutationObserver(look).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-populated', 'data-stations'] });
    // How much the map hands to its workers: changes, or whole collections.
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (/** @type {any} */ message, /** @type {any} */ moved) {
      if (message?.type === 'LD' || message?.type === 'loadData') {
        told.posts += 1;
        told.posted += JSON.stringify(message.data).length;
      }
      return post.call(this, message, moved);
    };
  });
  return session;
}

/** @param {import('playwright-core').CDPSession} session @returns {Promise<(name: string) => number>} */
async function metrics(session) {
  const { metrics: list } = await session.send('Performance.getMetrics');
  const values = new Map(list.map(({ name, value }) => [name, value]));
  return (name) => values.get(name) ?? Number.NaN;
}

/** @param {Driver} driver */
const told = (driver) => driver.page.evaluate(() => /** @type {any} */ (globalThis).told);

/**
 * What the main thread does while nobody touches the map.
 * @param {Driver} driver @param {import('playwright-core').CDPSession} session
 */
async function live(driver, session) {
  await driver.page.evaluate(() => /** @type {any} */ (globalThis).told.tasks.splice(0));
  const [before, toldBefore] = [await metrics(session), await told(driver)];
  await driver.page.waitForTimeout(seconds * 1000);
  const [after, toldAfter] = [await metrics(session), await told(driver)];
  /** @param {string} name */
  const grown = (name) => after(name) - before(name);
  const elapsed = grown('Timestamp');
  return {
    msPerSecond: (grown('TaskDuration') / elapsed) * 1000,
    scriptMsPerSecond: (grown('ScriptDuration') / elapsed) * 1000,
    longest: Math.max(0, ...toldAfter.tasks),
    postedBytesPerSecond: (toldAfter.posted - toldBefore.posted) / elapsed,
    postsPerSecond: (toldAfter.posts - toldBefore.posts) / elapsed,
    stations: Number(await driver.page.getByTestId('map').getAttribute('data-stations')),
  };
}

/** Drag and turn the wheel, as a person does. @param {Driver} driver */
async function move(driver) {
  await driver.page.evaluate(() => /** @type {any} */ (globalThis).told.tasks.splice(0));
  const { mouse } = driver.page;
  const [x, y] = [400, 400];
  await mouse.move(x, y);
  for (const [dx, dy] of /** @type {[number, number][]} */ ([
    [180, 90],
    [-220, 60],
    [60, -160],
  ])) {
    await mouse.down();
    for (let step = 1; step <= 12; step += 1) {
      await mouse.move(x + (dx * step) / 12, y + (dy * step) / 12);
      await driver.page.waitForTimeout(25);
    }
    await mouse.up();
    await driver.page.waitForTimeout(500);
    await mouse.move(x, y);
  }
  for (const turn of [-120, -120, -240, 120, 240, 240, -240]) {
    await mouse.wheel(0, turn);
    await driver.page.waitForTimeout(700);
  }
  const { tasks } = await told(driver);
  return { longest: Math.max(0, ...tasks), tasks: tasks.filter((/** @type {number} */ each) => each > 100) };
}

/** @param {import('playwright-core').CDPSession} session */
async function heap(session) {
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.collectGarbage');
  return (await metrics(session))('JSHeapUsedSize');
}

/** @param {string} path */
async function scene(path) {
  const driver = await Driver.start(/** @type {string} */ (url), /** @type {string} */ (chromium));
  const session = await tapped(driver);
  await driver.open({ path });
  await driver.waitForLive();
  await driver.waitForStations({ count: 100 });
  // Until its stations are drawn, too.
  await driver.page.locator('[data-testid=map][data-populated=true]').waitFor();
  const { mapAt } = await told(driver);
  await driver.page.waitForTimeout(3000);
  const name = path === '/' ? 'far' : 'near';
  if (screens) await driver.screenshot({ path: `${screens}/${name}.png` });
  const found = { mapAt, live: await live(driver, session), moving: await move(driver) };
  return { driver, session, found, problems: driver.takeProblems() };
}

/** The scenes from afar and from near. */
async function scenes() {
  const far = await scene('/');
  await far.driver.close();
  const close = await scene(near);
  await close.driver.close();
  return { far: far.found, near: close.found, problems: [...far.problems, ...close.problems] };
}

/** What is in the heap near a town, by the seconds since its map was there. */
async function memory() {
  const driver = await Driver.start(/** @type {string} */ (url), /** @type {string} */ (chromium));
  const session = await tapped(driver);
  await driver.open({ path: near });
  await driver.waitForLive();
  await driver.waitForStations({ count: 100 });
  const begun = Date.now();
  const until = begun + Number(values.minutes) * 60_000;
  const heaps = [];
  do {
    await driver.page.waitForTimeout(Math.min(15_000, Math.max(1, until - Date.now())));
    heaps.push([(Date.now() - begun) / 1000, await heap(session)]);
  } while (Date.now() < until);
  const problems = driver.takeProblems();
  await driver.close();
  return { heaps, problems };
}

process.stdout.write(`${JSON.stringify(await (values.part === 'memory' ? memory() : scenes()))}\n`);
