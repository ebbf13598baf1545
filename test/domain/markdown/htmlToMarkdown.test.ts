import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { htmlToMarkdown, type PasteRules } from '#domain/markdown/htmlToMarkdown.ts';
import { pastedHref } from '#domain/markdown/pastedLinks.ts';
import { scanShortcodes } from '#domain/markdown/shortcodes.ts';
import { findTables } from '#domain/markdown/tables.ts';
import { seeded } from '#test/support/seeded.ts';

const full: PasteRules = { toolbar: 'full', allowedHtml: ['sub', 'sup'] };
const minimal: PasteRules = { toolbar: 'minimal', allowedHtml: [] };
const fixture = (name: string): string => readFileSync(new URL(`../../fixtures/paste/${name}`, import.meta.url), 'utf8');

describe('what is pasted', () => {
  it.each(['word', 'wordOnTheWeb', 'googleDocs', 'outlook', 'page'])('from %s becomes the Markdown that its author would write', (name) => {
    expect(htmlToMarkdown(fixture(`${name}.html`), full)).toBe(fixture(`${name}.md`).trimEnd());
  });

  it.each([
    ['<ul><li>a<ul><li>b</li></ul></li></ul>', '- a\n    - b'],
    ['<ul><li>a</li><ul><li>b</li></ul><li>c</li><ul><li>d</li></ul></ul>', '- a\n    - b\n- c\n    - d'],
    ['<ul><li></li></ul>', '-'],
    ['<p><b>a</b><b> b</b> <b>c</b></p>', '**a b c**'],
    ['<p><b><p>a</p><p>b</p></b></p>', '**a**\n\n**b**'],
    ['<p>a<br>b</p>', 'a  \nb'],
    ['<p>a<br><br>b</p>', 'a\n\nb'],
    ['<p>a\u00a0b\u00adc</p>', 'a bc'],
    ['<p>a <span style="font-weight:700">b </span>c</p>', 'a **b** c'],
    ['<p><sup>1</sup> <b>x</b></p>', '\u200b<sup>1</sup> **x**'],
    ['<h1>A</h1><h2>B</h2>', '## A\n\n### B'],
    ['<h2><b>B</b></h2>', '## B'],
    ['<h2><div>A</div><p>B<br>C</p></h2>', '## A B C'],
    ['<h2><ul><li>A</li></ul></h2>', '- A'],
    ['<h2>Set {#x}</h2>', '## Set \\{#x}'],
    ['<p>a</p><p>: b</p>', 'a\n\n\\: b'],
    ['<p>---</p>', '\\---'],
    ['<p><img alt="😀" src="x"></p>', '😀'],
    ['<p><img alt="clip_001.png" src="x"></p>', '(A picture stood here. Add it as a resource.)'],
    ['<table><tr><td>only</td></tr></table>', 'only'],
    ['<table><tr><th>a<th>b<tr><td>1<td><table><tr><td>x<td>y</table></table>', '{{< tableopen >}}{{< theadopen >}}{{< tropen >}}{{< thopen >}}\na\n{{< thclose >}}{{< thopen >}}\nb\n{{< thclose >}}{{< trclose >}}{{< theadclose >}}{{< tbodyopen >}}{{< tropen >}}{{< tdopen >}}\n1\n{{< tdclose >}}{{< tdopen >}}\n\nx\n\ny\n\n{{< tdclose >}}{{< trclose >}}{{< tbodyclose >}}{{< tableclose >}}'],
    ['<table><tr><td>a<td>b<tr><td>1</table>', '| a | b |\n| --- | --- |\n| 1 |  |'],
    ['<div style="white-space: pre; font-family: Menlo, monospace"><div>a = 1;</div><div>  b</div></div>', '```\na = 1;\n  b\n```'],
    ['<math display="block"><mi>x</mi></math>', 'x'],
    ['<math display="block"><semantics><mi>x</mi><annotation encoding="application/x-tex">x_1</annotation></semantics></math>', '\\\\[x\\_1\\\\]'],
    ['<p><code>{{&lt; a</code></p>', '`{\u200b{< a`'],
    ['<p>{{% a %}} {{&lt; b</p>', '{\\{% a %}} {\\{< b'],
    ['<a href="https://h/{{< a >}}">x</a>', '[x](https://h/%7B%7B%3C%20a%20%3E%7D%7D)'],
    ['<a href="https://h/"><p>x</p></a>', '[x](https://h/)'],
    ['<p>a<code> </code>b</p>', 'a b'],
    ['<ul>x &lt;b&gt; ~~</ul>', '- x \\<b> \\~\\~'],
    ['<blockquote>&lt;b&gt;<p>y</p></blockquote>', '> \\<b>\n>\n> y'],
    ['<p>\\(a</p>', '\\\\(a'],
    ['', ''],
    ['<style>p{}</style><!-- x -->', ''],
    ['<p> </p><p><br></p>', ''],
  ])('%j becomes %j', (html, markdown) => {
    expect(htmlToMarkdown(html, full)).toBe(markdown);
  });

  it('has nothing that a small field does not', () => {
    const html = '<h2>A</h2><p>x<sub>2</sub> and <span class="katex"><math><semantics><mi>x</mi><annotation encoding="application/x-tex">y_1</annotation></semantics></math></span> \\(z\\)</p><table><tr><td>a<td>b<tr><td>1<td>2</table><ul><li><b>c</b></li></ul>';
    expect(htmlToMarkdown(html, minimal)).toBe('**A**\n\nx2 and y_1 \\\\(z\\\\)\n\na | b\n\n1 | 2\n\n- **c**');
    expect(htmlToMarkdown(html, { toolbar: 'with-math', allowedHtml: ['sub'] })).toContain('x<sub>2</sub> and \\\\(y\\_1\\\\) \\\\(z\\\\)');
  });

  it('never holds HTML, scripts and shortcodes of its own', () => {
    const random = seeded(20);
    const pieces = ['<p>', '</p>', '<b>', '</b>', '<i style="x">', '</i>', '<table>', '<tr>', '<td colspan=2>', '<th>', '</table>', '<ul>', '<li>', '</ul>', '<ol start=7>', '<pre>', '</pre>', '<code>', '</code>', '<br>', '<h1>', '</h1>', '<a href="javascript:x">', '<a href="http://h/(x)">', '</a>', '<script>x</script>', '<img src=x onerror=alert(1)>', '<svg onload=x>', '<iframe>', '<sub>', '</sub>', '<sup>', '<div>', '</div>', '<blockquote>', '&lt;script&gt;alert(1)&lt;/script&gt;', '&lt;img src=x onerror=x&gt;', '{{&lt; a &gt;}}', '{{% b "', '{{</* c */>}}', '|', '`', '``', '*', '_', '~~', '[x](javascript:y)', '\\', '\\(', '\\)', '# ', '- ', '1. ', ' ', '\n', 'word', '&amp;lt;', ':', '<math>', '<!--', '-->', '<span style="vertical-align:super">', '</span>', '<p style="mso-list:l0 level2 lfo1">', '<q>', '<video src=x>', '<input type=checkbox checked>', '<textarea>'] as const;
    const ownShortcode = /^(?:br|(?:table|thead|tbody|tr|th|td)(?:open|close))$/;
    for (let count = 0; count < 400; count += 1) {
      const html = random.some(30, () => random.pick(pieces)).join('');
      for (const rules of [full, minimal]) {
        const markdown = htmlToMarkdown(html, rules);
        const names = scanShortcodes(markdown).map(({ name, isBroken }) => (isBroken ? 'broken' : name));
        expect(names.filter((name) => !ownShortcode.test(name)), `${html}\n→\n${markdown}`).toEqual([]);
        // What is left outside of code and escapes, and looks like a tag.
        const plain = markdown.replace(/^([ \t>]*)(`{3,})[^\n]*\n[\s\S]*?(?:\n[ \t>]*\2[^\n]*|(?![\s\S]))/gm, '').replace(/\\[!-/:-@[-`{-~]|(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '').replace(/\{\{<[^{}]*>\}\}/g, '');
        const tags = plain.match(/<[A-Za-z/!?][^>]*>?/g) ?? [];
        expect(tags.filter((tag) => rules === minimal || !/^<\/?su[bp]>$/.test(tag)), `${html}\n→\n${markdown}`).toEqual([]);
        expect(plain, html).not.toMatch(/\[[^\]]*\]\((?:javascript|data|vbscript):/i);
        for (const table of findTables(markdown)) if (table.form === 'shortcode') expect(table.problem, markdown).toBeUndefined();
      }
    }
  });

  it('is read in a moment however long it is', () => {
    for (const piece of ['<p>a</p>', '<b>a</b> ', 'a<br>', '`', '{{&lt;', '<li>', '<td>', '|', '[', '\\(', '<p style="mso-list:l0 level1 lfo1">a</p>']) expect(typeof htmlToMarkdown(piece.repeat(20_000 / piece.length), full)).toBe('string');
  });
});

describe('a pasted link', () => {
  it.each([
    ['https://www.google.com/url?q=https://example.edu/a&sa=D', 'https://example.edu/a'],
    ['https://www.google.com/url?q=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fexample.edu', 'https://example.edu'],
    ['https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.edu%2F&data=1', 'https://example.edu/'],
    ['https://www.google.com/search?q=https://example.edu', 'https://www.google.com/search?q=https://example.edu'],
    ['https://www.google.com/url?q=javascript:alert(1)', 'https://www.google.com/url?q=javascript:alert(1)'],
    ['  HTTP://Example.edu ', 'HTTP://Example.edu'],
    ['mailto:a@b.c', 'mailto:a@b.c'],
    ['javascript:alert(1)', null],
    ['java\nscript:alert(1)', null],
    ['data:text/html,x', null],
    ['file:///C:/x', null],
    ['#part', null],
    ['/relative', null],
    ['', null],
  ])('%j leads to %j', (written, href) => {
    expect(pastedHref(written)).toBe(href);
  });
});
