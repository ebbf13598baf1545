// `npm run -s conformance:editor -- --corpus <directory> [--json]`: opens every Markdown file of a directory in the real
// editor in Chromium, changes one paragraph by keyboard and one shortcode by its form, and says what else changed. Its exit
// code is not zero when anything did.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { filesBelow } from '../../support/corpus.ts';
import { findChromium } from '../../web/support/browser.ts';
import { EditorTab } from '../../web/support/editorTab.ts';
import { editorReportLines, runEditorConformance } from './runEditorConformance.ts';

const { values } = parseArgs({ options: { corpus: { type: 'string' }, json: { type: 'boolean', default: false } } });
const corpus = values.corpus === undefined ? '' : resolve(values.corpus);
const chromium = findChromium();
const fault = values.corpus === undefined ? 'Say where the files are: --corpus <directory>.' : !existsSync(corpus) ? `There is no directory ${corpus}.` : chromium === undefined ? 'No Chromium was found: install it, or name one with CHROMIUM_BIN.' : undefined;
const files = fault === undefined ? filesBelow(corpus).filter(({ path }) => path.endsWith('.md')) : [];

if (fault !== undefined || files.length === 0) {
  process.stderr.write(`${fault ?? `There is no Markdown file below ${corpus}.`}\n`);
  process.exitCode = 1;
} else {
  const editor = await EditorTab.start(chromium ?? '');
  try {
    const report = await runEditorConformance(editor, files, {
      progress: (done) => {
        if (!values.json && done % 100 === 0) process.stderr.write(`${done} of ${files.length}\n`);
      },
    });
    process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : `${editorReportLines(report).join('\n')}\n`);
    if (report.failures.length > 0) process.exitCode = 1;
  } finally {
    await editor.stop();
  }
}
