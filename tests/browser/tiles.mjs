// Show a MapLibre style in Chromium and print what is drawn: node tests/browser/tiles.mjs PAGE CHROMIUM PICTURE
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('../../map-ui/package.json', import.meta.url));
const { chromium } = await import(pathToFileURL(require.resolve('playwright-core')).href.replace('index.js', 'index.mjs'));
const [page, executablePath, picture] = process.argv.slice(2);
const flags = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--no-sandbox'];
const browser = await chromium.launch({ executablePath, args: flags });
try {
  const window = await browser.newPage({ viewport: { width: 800, height: 600 } });
  const problems = [];
  window.on('pageerror', (error) => problems.push(String(error)));
  window.on('response', (response) => response.status() >= 400 && problems.push(`${response.status()} ${response.url()}`));
  await window.goto(page);
  const drawn = await window.evaluate(() => globalThis.drawn);
  await window.screenshot({ path: picture });
  console.log(JSON.stringify({ ...drawn, problems }));
} finally {
  await browser.close();
}
