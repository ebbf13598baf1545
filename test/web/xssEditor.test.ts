import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runsSomething } from '#domain/markdown/runsSomething.ts';
import { xssCorpus } from '../support/xssCorpus.ts';
import { findChromium } from './support/browser.ts';
import { EditorTab } from './support/editorTab.ts';
import { detectXss, strangeElements, type XssDetector } from './support/xssDetector.ts';

const chromium = findChromium();
const UUID = '00000000-0000-4000-8000-00000000a001';

/** Vectors in small groups, so that a fault names few. */
const groups = Array.from({ length: Math.ceil(xssCorpus.length / 12) }, (_, index) => xssCorpus.slice(index * 12, index * 12 + 12));
/** Classes that are HTML by themselves, or an address in it. */
const pasted: ReadonlySet<string> = new Set(['script', 'namespace', 'address', 'mutation', 'frame', 'style', 'clipboard']);
/** A vector where a parameter of a shortcode stands. */
const inQuotes = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', ' ')}"`;

describe.skipIf(chromium === undefined)('what an author wrote runs nowhere in the editor', { timeout: 300_000 }, () => {
  let editor: EditorTab;
  let detector: XssDetector;
  const found: string[] = [];

  beforeAll(async () => {
    // The policy is the second line: here it is off, so that whatever would run does.
    editor = await EditorTab.start(chromium ?? '', { bypassCSP: true });
    detector = await detectXss(editor.tab.context());
    await editor.tab.reload();
  });
  afterAll(() => editor.stop());
  afterEach(() => {
    expect(found.splice(0)).toEqual([]);
    expect(editor.complaints.splice(0)).toEqual([]);
  });

  async function note(where: string): Promise<void> {
    // What is drawn comes a frame later.
    await editor.tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    const strange = await strangeElements(editor.tab);
    found.push(...strange.map((line) => `${where}: ${line}`), ...[...detector.fired].map((id) => `${where}: vector ${id} ran: ${xssCorpus.find((vector) => vector.id === id)?.text ?? ''}`));
    detector.fired.clear();
  }

  /** Texts that hold a vector everywhere something is drawn of it. */
  const places: Readonly<Record<string, (text: string) => string>> = {
    'as it is': (text) => text,
    'the address of a link': (text) => `see [link](${text}) and [link](<${text}> "${text}")`,
    'a picture': (text) => `![${text}](${text})`,
    'a heading and a list': (text) => `## ${text}\n\n- ${text}\n  1. ${text}\n\n> ${text}`,
    'a table': (text) => `| a | b |\n|---|---|\n| ${text.replaceAll('|', '\\|').replaceAll('\n', ' ')} | {{< br >}} |`,
    'a table of shortcodes': (text) => `{{< tableopen >}}\n{{< tropen >}}\n{{< tdopen >}}\n${text}\n{{< tdclose >}}\n{{< trclose >}}\n{{< tableclose >}}`,
    'a parameter of a shortcode': (text) => `{{< youtube ${inQuotes(text)} >}}`,
    'a parameter with a name': (text) => `{{< resource uuid=${inQuotes(UUID)} href=${inQuotes(text)} >}}`,
    'the text of a link to content': (text) => `{{% resource_link "${UUID}" ${inQuotes(text)} ${inQuotes(text)} %}}`,
    'what a link to content names': (text) => `{{% resource_link ${inQuotes(text)} "text" %}}`,
    'between shortcodes': (text) => `{{< quiz_choice isCorrect="true" >}}${text}{{< /quiz_choice >}}`,
    'a formula': (text) => `\\\\(${text.replaceAll('\n', ' ')}\\\\)`,
    'a formula on its own': (text) => `\\\\[${text.replaceAll('\n', ' ')}\\\\]`,
    'code': (text) => `\`${text}\`\n\n\`\`\`html\n${text}\n\`\`\``,
  };

  test.each(Object.keys(places))('%s', async (place) => {
    const write = places[place] ?? ((text) => text);
    for (const group of groups) {
      const text = group.map(({ text: vector }) => write(vector)).join('\n\n');
      await editor.knows({ [UUID]: { title: group.map(({ text: vector }) => vector).join(' '), type: group[0]?.text ?? '', isMissing: false } });
      await editor.open(`${text}\n\nend`);
      // At the end nothing is unfolded; from the beginning, where the cursor is.
      await note(`${place}, vectors ${group[0]?.id ?? ''} to ${group.at(-1)?.id ?? ''}`);
      await editor.select(0);
      await note(`${place} with the cursor in it, vectors ${group[0]?.id ?? ''} to ${group.at(-1)?.id ?? ''}`);
      expect(await editor.documentText()).toBe(`${text}\n\nend`);
    }
  });

  test('nor in the form of a shortcode and of a formula', async () => {
    for (const { id, text } of xssCorpus.filter((_, index) => index % 4 === 0)) {
      const flat = text.replaceAll('\n', ' ').replaceAll('|', '').replaceAll('\r', ' ');
      for (const [what, source] of Object.entries({ shortcode: `{{< youtube ${inQuotes(flat)} ${inQuotes(flat)} >}}`, formula: `\\\\(${flat.replaceAll('\\\\)', '')}\\\\)` })) {
        await editor.open(source);
        await editor.select(what === 'formula' ? 3 : 0);
        await editor.tab.keyboard.press(what === 'formula' ? 'Control+Alt+f' : 'Alt+Enter');
        await editor.tab.locator('.head section').waitFor();
        await note(`the form of a ${what}, vector ${id}`);
      }
    }
  });

  test('nor in what is pasted, which becomes text without what ran in it', async () => {
    const kept: string[] = [];
    for (const { id, text } of xssCorpus.filter(({ kind }) => pasted.has(kind))) {
      await editor.open('');
      await editor.select(0);
      await editor.tab.locator('.cm-content').evaluate((element, html) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/html', html);
        clipboardData.setData('text/plain', 'plain');
        element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      }, `<p>before</p>${text}<p>after <a href="${text.replaceAll('"', '&quot;')}">link</a></p>`);
      await expect.poll(() => editor.saved()).not.toBe('');
      await note(`pasted vector ${id}`);
      const saved = await editor.saved();
      for (const [, address = ''] of saved.matchAll(/(?<!\\)\]\(\s*<?([^)\s>]*)/g)) if (runsSomething(address)) kept.push(`${id}: ${saved}`);
    }
    expect(kept).toEqual([]);
  });
});
