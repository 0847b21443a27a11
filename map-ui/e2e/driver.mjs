/** What a person does at the map, in Chromium. The only file that knows Playwright. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// A machine without a graphics card draws in software; nothing else talks to the network.
const flags = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const patienceMs = 20_000;

/**
 * @typedef {{ width?: number, height?: number, theme?: 'dark' | 'light', timeZone?: string }} Screen
 * @typedef {{ id: string, station: string, severity: string, condition: string, acknowledged: boolean, text: string }} AlertRow
 */

export class Driver {
  /**
   * @param {string} url the address of the service
   * @param {import('playwright-core').Browser} browser
   * @param {import('playwright-core').Page} page
   */
  constructor(url, browser, page) {
    this.url = url;
    this.browser = browser;
    this.page = page;
    /** @type {string[]} what a console, an exception or the content security policy complained of */
    this.problems = [];
    page.setDefaultTimeout(patienceMs);
    page.on('console', (message) => {
      const isNoise = message.type() !== 'error' && message.type() !== 'warning';
      if (!isNoise) this.problems.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.problems.push(`exception: ${error.message}`));
  }

  /**
   * @param {string} url
   * @param {string} executable the Chromium program
   * @param {Screen} [screen]
   */
  static async start(url, executable, { width = 1366, height = 768, theme = 'dark', timeZone = 'UTC' } = {}) {
    const browser = await chromium.launch({ executablePath: executable, args: flags });
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, timezoneId: timeZone, locale: 'vi-VN' });
    const driver = new Driver(url, browser, await context.newPage());
    await driver.page.exposeFunction('reportViolation', (/** @type {string} */ text) => driver.problems.push(`policy: ${text}`));
    await driver.page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        /** @type {any} */ (window).reportViolation(`${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    return driver;
  }

  /** @param {{ path?: string }} [where] */
  async open({ path = '/' } = {}) {
    await this.page.goto(this.url + path);
  }

  /** Open the page as a browser does that has never been here. @param {{ path?: string, width?: number, height?: number }} [how] */
  async begin({ path = '/', width = 1366, height = 768 } = {}) {
    await this.page.setViewportSize({ width, height });
    await this.page.emulateMedia({ colorScheme: 'dark' });
    await this.page.goto('about:blank');
    const devtools = await this.page.context().newCDPSession(this.page);
    await devtools.send('Storage.clearDataForOrigin', { origin: this.url, storageTypes: 'local_storage' });
    await devtools.detach();
    this.problems.length = 0;
    await this.open({ path });
  }

  async reload() {
    await this.page.reload();
  }

  async close() {
    await this.browser.close();
  }

  /** Wait until the picture is live and drawn; returns how many stations it has. */
  async waitForLive() {
    await this.waitForConnection({ state: 'live' });
    const map = this.page.locator('[data-testid=map][data-ready=true]');
    await map.waitFor();
    return Number(await map.getAttribute('data-stations'));
  }

  /** @param {{ state: string }} wanted */
  async waitForConnection({ state }) {
    await this.page.locator(`[data-testid=connection][data-state=${state}]`).waitFor();
    return this.text({ testId: 'connection' });
  }

  /** @param {{ count: number }} wanted at least so many stations */
  async waitForStations({ count }) {
    await this.page.waitForFunction(
      (least) => Number(document.querySelector('[data-testid=map]')?.getAttribute('data-stations')) >= least,
      count,
    );
  }

  /** @returns {Promise<AlertRow[]>} */
  alertRows() {
    return this.page.locator('[data-testid=alert]').evaluateAll((rows) =>
      rows.map((row) => {
        const { alertId = '', station = '', severity = '', condition = '', acknowledged } = /** @type {HTMLElement} */ (row).dataset;
        return {
          id: alertId,
          station,
          severity,
          condition,
          acknowledged: acknowledged === 'true',
          text: /** @type {HTMLElement} */ (row).innerText,
        };
      }),
    );
  }

  /**
   * Wait for a row of the list; returns it.
   * @param {{ station: string, acknowledged?: boolean, condition?: string, severity?: string }} wanted
   */
  async waitForAlert({ station, ...wanted }) {
    const conditions = Object.entries({ station, ...wanted }).map(([name, value]) => `[data-${name}="${value}"]`);
    await this.page
      .locator(`[data-testid=alert]${conditions.join('')}`)
      .first()
      .waitFor();
    return (await this.alertRows()).find((row) => row.station === station);
  }

  /** @param {{ id: string }} alert */
  async acknowledge({ id }) {
    await this.page.locator(`[data-alert-id="${id}"] [data-testid=alert-acknowledge]`).click();
  }

  /** Click an alert; returns the card that opens. @param {{ id: string }} alert */
  async openAlert({ id }) {
    await this.page.locator(`[data-alert-id="${id}"] [data-row]`).click();
    return this.alertCard();
  }

  /** The open card of an alert, once its history is there. */
  async alertCard() {
    const card = this.page.getByTestId('alert-card');
    await card.getByTestId('alert-history').waitFor();
    return { alert: await card.getAttribute('data-alert'), station: await card.getAttribute('data-station'), text: await card.innerText() };
  }

  /** @param {{ testId: string, value: string }} what */
  async choose({ testId, value }) {
    await this.page.getByTestId(testId).selectOption(value);
  }

  /** Click something that lets the browser save a file; returns its name and text. @param {{ testId: string }} where */
  async save({ testId }) {
    const [file] = await Promise.all([this.page.waitForEvent('download'), this.page.getByTestId(testId).click()]);
    return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'latin1') };
  }

  /** How many rows of the list stand in the document, and how many it has. */
  listedLines() {
    return this.page.getByTestId('alert-list').evaluate((list) => ({
      drawn: list.querySelectorAll('li').length,
      all: Number(list.getAttribute('data-lines')),
    }));
  }

  /** Scroll the list of alerts by a share of its height, 0 to 1. @param {{ share: number }} how */
  async scrollAlerts({ share }) {
    await this.page.getByTestId('alert-list').evaluate((list, part) => list.scrollTo(0, list.scrollHeight * part), share);
  }

  /** Find a station in the table and open its card. @param {{ id: string, search: string }} station */
  async selectStation({ id, search }) {
    await this.page.getByTestId('view-table').click();
    await this.page.getByTestId('station-search').fill(search);
    await this.page.locator(`[data-testid=station-row][data-station="${id}"] button`).click();
    return this.card();
  }

  /** The text of the open card, once its chart has its values. */
  async card() {
    const card = this.page.getByTestId('station-card');
    await card.waitFor();
    return { station: await card.getAttribute('data-station'), text: await card.innerText() };
  }

  /** @param {{ least: number }} wanted at least so many points in the chart of the card, that of a station or that of an alert */
  async waitForChart({ least }) {
    await this.page.waitForFunction(
      (points) =>
        [...document.querySelectorAll('[data-testid=history], [data-testid=alert-chart]')].some(
          (chart) => Number(chart.getAttribute('data-points')) >= points,
        ),
      least,
    );
    return this.page.locator('.chart').getAttribute('aria-label');
  }

  /** @param {{ code: 'vi' | 'en' }} language */
  async switchLanguage({ code }) {
    await this.page.getByTestId(`language-${code}`).click();
  }

  /** Let the system prefer another theme. @param {{ theme: 'dark' | 'light' }} wish */
  async prefer({ theme }) {
    await this.page.emulateMedia({ colorScheme: theme });
    await this.page.locator(`html[data-theme=${theme}]`).waitFor();
  }

  async switchTheme() {
    await this.page.getByTestId('theme').click();
  }

  /** @param {{ testId: string }} where */
  async click({ testId }) {
    await this.page.getByTestId(testId).click();
  }

  /** Click into the middle of something. @param {{ testId: string }} where */
  async clickMiddle({ testId }) {
    const box = await this.page.getByTestId(testId).boundingBox();
    if (box === null) throw new Error(`${testId} is not in sight`);
    await this.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  }

  /** @param {{ testId: string, value: string }} what */
  async fill({ testId, value }) {
    await this.page.getByTestId(testId).fill(value);
  }

  /** Move a slider by so many steps and let it go. @param {{ testId: string, by: number }} what */
  async slide({ testId, by }) {
    await this.page.getByTestId(testId).focus();
    for (let step = 0; step < Math.abs(by); step += 1) await this.page.keyboard.press(by < 0 ? 'ArrowLeft' : 'ArrowRight');
  }

  /** @param {{ keys: string[] }} what */
  async press({ keys }) {
    for (const key of keys) {
      await this.page.keyboard.press(key);
      // Let the page answer, as a person would.
      await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null)))));
    }
  }

  /** What has the focus: its tag, its name, and the alert that it belongs to. */
  focused() {
    return this.page.evaluate(() => {
      const active = /** @type {HTMLElement} */ (document.activeElement);
      const row = /** @type {HTMLElement | null} */ (active.closest('[data-alert-id]'));
      return { tag: active.tagName.toLowerCase(), id: active.id, alert: row?.dataset.alertId ?? null, text: active.innerText };
    });
  }

  /** Wait until something has the focus. @param {{ testId: string }} where */
  async waitForFocus({ testId }) {
    await this.page.locator(`[data-testid=${testId}]:focus`).waitFor();
  }

  /** Wait until a comparison has drawn so many lines. @param {{ count: number }} wanted */
  async waitForLines({ count }) {
    await this.page.locator(`[data-testid=comparison-chart][data-lines="${count}"]`).waitFor();
  }

  /** @param {{ testId: string }} where */
  text({ testId }) {
    return this.page.getByTestId(testId).innerText();
  }

  /** Wait until a text is to be read somewhere. @param {{ testId: string, text: string }} what */
  async waitForText({ testId, text }) {
    await this.page.getByTestId(testId).filter({ hasText: text }).first().waitFor();
  }

  /** Wait until a page of figures is shown, and what it says is there. @param {{ page: string }} wanted */
  async waitForPage({ page }) {
    await this.page.locator(`[data-testid=page][data-page="${page}"] .page-body`).waitFor();
  }

  /** Follow the first link that is called so. @param {{ text: string }} link */
  async follow({ text }) {
    await this.page.getByRole('link', { name: text, exact: true }).first().click();
  }

  /** Wait until the address has a part. @param {{ part: string }} wanted */
  async waitForAddress({ part }) {
    await this.page.waitForURL((url) => url.href.includes(part));
  }

  /** Wait until a map is drawn. @param {{ testId: string }} where */
  async waitForDrawn({ testId }) {
    await this.page.locator(`[data-testid=${testId}][data-ready=true]`).waitFor();
  }

  /** Wait until something says of itself what is wanted. @param {{ testId: string, name: string, value: string }} wanted */
  async waitForData({ testId, name, value }) {
    await this.page.locator(`[data-testid=${testId}][data-${name}="${value}"]`).waitFor();
  }

  /** How many there are. @param {{ testId: string }} where */
  count({ testId }) {
    return this.page.getByTestId(testId).count();
  }

  /** @param {{ testId: string }} where */
  isVisible({ testId }) {
    return this.page.getByTestId(testId).isVisible();
  }

  /** Wait until the map of a page under /ogc is drawn; returns how many features it has. */
  async waitForPageMap() {
    const place = this.page.locator('.map[data-drawn]');
    await place.waitFor();
    return Number(await place.getAttribute('data-drawn'));
  }

  /** Let the page notify, take note of every notification that it makes and every tone that it begins, and load it anew. */
  async watchCalls() {
    await this.page.context().grantPermissions(['notifications'], { origin: this.url });
    await this.page.addInitScript(() => {
      const calls = { notifications: /** @type {object[]} */ ([]), tones: /** @type {number[]} */ ([]) };
      /** @type {any} */ (window).calls = calls;
      window.Notification = new Proxy(Notification, {
        construct(target, [title, options]) {
          calls.notifications.push({ title, body: options.body });
          return new target(title, options);
        },
      });
      const { start } = AudioScheduledSourceNode.prototype;
      AudioScheduledSourceNode.prototype.start = function (when) {
        if (this instanceof OscillatorNode && this.context instanceof AudioContext) calls.tones.push(this.frequency.value);
        start.call(this, when);
      };
    });
    await this.reload();
  }

  /** What the page has called for, once there are so many notifications. @param {{ notifications: number }} least */
  async calls({ notifications }) {
    await this.page.waitForFunction((least) => /** @type {any} */ (window).calls.notifications.length >= least, notifications);
    return this.page.evaluate(() => /** @type {any} */ (window).calls);
  }

  /** The page on paper, as a PDF file. @param {{ path: string }} where */
  async print({ path }) {
    await this.page.pdf({ path, format: 'A4', printBackground: true });
  }

  /** How much wider the page is than the screen, in pixels. */
  overflow() {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }

  title() {
    return this.page.title();
  }

  address() {
    return this.page.url();
  }

  /** @param {{ path: string }} where */
  async screenshot({ path }) {
    await this.page.screenshot({ path });
  }

  /** What was complained of since the last time it was asked for. */
  takeProblems() {
    return this.problems.splice(0);
  }

  /** What keeps people with a disability out, by the rules of WCAG 2.2 AA. @returns {Promise<string[]>} */
  async accessibilityViolations() {
    await this.page.evaluate(axeSource);
    return this.page.evaluate(async () => {
      const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
      const { violations } = await /** @type {any} */ (window).axe.run({ runOnly: { type: 'tag', values: tags } });
      return violations.map((/** @type {any} */ found) => {
        const places = found.nodes.slice(0, 3).map((/** @type {any} */ node) => node.target.join(' '));
        return `${found.impact} ${found.id}: ${found.help} (${places.join('; ')})`;
      });
    });
  }
}
