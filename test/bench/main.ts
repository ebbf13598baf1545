// `npm run bench`: how far the product is from a peer or a physical limit, side by side in one run on one machine.
// The figures are ratios, because machines differ and are noisy; docs/benchmarks.md keeps dated results.
import { join } from 'node:path';
import { ROOT, setup } from '#local/setup.mjs';
import { corpusFolder } from '#test/support/corpus.ts';
import { importSample } from '#test/support/sampleCourse.ts';
import { startStudio } from '#test/support/studio.ts';
import { benchBuildStore } from './buildStore.ts';
import { benchItems } from './items.ts';
import { benchPublish } from './publish.ts';
import { printTable, type Row } from './table.ts';

const tools = await setup({ log: (line: string) => void process.stderr.write(`${line}\n`) });
process.env['HUGO_BIN'] = tools.hugoBin;
const studio = await startStudio();
const rows: Row[] = [];
try {
  await studio.cliJson('starters', 'sync', '--wait');
  await studio.cliJson('import', join(ROOT, 'local', 'sample', 'content', 'ocw-www'), '--starter', 'ocw-www', '--name', 'ocw-www');
  const corpus = corpusFolder();
  if (corpus === null) process.stderr.write('There are no real courses here (OCW_CORPUS): the sample course is measured, whose figures say little.\n');
  const site =
    corpus === null
      ? (await importSample(studio, 'bench-course')).name
      : (await studio.cliJson<{ site: string }>('import', join(corpus, 'courses', '6.042j-spring-2015'), '--starter', 'ocw-course-v2', '--instructors', join(corpus, 'instructors'))).site;
  for (const version of ['live', 'draft'] as const) await studio.untilRun((await studio.publish('ocw-www', version)).id);
  const published = await benchPublish(studio, site);
  rows.push(...published.rows, ...(await benchBuildStore(studio, published.files)), ...(await benchItems(studio, 'ocw-course-v2')));
} finally {
  await studio.stop();
}
printTable(rows);
