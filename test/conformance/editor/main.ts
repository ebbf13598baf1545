// `npm run -s conformance:editor -- --corpus <directory> [--projects <directory of starters>] [--only text|forms] [--json]`: opens every
// Markdown file of a directory in the real editor in Chromium, changes one paragraph by keyboard and one shortcode by its form, and says
// what else changed. Where the directory is one of repositories, each file's item is opened in its form too, and one field of it changed and
// saved. Its exit code is not zero when anything else changed.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { filesBelow } from '../../support/corpus.ts';
import { findChromium } from '../../web/support/browser.ts';
import { EditorTab } from '../../web/support/editorTab.ts';
import { inEmptyDatabase } from '../inEmptyDatabase.ts';
import { projectsFolder } from '../projectsFolder.ts';
import { repositoriesOf } from '../runConformance.ts';
import { type EditorReport, editorReportLines, runEditorConformance } from './runEditorConformance.ts';
import { type FormReport, formReportLines, runFormConformance } from './runFormConformance.ts';

// The SDK’s version is pinned while it runs on Node 20; its word on later ones would stand between the figures.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
const { values } = parseArgs({ options: { corpus: { type: 'string' }, projects: { type: 'string' }, only: { type: 'string' }, json: { type: 'boolean', default: false } } });
const corpus = values.corpus === undefined ? '' : resolve(values.corpus);
const chromium = findChromium() ?? '';
const parts = ['text', 'forms'];
const fault =
  values.corpus === undefined ? 'Say where the files are: --corpus <directory>.'
  : !existsSync(corpus) ? `There is no directory ${corpus}.`
  : values.only !== undefined && !parts.includes(values.only) ? `--only is one of ${parts.join(' and ')}.`
  : chromium === '' ? 'No Chromium was found: install it, or name one with CHROMIUM_BIN.'
  : undefined;
const files = fault === undefined ? filesBelow(corpus).filter(({ path }) => path.endsWith('.md')) : [];
const progress = (what: string) => (done: number, of = files.length): void => {
  if (!values.json && done % 100 === 0) process.stderr.write(`${what}: ${done} of ${of}\n`);
};

async function texts(): Promise<EditorReport> {
  const editor = await EditorTab.start(chromium);
  try {
    return await runEditorConformance(editor, files, { progress: progress('texts') });
  } finally {
    await editor.stop();
  }
}

/** Files that lie in no repository have no starter, and so no form. */
async function forms(): Promise<FormReport | undefined> {
  if (repositoriesOf(corpus).length === 0) return undefined;
  return inEmptyDatabase((database) => runFormConformance({ database, chromium, corpus, projects: projectsFolder(corpus, values.projects), progress: progress('forms') }));
}

if (fault !== undefined || files.length === 0) {
  process.stderr.write(`${fault ?? `There is no Markdown file below ${corpus}.`}\n`);
  process.exitCode = 1;
} else {
  const text = values.only === 'forms' ? undefined : await texts();
  const form = values.only === 'text' ? undefined : await forms();
  const isKept = (text?.failures.length ?? 0) + (form?.failures.length ?? 0) === 0;
  const lines = [...(text === undefined ? [] : editorReportLines(text)), ...(form === undefined ? [] : formReportLines(form)), isKept ? 'Every promise is kept.' : 'A promise is broken: see the lines above.'];
  process.stdout.write(values.json ? `${JSON.stringify({ ...text, ...(form === undefined ? {} : { forms: form }) }, null, 2)}\n` : `${lines.join('\n')}\n`);
  if (!isKept) process.exitCode = 1;
}
