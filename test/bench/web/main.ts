// `npm run bench:web`: what the studio loads and how it feels in Chromium, served built behind the fixture API of its tests.
// docs/benchmarks.md keeps dated results. Ends with 1 where a goal does not hold or something could not be measured.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { corpusFolder, filesBelow } from '../../support/corpus.ts';
import { buildWebApp, findChromium, launch } from '../../web/support/browser.ts';
import { FixtureApi } from '../../web/support/fixtureApi.ts';
import { createWorld } from '../../web/support/world.ts';
import { measureWeb } from './measureWeb.ts';
import { type WebMeasureName, webMeasureNames } from './webGoals.ts';
import { webTableOf, type WebVerdict, webVerdictOf } from './webVerdict.ts';

const USE = 'Use: npm run -s bench:web -- [--only <name>[,<name>…]] [--json <file>]';

/** The longest page of the real courses, or one made up. */
function longPage(): { readonly markdown: string; readonly about: string } {
  const corpus = corpusFolder();
  const made = Array.from({ length: 400 }, (_, index) => `## Part ${index}\n\nSome *words* with [a link](https://example.edu/${index}) and \`code\`, **again** and again.\n`).join('\n');
  if (corpus === null) return { markdown: made, about: 'a page made up' };
  const pages = filesBelow(join(corpus, 'courses')).filter(({ path }) => path.endsWith('.md'));
  const longest = pages.reduce((most, page) => (page.bytes.length > most.bytes.length ? page : most), { path: '', bytes: Buffer.alloc(0) });
  const markdown = longest.bytes.toString('utf8').replace(/^---\n[\s\S]*?\n---\n/, '');
  return { markdown, about: `the longest page of the real courses, ${Math.round(markdown.length / 1_000)} thousand characters` };
}

async function main(wanted: ReadonlySet<WebMeasureName>, json: string | undefined, chromium: string): Promise<void> {
  const before = loadavg()[0] ?? 0;
  const built = buildWebApp();
  mkdirSync(join(built.folder, 'assets'), { recursive: true });
  writeFileSync(join(built.folder, 'assets', 'empty.html'), '<!doctype html><title>Empty</title><p>Nothing</p>');
  const api = new FixtureApi(createWorld());
  await api.start(built.folder);
  const browser = await launch(chromium);
  const page = longPage();
  const verdicts: WebVerdict[] = [];
  const failed: string[] = [];
  try {
    for (const one of measureWeb({ browser, api, page, wanted })) {
      process.stderr.write(`Measuring ${one.names.join(', ')} …\n`);
      try {
        verdicts.push(...(await one.measure()).filter(({ name }) => wanted.has(name)).map(webVerdictOf));
      } catch (error) {
        failed.push(one.names.join(', '));
        process.stderr.write(`Could not be measured: ${one.names.join(', ')}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      }
    }
  } finally {
    await browser.close();
    await api.stop();
    built.remove();
  }
  if (api.faults.length > 0) {
    failed.push('the API of the tests');
    process.stderr.write(`The API of the tests met what it does not know: ${api.faults.join('; ')}\n`);
  }
  const missed = verdicts.filter(({ holds }) => holds === false).map(({ name }) => name);
  const at = { date: new Date().toISOString().slice(0, 10), node: process.versions.node, platform: `${process.platform} ${process.arch}`, cores: cpus().length, load: { before, after: loadavg()[0] ?? 0 } };
  process.stdout.write(`\n${at.date}, Node ${at.node}, ${at.platform}, ${at.cores} cores, Chromium ${browser.version()}, load ${before.toFixed(1)} before and ${at.load.after.toFixed(1)} after\n\n${webTableOf(verdicts)}`);
  process.stdout.write(`\n${failed.length > 0 ? `Not measured: ${failed.join('; ')}. ` : ''}${missed.length === 0 ? 'Every goal that was measured holds.' : `Does not hold: ${missed.join(', ')}.`}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ ...at, measures: verdicts, notMeasured: failed }, null, 2)}\n`);
  if (missed.length > 0 || failed.length > 0) process.exitCode = 1;
}

function refuse(words: string): void {
  process.stderr.write(`${words}\n`);
  process.exitCode = 1;
}

let values: { only?: string[]; json?: string } | undefined;
try {
  ({ values } = parseArgs({ options: { only: { type: 'string', multiple: true }, json: { type: 'string' } } }));
} catch (error) {
  refuse(`${error instanceof Error ? error.message : String(error)}\n${USE}`);
}
if (values !== undefined) {
  const asked = values.only?.flatMap((names) => names.split(',')).map((name) => name.trim());
  const unknown = asked?.filter((name) => !webMeasureNames.some((known) => known === name)) ?? [];
  const chromium = findChromium();
  if (unknown.length > 0) refuse(`Nothing is measured under the name ${unknown.map((name) => `‘${name}’`).join(', ')}. The names are ${webMeasureNames.join(', ')}.`);
  else if (values.json === '') refuse('--json needs the name of a file.');
  else if (chromium === undefined) refuse('No Chromium was found: install it, or name one with CHROMIUM_BIN.');
  else await main(new Set(webMeasureNames.filter((name) => asked?.includes(name) ?? true)), values.json, chromium);
}
