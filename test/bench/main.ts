// `npm run bench`: how far the product is from a peer or a physical limit, side by side in one run on one machine.
// The figures are ratios, because machines differ and are noisy; docs/benchmarks.md keeps dated results. Ends with 0 also
// where a goal does not hold, which the table says, and with 1 where something could not be measured.
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT, setup } from '#local/setup.mjs';
import { createLearn } from '#local/standins/learn/createLearn.mjs';
import { SetupError } from '#local/tools/SetupError.mjs';
import { corpusFolder, noCorpus } from '#test/support/corpus.ts';
import { startStudio } from '#test/support/studio.ts';
import { ArgumentsError, type BenchArguments, readArguments } from './arguments.ts';
import type { Bench } from './bench.ts';
import { buildStoreBench } from './buildStore.ts';
import { driveBench } from './drive.ts';
import { createShell } from './shell.ts';
import { ensurePeers } from './ensurePeers.ts';
import { writeGeneratedTree } from './generatedTree.ts';
import { goals, TREE } from './goals.ts';
import { itemsBench } from './items.ts';
import { linksBench } from './links.ts';
import { massBench } from './mass.ts';
import { type Measured, type Verdict, verdictOf } from './measured.ts';
import { publishBench } from './publish.ts';
import { tableOf } from './table.ts';
import { previewBench } from './preview.ts';
import { treeBench } from './tree.ts';

const benches: readonly Bench[] = [publishBench, treeBench, massBench, buildStoreBench, itemsBench, linksBench, driveBench, previewBench];
const CATALOGUE_KEY = 'bench';
const log = (line: string): void => void process.stderr.write(`${line}\n`);

async function main({ only, json }: BenchArguments): Promise<void> {
  const wanted = new Set(only);
  const before = load();
  const tools = await setup({ log });
  const peers = await ensurePeers(process.env, log);
  process.env['HUGO_BIN'] = tools.hugoBin;
  const corpus = corpusFolder();
  const ownThemes = process.env['OCW_HUGO_THEMES_GIT_URL'] ?? '';
  const about = [
    corpus === null ? `The sample course: ${noCorpus}. Its figures say little.` : 'Courses of the corpus.',
    ownThemes === '' ? `The sample theme, and a generated tree of ${TREE.files.toLocaleString('en-US')} files and ${TREE.bytes / 1_000_000} MB.` : 'The themes of OCW_HUGO_THEMES_GIT_URL, and a generated tree.',
    `Peers: ${peers.versions.join(', ')}.`,
  ];
  for (const line of about) log(line);
  const verdicts: Verdict[] = [];
  // A catalogue is told of each publish, and reads the course on machines of its own: here it would take a share of two cores that no peer gives.
  const catalogue = createLearn({ webhookKey: CATALOGUE_KEY });
  const studio = await startStudio({ parts: { learn: false, drive: true }, env: { DRIVE_WATCH_INTERVAL: '0', OPEN_CATALOG_URLS: `${await catalogue.listen()}/api/v1/ocw_next_webhook/`, OPEN_CATALOG_WEBHOOK_KEY: CATALOGUE_KEY } });
  const shell = createShell(studio, peers);
  try {
    await shell.linkHugo(tools.hugoBin);
    const tree = join(shell.home, 'tree');
    writeGeneratedTree(tree, TREE);
    await studio.cliJson('starters', 'sync', '--wait');
    // Both sides build with the manifest of the same assets.
    await studio.cliJson('themes', 'build', '--wait');
    await shell.takeWebpackManifest(process.env['OCW_HUGO_THEMES_BRANCH'] || 'main');
    await studio.cliJson('import', join(ROOT, 'local', 'sample', 'content', 'ocw-www'), '--starter', 'ocw-www', '--name', 'ocw-www');
    for (const version of ['live', 'draft'] as const) await studio.untilRun((await studio.publish('ocw-www', version)).id);
    for (const bench of benches) {
      const measures = bench.measures.filter((name) => wanted.has(name));
      if (measures.length === 0) continue;
      log(`\nMeasuring ${measures.map((name) => `${name} (${goals[name].what})`).join(', ')} …`);
      try {
        const measured = await bench.run({ studio, shell, corpus, tree, log }, wanted);
        for (const one of measured.filter(({ name }) => wanted.has(name))) verdicts.push(...judged(one));
        for (const name of measures) if (!measured.some((one) => one.name === name)) notMeasured(name, 'there is nothing to measure it by on this machine');
      } catch (error) {
        notMeasured(measures.join(', '), error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
    }
  } finally {
    await studio.stop();
    await catalogue.close();
    shell.close();
  }
  const circumstances = { date: new Date().toISOString().slice(0, 10), node: process.versions.node, platform: `${process.platform} ${process.arch}`, cores: cpus().length, load: { before, after: load() }, about };
  process.stdout.write(`\n${tableOf(circumstances, verdicts)}`);
  const missed = verdicts.filter((verdict) => verdict.holds === false);
  process.stdout.write(`\n${missed.length === 0 ? 'Every goal that was measured holds.' : `Does not hold: ${missed.map(({ name }) => name).join(', ')}.`}\n`);
  if (json !== null) writeFileSync(json, `${JSON.stringify({ ...circumstances, measures: verdicts }, null, 2)}\n`);
}

/** The verdict, or none where the rounds say nothing. */
function judged(measured: Measured): Verdict[] {
  try {
    return [verdictOf(measured)];
  } catch (error) {
    notMeasured(measured.name, error instanceof Error ? error.message : String(error));
    return [];
  }
}

function notMeasured(what: string, why: string): void {
  log(`Could not be measured: ${what}: ${why}`);
  process.exitCode = 1;
}

/** The load of the last minute. */
function load(): number {
  return loadavg()[0] ?? 0;
}

try {
  await main(readArguments(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof ArgumentsError || error instanceof SetupError)) throw error;
  log(error.message);
  process.exitCode = 1;
}
