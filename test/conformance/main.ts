// `npm run -s conformance -- --corpus <directory of repositories> [--projects <directory of starters>] [--json]`:
// imports every repository into an empty database, writes it back, edits one field of each item, writes again, and says
// what differs. Its exit code is not zero when a promise is broken.
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createDb } from '#db/knex.ts';
import { ROOT } from '#local/setup.mjs';
import { removeHome } from '#local/stack/postgres.mjs';
import { startStack } from '#local/stack/startStack.mjs';
import { onlyParts } from '#test/support/onlyParts.ts';
import { reportLines, reportSummary } from './report.ts';
import { isKept, type RepositoryReport, runConformance } from './runConformance.ts';

function projectsFolder(corpus: string, given: string | undefined): string {
  if (given !== undefined) return resolve(given);
  const named = process.env['OCW_CORPUS'] ?? '';
  const folders = [join(corpus, '..', 'ocw-hugo-projects'), ...(named === '' ? [] : [join(resolve(named), 'ocw-hugo-projects')]), join(ROOT, 'local', 'sample', 'projects')];
  return folders.find((folder) => existsSync(folder)) ?? '';
}

async function inEmptyDatabase(work: (database: Parameters<typeof runConformance>[0]['database']) => Promise<RepositoryReport[]>): Promise<RepositoryReport[]> {
  const home = mkdtempSync(join(tmpdir(), 'ocw-conformance-'));
  const env = { ...process.env };
  for (const name of ['DATABASE_URL', 'STUDIO_HOME']) delete env[name];
  const stack = await startStack({ home, env, tools: { hugoBin: '', temporalCli: '', temporalTestServer: '', versitygwBin: '' }, parts: onlyParts('postgres'), ephemeralPorts: true });
  const db = createDb(stack.stack.databaseUrl, { poolMax: 10, applicationName: 'conformance' });
  try {
    return await work({ url: stack.stack.databaseUrl, db, clear: async () => undefined });
  } finally {
    await db.destroy();
    await stack.stop();
    removeHome(home);
  }
}

// The SDK’s version is pinned while it runs on Node 20; its word on later ones would stand between the figures.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
const { values } = parseArgs({ options: { corpus: { type: 'string' }, projects: { type: 'string' }, json: { type: 'boolean', default: false } } });
if (values.corpus === undefined || !existsSync(values.corpus)) {
  process.stderr.write(`${values.corpus === undefined ? 'Name a folder of repositories' : `There is no folder ${values.corpus}`}: npm run -s conformance -- --corpus <directory> [--projects <directory of starters>] [--json]\n`);
  process.exitCode = 2;
} else {
  const corpus = resolve(values.corpus);
  const projects = projectsFolder(corpus, values.projects);
  const reports = await inEmptyDatabase((database) => runConformance({ database, corpus, projects }));
  process.stdout.write(values.json ? `${JSON.stringify(reportSummary(reports), null, 2)}\n` : `${reportLines(reports).join('\n')}\n`);
  process.exitCode = isKept(reports) ? 0 : 1;
}
