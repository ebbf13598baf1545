// `npm run -s conformance -- --corpus <directory of repositories> [--projects <directory of starters>] [--json]`:
// imports every repository into an empty database, writes it back, edits one field of each item, writes again, and says
// what differs. Its exit code is not zero when a promise is broken.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inEmptyDatabase } from './inEmptyDatabase.ts';
import { projectsFolder } from './projectsFolder.ts';
import { reportLines, reportSummary } from './report.ts';
import { isKept, runConformance } from './runConformance.ts';

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
