import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpusOrSkip, filesBelow, isFullSize } from '../../support/corpus.ts';
import { findChromium } from '../../web/support/browser.ts';
import { EditorTab } from '../../web/support/editorTab.ts';
import { chooseParagraph, chooseShortcode, splitFile } from './chooseText.ts';
import { editorReportLines, runEditorConformance } from './runEditorConformance.ts';

const chromium = findChromium();
if (chromium === undefined) process.stderr.write('The editor is not tried with real courses: no Chromium was found (install it, or name one with CHROMIUM_BIN).\n');

describe.skipIf(chromium === undefined)('the editor changes only what an author changes', () => {
  let editor: EditorTab;
  beforeAll(async () => {
    editor = await EditorTab.start(chromium ?? '');
  });
  afterAll(() => editor.stop());

  it('in real courses', async (context) => {
    const corpus = corpusOrSkip(context);
    const files = filesBelow(join(corpus, 'courses')).filter(({ path }) => path.endsWith('.md'));
    const chosen = isFullSize ? files : files.filter((_, index) => index % 10 === 3);
    const report = await runEditorConformance(editor, chosen);
    expect(report.failures, editorReportLines(report).join('\n')).toEqual([]);
    expect(report.opened).toBe(chosen.length);
    expect(report.edited).toBe(chosen.length);
    expect(report.withBody).toBeGreaterThan(chosen.length / 10);
    expect(report.chips).toBeGreaterThan(5);
  });
});

describe('the check itself', () => {
  it('splits a file where its front matter ends', () => {
    expect(splitFile('---\ntitle: x\n---\nText\n---\nmore')).toEqual({ head: '---\ntitle: x\n---\n', body: 'Text\n---\nmore' });
    expect(splitFile('---\r\ntitle: x\r\n---\r\nText')).toEqual({ head: '---\r\ntitle: x\r\n---\r\n', body: 'Text' });
    expect(splitFile('no front matter')).toEqual({ head: '', body: 'no front matter' });
  });

  it('edits between two letters of a paragraph, and in no shortcode', () => {
    const text = '{{< quiz_choice isCorrect="false" >}}\n\nsome words';
    for (let seed = 0; seed < 60; seed += 1) {
      const { at, from, to } = chooseParagraph(text, seed);
      expect([text.slice(from, to).trim(), text.slice(at - 1, at + 1)]).toEqual(['some words', expect.stringMatching(/^[a-z]{2}$/)]);
    }
    expect(chooseParagraph('{{< br >}}', 3)).toEqual({ at: 10, from: 10, to: 10 });
  });

  it('takes a shortcode that is shown as a chip', () => {
    expect(chooseShortcode('[x]({{< baseurl "a" >}}) {{< br >}} {{< youtube "id" >}}', 7)?.name).toBe('youtube');
    expect(chooseShortcode('{{< br >}}', 7)).toBeUndefined();
  });

  it('says which file failed, and how', () => {
    const lines = editorReportLines({ files: 2, withBody: 2, opened: 2, edited: 2, chips: 0, failures: [{ path: 'a.md', what: 'edit', reason: 'x' }] });
    expect(lines).toEqual(['a.md: edit: x', '2 files, 2 with a text', 'opened and saved without an edit: 2 of 2 byte-equal', 'edited in one paragraph: 1 of 2 changed there only', 'one parameter of a shortcode: 0 of 0 changed there only']);
  });
});
