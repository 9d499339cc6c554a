// Opens a report in a headless browser, in both themes and on a phone, and prints as JSON what a reader and
// a checker of accessibility meet there. Usage: node report_page.mjs TOOLS PAGE PICTURES
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const [tools, file, pictures] = process.argv.slice(2);
const require = createRequire(join(tools, 'node', 'package.json'));
const { chromium } = require('playwright-core');
const axe = require('axe-core');

const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };
const views = {
  light: { colorScheme: 'light', viewport: desktop },
  dark: { colorScheme: 'dark', viewport: desktop },
  phone: { colorScheme: 'light', viewport: phone, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  'phone-dark': { colorScheme: 'dark', viewport: phone, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

// Without these the browser looks for its maker's services at every start.
const quiet = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

async function look(browser, name, options) {
  const address = pathToFileURL(file).href;
  const seen = { name, console: [], requests: [], dialogs: 0 };
  const context = await browser.newContext(options);
  await context.setOffline(true);
  const page = await context.newPage();
  page.on('console', (message) => seen.console.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => seen.console.push(`error: ${error}`));
  page.on('request', (request) => request.url() === address || seen.requests.push(request.url()));
  page.on('dialog', (dialog) => { seen.dialogs += 1; return dialog.dismiss(); });
  seen.loadMilliseconds = Infinity;
  for (let turn = 0; turn < 3; turn += 1) {
    await page.goto(address);
    const load = await page.evaluate(() => performance.getEntriesByType('navigation')[0].loadEventEnd);
    seen.loadMilliseconds = Math.min(seen.loadMilliseconds, load);
  }
  await page.screenshot({ path: join(pictures, `${name}.png`) });
  await page.evaluate(() => document.querySelector('figure')?.scrollIntoView());
  await page.screenshot({ path: join(pictures, `${name}-charts.png`) });
  Object.assign(seen, await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    viewport: document.documentElement.clientWidth,
    scripts: document.scripts.length + document.querySelectorAll('img, iframe, object, embed, link').length,
    charts: document.querySelectorAll('svg').length,
    background: getComputedStyle(document.body).backgroundColor,
    line: getComputedStyle(document.querySelector('.line.candidate') ?? document.body).stroke,
    // Letters as a reader sees them, not as the drawing counts them.
    smallestLabel: Math.min(...[...document.querySelectorAll('svg text')].slice(0, 50).map((text) => {
      const svg = text.ownerSVGElement;
      return parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    })),
  })));
  // What is folded away is checked as well.
  await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }));
  seen.violations = found.violations.map((one) => ({
    rule: one.id,
    impact: one.impact,
    places: one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)),
  }));
  seen.openWidth = await page.evaluate(() => document.documentElement.scrollWidth);
  await context.close();
  return seen;
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet });
const answer = [];
for (const [name, options] of Object.entries(views)) {
  answer.push(await look(browser, name, options));
}
await browser.close();
console.log(JSON.stringify(answer));
