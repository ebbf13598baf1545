import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { editorReportLines, runEditorConformance } from '../conformance/editor/runEditorConformance.ts';
import { findChromium } from './support/browser.ts';
import { EditorTab, fullRules } from './support/editorTab.ts';
import { nastyTexts } from './support/nastyTexts.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const chromium = findChromium();
if (chromium === undefined) process.stderr.write('The editor is not tried: no Chromium was found (install it, or name one with CHROMIUM_BIN).\n');

describe.skipIf(chromium === undefined)('the Markdown editor in a browser', { timeout: 120_000 }, () => {
  let editor: EditorTab;
  beforeAll(async () => {
    editor = await EditorTab.start(chromium ?? '');
    await editor.knows({
      known: { title: 'Problem set 1', type: 'Document', isMissing: false },
      deleted: { title: 'Old', type: 'page', isMissing: true },
      film: { title: 'Lecture 1', type: 'Video', isMissing: false },
    });
  }, 120_000);
  afterAll(() => editor.stop());
  afterEach(() => expect(editor.complaints.splice(0)).toEqual([]));

  const press = (keys: string): Promise<void> => editor.tab.keyboard.press(keys);
  const content = () => editor.tab.locator('.cm-content');
  const form = () => editor.tab.locator('.head section');
  /** Opens a text in which `‹…›` is the selection, or `‸` the cursor. */
  async function open(marked: string, rules = fullRules): Promise<void> {
    const from = marked.search(/[‹‸]/);
    const text = marked.replace(/[‹›‸]/g, '');
    await editor.open(text, rules);
    const to = marked.indexOf('›');
    await editor.select(from === -1 ? text.length : from, to === -1 ? (from === -1 ? text.length : from) : to - 1);
  }
  async function after(keys: string, marked: string, rules = fullRules): Promise<string> {
    await open(marked, rules);
    await press(keys);
    return editor.saved();
  }

  test('changes nothing of nasty texts that nobody touched, and with an edit only what was edited', async () => {
    const files = Object.entries(nastyTexts).map(([path, text]) => ({ path, bytes: Buffer.from(text, 'utf8') }));
    const report = await runEditorConformance(editor, files);
    expect(report, editorReportLines(report).join('\n')).toMatchObject({ files: files.length, opened: files.length, edited: files.length, failures: [] });
    expect(report.chips).toBeGreaterThan(8);
  });

  describe('the vectors of the existing editor', () => {
    test.each([
      ['1', '{{< resource 1234 >}}'],
      ['1', '{{< resource uuid="1234" href="https://x.org" href_uuid="5678" >}}'],
      ['2', '{{% resource_link u1 "a" %}} {{% resource_link "u1" "say \\"hi\\"" "#frag" %}} {{% resource_link "u1" "{{< sup 2 >}}" %}}'],
      ['3', '{{% resource_link "a" "x" %}} and {{% resource_link "b" "y" %}} <sup>{{% resource_link "c" "z" %}}</sup> {{% resource_link "d" "x<sup>2</sup>" %}}'],
      ['4', '{{< quiz_choice isCorrect="false" >}}x{{< /quiz_choice >}} {{< x foo=123 >}} {{</ image-gallery >}} {{< quiz_solution />}} {{< image-gallery-item text="H{{< sub 2 >}}0" >}}'],
      ['5', '- a\n    - b\n-'],
      ['6', nastyTexts['a table of shortcodes'] ?? ''],
      ['7', '\\\\(E=mc^2\\\\) start, \\\\(1 < 3\\\\) and \\\\(50\\\\%\\\\) end \\\\(a\\_b\\*c\\\\)'],
      ['8', '\u200b<sup>1</sup> **x**'],
      ['9', '[t](http://h/a_%28b%29/c) (text) [u](http://h/a_(b)/c)'],
      ['10', '| {{< td-colspan 4 >}}**A**{{< /td-colspan >}} |\n|---|\n\nTitle\n=====\n\n*   three spaces\n\n<{{< br >}}\n\n- ![a](b.png)\n\n![alt]({{< resource_file u >}})'],
    ])('%s is left as it is, with the cursor through all of it', async (_, text) => {
      await editor.open(text);
      await editor.select(0);
      for (let step = 0; step < 40; step += 1) await press(step % 3 === 0 ? 'ArrowDown' : 'ArrowRight');
      expect([await editor.saved(), await editor.documentText()]).toEqual([text, text]);
    });

    test('2: the text of a link is changed in its form, quotes escaped, its place kept', async () => {
      await open('See ‸{{% resource_link known "a" "#frag" %}}.');
      await press('Alt+Enter');
      await form().getByText('Problem set 1').waitFor();
      expect(await form().getByLabel('Text').inputValue()).toBe('a');
      await form().getByLabel('Text').fill('say "hi"');
      await press('Enter');
      expect(await editor.saved()).toBe('See {{% resource_link known "say \\"hi\\"" "#frag" %}}.');
    });

    test('7: the escapes of a formula are undone for its form and put back', async () => {
      await open('x ‸\\\\(a\\_b\\*c\\\\) y');
      await press('Alt+Enter');
      expect(await form().getByLabel('TeX').inputValue()).toBe('a_b*c');
      await form().getByLabel('TeX').fill('a_b*c\\%');
      await form().getByRole('button', { name: 'Change it' }).click();
      expect(await editor.saved()).toBe('x \\\\(a\\_b\\*c\\\\%\\\\) y');
    });

    test('9: parentheses of an address stand encoded in the file and plain in the form', async () => {
      await open('[t‸](http://h/a_%28b%29/c) (text)');
      await press('Alt+Enter');
      expect(await form().getByLabel('Address').inputValue()).toBe('http://h/a_(b)/c');
      await form().getByLabel('Address').fill('http://h/(x)');
      await press('Enter');
      expect(await editor.saved()).toBe('[t](http://h/%28x%29) (text)');
    });
  });

  describe('commands change what they name and nothing else', () => {
    test.each([
      ['Control+b', 'a ‹word› b', 'a **word** b'],
      ['Control+b', 'a **wo‸rd** b', 'a word b'],
      ['Control+b', '- ‹ one\n- two ›\n', '-  **one**\n- **two** \n'],
      ['Control+i', 'a ‹word› b', 'a *word* b'],
      ['Control+i', 'a _wo‸rd_ b', 'a word b'],
      ['Control+e', '‹x›', '`x`'],
      ['Control+,', 'H‹2›O', 'H<sub>2</sub>O'],
      ['Control+.', 'x<sup>‹2›</sup>', 'x2'],
      ['Control+Alt+2', 'Title‸\n\n*  odd', '## Title\n\n*  odd'],
      ['Control+Alt+3', '## Ti‸tle', '### Title'],
      ['Control+Alt+2', '## Ti‸tle', 'Title'],
      ['Control+Alt+3', 'Ti‸tle\n====\n\nx', '### Title\n\nx'],
      ['Control+Alt+0', '#### Ti‸tle', 'Title'],
      ['Control+Shift+8', '‹a\n\nb›', '- a\n\n- b'],
      ['Control+Shift+8', '*   a‸', 'a'],
      ['Control+Shift+7', '‹a\n- b›', '1. a\n2. b'],
      ['Control+]', '- a\n- b‸', '- a\n    - b'],
      ['Control+[', '- a\n    - b‸', '- a\n- b'],
      ['Tab', '- a\n- b‸', '- a\n    - b'],
      ['Control+Shift+9', '‹a\nb›', '> a\n> b'],
      ['Control+Shift+E', '‹a\n```\nb›', '````\na\n```\nb\n````'],
      ['Enter', '- a‸', '- a\n- '],
      ['Enter', '3. a‸\n3. b', '3. a\n4. \n3. b'],
      ['Enter', '- a\n- ‸', '- a\n'],
      ['Enter', 'two spaces ‸  \nnext', 'two spaces \n  \nnext'],
      ['Enter', 'a‸\r\nb\r\n', 'a\n\r\nb\r\n'],
      ['Enter', '> a‸', '> a\n> '],
    ])('%s on %j', async (keys, before, wanted) => {
      expect(await after(keys, before)).toBe(wanted);
      await press('Control+z');
      expect(await editor.saved()).toBe(before.replace(/[‹›‸]/g, ''));
    });

    test('a small toolbar has no headings, no tables and no sub and sup, by key neither', async () => {
      const rules = { toolbar: 'minimal', link: [], embed: [], allowedHtml: [] } as const;
      await open('a‸', rules);
      for (const keys of ['Control+Alt+2', 'Control+Alt+f', 'Control+Alt+g', 'Control+,', 'Control+Shift+K']) await press(keys);
      expect(await editor.saved()).toBe('a');
      const names = await editor.tab.getByRole('toolbar').getByRole('button').evaluateAll((tools) => tools.map((tool) => tool.getAttribute('aria-label')));
      expect(names).toEqual(['Undo', 'Redo', 'Bold', 'Italic', 'Code', 'Bulleted list', 'Numbered list', 'One level in', 'One level out', 'Quotation', 'Link to an address', 'Find', 'Help', 'Show it as it is written']);
      await open('a‸', { ...rules, toolbar: 'with-math' });
      await editor.tab.getByRole('button', { name: 'Formula' }).waitFor();
    });

    test('a link to content takes the selection as its text, and its quotes are escaped', async () => {
      await open('see ‹the "first" set›.');
      await editor.willPick({ uuid: 'known', title: 'Problem set 1' });
      await press('Control+Shift+K');
      await expect.poll(() => editor.saved()).toBe('see {{% resource_link "known" "the \\"first\\" set" %}}.');
    });

    test('an address that is kept as an item makes one item, however often one presses', async () => {
      await open('see ‹here›.');
      await press('Control+k');
      await form().getByLabel('Address').fill('https://x.org');
      await form().getByRole('checkbox').check();
      const before = (await editor.asked()).length;
      // Both before the first is answered.
      await form().getByRole('button', { name: 'Put it in' }).evaluate((button: HTMLElement) => [1, 2].forEach(() => button.click()));
      await expect.poll(() => editor.saved()).toBe('see {{% resource_link "00000000-0000-4000-8000-00000000ffff" "here" %}}.');
      expect((await editor.asked()).slice(before)).toEqual(['external: https://x.org']);
    });

    test('a resource is shown on a line of its own', async () => {
      await open('one‸\ntwo');
      await editor.willPick({ uuid: 'film', title: 'Lecture 1' });
      await press('Control+Alt+r');
      await expect.poll(() => editor.saved()).toBe('one\n\n{{< resource uuid="film" >}}\n\ntwo');
    });

    test('a new link, and a new formula', async () => {
      await open('see ‹here›.');
      await press('Control+k');
      await form().getByLabel('Address').fill('javascript:alert(1)');
      await press('Enter');
      await form().getByRole('alert').getByText('runs something').waitFor();
      // Markdown reads this one as the one before.
      await form().getByLabel('Address').fill('java&#115;cript&colon;alert(1)');
      await press('Enter');
      await form().getByRole('alert').getByText('runs something').waitFor();
      expect(await editor.saved()).toBe('see here.');
      await form().getByLabel('Address').fill('https://x.org/(a)');
      await press('Enter');
      expect(await editor.saved()).toBe('see [here](https://x.org/%28a%29).');
      await open('one ‸two');
      await press('Control+k');
      // One writes on in the text, in front of where the link was going to stand.
      await content().click();
      await editor.select(0);
      await editor.tab.keyboard.type('Before, ');
      await editor.select(12);
      await form().getByLabel('Address').fill('https://x.org');
      await form().getByLabel('Text').fill('there ');
      await press('Enter');
      expect(await editor.saved()).toBe('Before, one [there ](https://x.org)two');
      await open('so ‸.');
      await press('Control+Alt+f');
      await editor.tab.keyboard.type('a_1 \\le b');
      await form().locator('.katex').waitFor();
      await form().getByRole('button', { name: 'Put it in' }).click();
      expect(await editor.saved()).toBe('so \\\\(a\\_1 \\\\le b\\\\).');
    });
  });

  describe('tables are changed in a grid', () => {
    const cell = (row: number, column: number) => form().getByLabel(`Row ${row}, column ${column}`);
    const rowTools = () => form().getByRole('group', { name: /^Row/ });
    const columnTools = () => form().getByRole('group', { name: /^Column/ });

    test('of pipes: one cell, a row, a column; the rest of the text and of the table stays', async () => {
      await open('‸*   odd\n\n| h | i|\n|:--|---|\n|c  | {{< br >}} |\n\nend  \n');
      await content().getByRole('button', { name: 'Change the table' }).click();
      await cell(2, 1).fill('x|y');
      await press('Tab');
      expect(await editor.saved()).toBe('*   odd\n\n| h | i|\n|:--|---|\n|x\\|y  | {{< br >}} |\n\nend  \n');
      await press('Escape');
      await press('Control+z');
      expect(await editor.saved()).toBe('*   odd\n\n| h | i|\n|:--|---|\n|c  | {{< br >}} |\n\nend  \n');
      await editor.select(10);
      await press('Control+Alt+g');
      await cell(2, 2).focus();
      await rowTools().getByRole('button', { name: 'Add one below' }).click();
      await cell(3, 1).waitFor();
      await rowTools().getByRole('button', { name: 'Remove it' }).click();
      await cell(3, 1).waitFor({ state: 'detached' });
      expect(await editor.saved()).toBe('*   odd\n\n| h | i|\n|:--|---|\n|c  | {{< br >}} |\n\nend  \n');
      await cell(2, 1).focus();
      await columnTools().getByRole('button', { name: 'Remove it' }).click();
      await cell(2, 2).waitFor({ state: 'detached' });
      expect(await editor.saved()).toMatch(/^\*   odd\n\n\|\s*i\s*\|\n\|\s*---\s*\|\n\|\s*\{\{< br >\}\}\s*\|\n\nend  \n$/);
      await form().getByRole('button', { name: 'Let cells be merged and hold lists' }).click();
      await expect.poll(() => editor.saved()).toMatch(/^\*   odd\n\n\{\{< tableopen >\}\}[\s\S]*\{\{< tableclose >\}\}\n\nend  \n$/);
    });

    test('what was typed in a cell is there whichever way one leaves it, and is one step back', async () => {
      const before = '| h | i |\n|---|---|\n| c | d |\n';
      await open(`‸x\n\n${before}`);
      for (const leave of ['Escape', 'Control+s', 'Alt+ArrowLeft']) {
        await content().getByRole('button', { name: 'Change the table' }).click();
        await cell(2, 1).fill('');
        await editor.tab.keyboard.type('longer');
        await press(leave);
        expect(await editor.saved(), leave).toBe(`x\n\n${before.replace('c', 'longer')}`);
        if (leave !== 'Escape') await form().getByRole('button', { name: 'Close' }).click();
        await press('Control+z');
        expect(await editor.saved(), leave).toBe(`x\n\n${before}`);
      }
    });

    test('a new one has as many rows and columns as the fields allow, whatever was written in them', async () => {
      await open('‸');
      await press('Control+Alt+g');
      await form().getByLabel('Rows').fill('');
      await form().getByLabel('Columns').fill('999');
      await form().getByLabel('Cells can be merged').uncheck();
      await press('Enter');
      expect(await editor.saved()).toBe(`|${'  |'.repeat(20)}\n|${' --- |'.repeat(20)}`);
    });

    test('of shortcodes: a new one, and its cells merged and split', async () => {
      await open('before‸\nafter');
      await press('Control+Alt+g');
      await press('Enter');
      await cell(3, 2).fill('last');
      await cell(1, 1).fill('head');
      await cell(1, 1).press('Tab');
      const made = await editor.saved();
      expect(made).toMatch(/^before\n\n\{\{< tableopen >\}\}[\s\S]*head[\s\S]*last[\s\S]*\{\{< tableclose >\}\}\n\nafter$/);
      await cell(1, 1).focus();
      await form().getByRole('button', { name: 'Merge with the one to the right' }).click();
      await expect.poll(() => editor.saved()).toContain('{{< thopen colspan="2" >}}');
      await form().getByRole('button', { name: 'Merge with the one below' }).click();
      await form().getByRole('status').getByText('cannot become one').waitFor();
      await form().getByRole('button', { name: 'Split it' }).click();
      await expect.poll(() => editor.saved()).toBe(made);
    });
  });

  describe('the text is shown as what it means', () => {
    test('marks are folded away until the cursor comes', async () => {
      await open('plain‸\n\n**bold** [link](http://x.org) `code`\n\n## Title');
      const shown = await content().innerText();
      expect(shown).not.toMatch(/[*`#]|x\.org/);
      expect(shown).toContain('bold link code');
      await editor.select('plain\n\n**bo'.length);
      await expect.poll(() => content().innerText()).toContain('**bold**');
      expect(await content().innerText()).not.toContain('x.org');
    });

    test('a link shows its text, the title it leads to, and whether that is gone', async () => {
      await open('‸a {{% resource_link "known" "the set" %}} b {{% resource_link "deleted" "the page" %}} c');
      await content().getByRole('button', { name: 'Link: the set. Leads to ‘Problem set 1’' }).waitFor();
      await content().getByRole('button', { name: 'Link: the page leads nowhere. What it leads to is not in this site any more' }).waitFor();
      expect(await content().innerText()).toContain('leads nowhere');
    });

    test('a resource, a shortcode, a formula and tables are shown as such', async () => {
      await open('‸x\n\n{{< resource uuid="film" >}}\n\n{{< quiz_choice isCorrect="true" >}}y{{< /quiz_choice >}} \\\\(a\\_1^2\\\\)\n\n| h | i |\n|---|---|\n| **c** | {{% resource_link "known" "d" %}} |\n\n{{< tableopen >}}{{< tropen >}}{{< tdopen colspan="2" >}}\nin it\n{{< tdclose >}}{{< trclose >}}{{< tableclose >}}\n\nend');
      await content().getByRole('button', { name: 'Resource: Lecture 1, Video' }).waitFor();
      await content().getByRole('button', { name: 'Shortcode: Answer, Right answer: true' }).waitFor();
      await content().locator('.md-math .katex').waitFor();
      const cells = await content().locator('.md-table td, .md-table th').evaluateAll((found) => found.map((cell) => `${cell.tagName} ${cell.getAttribute('colspan') ?? ''}${cell.textContent.trim()}`));
      expect(cells).toEqual(['TH h', 'TH i', 'TD c', 'TD d', 'TD 2in it']);
    });

    test('one reads it as it is written, too', async () => {
      await open('**bold** {{< br >}} end‸');
      await editor.tab.getByRole('button', { name: 'Show it as it is written' }).click();
      await expect.poll(() => content().innerText()).toBe('**bold** {{< br >}} end');
    });

    test('nothing an author wrote becomes an element that runs or asks outside', async () => {
      const evil = ['<script>window.hit=1</script>', '<img src=x onerror="window.hit=1">', '![x](javascript:window.hit=1)', '[x](javascript:window.hit=1)', '{{< x "<img src=x onerror=window.hit=1>" >}}', '\\\\(\\\\href{javascript:window.hit=1}{x}\\\\)', '\\\\(\\\\includegraphics{http://evil.example/x.png}\\\\)', '| <img src=x onerror=window.hit=1> |\n|---|\n| [a](javascript:window.hit=1) |'];
      await open(`‸start\n\n${evil.join('\n\n')}`);
      await content().locator('.md-math-broken, .katex').first().waitFor();
      expect(await content().locator('script, img:not(.cm-widgetBuffer), iframe, a[href], [onerror]').count()).toBe(0);
      expect(await editor.tab.evaluate(() => 'hit' in globalThis)).toBe(false);
    });
  });

  test('text from Word and Google Docs comes as Markdown, plain text as it is', async () => {
    const paste = (html: string, plain: string) =>
      content().evaluate((element, [asHtml, asText]) => {
        const data = new DataTransfer();
        if (asHtml !== '') data.setData('text/html', asHtml);
        data.setData('text/plain', asText);
        element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
      }, [html, plain] as const);
    await open('before ‸after');
    await paste('<html><body><meta charset="utf-8"><b style="font-weight:normal" id="docs-internal-guid-1"><p dir="ltr"><span style="font-weight:700">Bold</span><span> text</span></p></b>', 'Bold text');
    await expect.poll(() => editor.saved()).toBe('before **Bold** textafter');
    await open('‸');
    await paste('', 'one\r\n*two*\r\n');
    expect(await editor.saved()).toBe('one\n*two*\n');
    await open('```\n‸\n```');
    await paste('<p><b>x</b></p>', 'x');
    expect(await editor.saved()).toBe('```\nx\n```');
  });

  test('a slash at the beginning of a line offers what to put there', async () => {
    await open('a\n\n‸');
    await editor.tab.keyboard.type('/quo');
    await editor.tab.getByRole('option', { name: /Quotation/ }).waitFor();
    await press('Enter');
    expect(await editor.saved()).toBe('a\n\n>');
    await open('and‸');
    await editor.tab.keyboard.type('/or');
    expect(await editor.tab.getByRole('option').count()).toBe(0);
  });

  test('it is used by keyboard alone: tools by arrows, out by Tab, and with Escape before it from a list', async () => {
    await open('text‸');
    const focused = () => editor.tab.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
    await press('Shift+Tab');
    expect(await focused()).toBe('Undo');
    await press('ArrowLeft');
    expect(await focused()).toBe('Show it as it is written');
    await press('Home');
    for (let step = 0; step < 6; step += 1) await press('ArrowRight');
    expect(await focused()).toBe('Bold');
    await press('Tab');
    await press('Tab');
    expect(await focused()).toBe('After it');
    await open('- item‸');
    await press('Escape');
    await press('Tab');
    expect([await focused(), await editor.saved()]).toEqual(['After it', '- item']);
  });

  test('a click on a chip, a formula or a table opens the form of just that one', async () => {
    await open('‸{{< anchor "one" >}}{{< anchor "two" >}}{{< /anchor >}}{{< /anchor >}}\\\\(a\\\\)\\\\(b\\\\) end\n\n{{< resource uuid="film" >}}{{< youtube "three" >}}');
    for (const [name, value] of [['one', 'one'], ['two', 'two'], ['three', 'three']] as const) {
      await content().getByRole('button', { name: new RegExp(name) }).click();
      await expect.poll(() => form().locator('input[type=text]').first().inputValue()).toBe(value);
      await press('Escape');
    }
    await editor.select(0);
    await content().getByRole('img', { name: 'Formula: b' }).click();
    expect(await form().getByLabel('TeX').inputValue()).toBe('b');
    await form().getByLabel('TeX').fill('c');
    await form().getByRole('button', { name: 'Change it' }).click();
    expect(await editor.saved()).toContain('\\\\(a\\\\)\\\\(c\\\\) end');
  });

  test('its panels are left by Escape, back into the text', async () => {
    await open('a {{< anchor "x" >}}{{< /anchor >}} b‸');
    await press('Alt+PageUp');
    await press('Alt+PageUp');
    await press('Alt+Enter');
    await form().getByText('Place to link to', { exact: true }).waitFor();
    await press('Escape');
    await form().waitFor({ state: 'detached' });
    await expect.poll(() => content().evaluate((element) => element === document.activeElement)).toBe(true);
    await editor.select(2);
    await press('Alt+Enter');
    await form().getByRole('button', { name: 'Remove it' }).click();
    expect(await editor.saved()).toBe('a  b');
  });

  test('a field that may not be changed is read, and nothing changes it', async () => {
    await editor.open('a **b**', fullRules, true);
    await editor.select(0);
    await press('Control+b');
    await editor.tab.keyboard.type('x');
    expect(await editor.saved()).toBe('a **b**');
    expect(await content().getAttribute('aria-readonly')).toBe('true');
  });

  test.each(['light', 'dark'] as const)('it has no serious fault for people with disabilities (%s)', async (colorScheme) => {
    const other = await EditorTab.start(chromium ?? '', { colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
    try {
      await other.open(`${Object.values(nastyTexts).slice(8).join('\n\n')}\n\n{{< resource uuid="1" >}}`);
      const found: string[] = [];
      const look = async (where: string): Promise<void> => {
        await other.tab.evaluate(axe);
        const violations = await other.tab.evaluate(async () => {
          const { axe: tool } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } };
          return (await tool.run({ resultTypes: ['violations'] })).violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
        });
        found.push(...violations.map((line) => `${where}: ${line}`));
      };
      await look('text');
      for (const [keys, where] of [['Control+k', 'link'], ['Control+Alt+f', 'formula'], ['Control+Alt+g', 'table'], ['Control+/', 'help']] as const) {
        await other.select(0);
        await other.tab.keyboard.press(keys);
        await other.tab.locator('.head section').waitFor();
        await look(where);
        await other.tab.keyboard.press('Escape');
      }
      await other.select(0);
      await other.tab.keyboard.press('Control+f');
      await look('find');
      expect(found).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  test('it does not scroll sideways on a phone', async () => {
    await editor.tab.setViewportSize({ width: 390, height: 844 });
    await open(`${Object.values(nastyTexts).join('\n\n')}‸`);
    const over = await editor.tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await editor.tab.setViewportSize({ width: 1440, height: 900 });
    expect(over).toBeLessThanOrEqual(0);
  });
});
