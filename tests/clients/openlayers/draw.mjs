// Show a page in Chromium and print what it has drawn: node tests/clients/openlayers/draw.mjs PAGE CHROMIUM
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../../../map-ui/package.json", import.meta.url));
const { chromium } = await import(pathToFileURL(require.resolve("playwright-core")).href.replace("index.js", "index.mjs"));
const [page, executablePath] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const window = await browser.newPage({ viewport: { width: 800, height: 600 } });
  const problems = [];
  window.on("pageerror", (error) => problems.push(String(error)));
  window.on("console", (said) => said.type() === "error" && problems.push(said.text()));
  await window.goto(page);
  const drawn = await window.evaluate(() => globalThis.drawn);
  console.log(JSON.stringify({ ...drawn, problems }));
} finally {
  await browser.close();
}
