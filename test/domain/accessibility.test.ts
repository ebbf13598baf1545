import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accessibilityFindings, accessibilityRules, isFileName } from '#domain/accessibility.ts';
import { resourcesIn, textFindings, withoutCode } from '#domain/accessibleText.ts';
import { readContentFile } from '#domain/contentFile.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { parseSiteConfig } from '#domain/siteConfig.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { corpusOrSkip, coursesOf, filesBelow } from '#test/support/corpus.ts';

/** Rule and line of everything that is found in a page's text. */
const found = (text: string, isPage = true): string[] => textFindings(text, { isPage }).map(({ rule, line }) => `${rule} ${line}`);

describe('headings', () => {
  it.each<[string, string[]]>([
    ['## a\n\n### b\n\n## c\n', []],
    ['# a\n', ['heading-top 1']],
    ['### a\n', ['heading-skips 1']],
    ['## a\n#### b\n##### c\n## d\n', ['heading-skips 2']],
    ['Title\n=====\n', ['heading-top 1']],
    ['## a\n\nb\n---\n', []],
    ['a | b\n--- | ---\n1 | 2\n', []],
    ['- a\n---\n\n* * *\n', []],
    ['> ### quoted\n', ['heading-skips 1']],
    ['```\n# code\n```\n    # code too\n', []],
    ['~~~\n# code\n', []],
    ['#hashtag\n\n\\# no heading\n', []],
    ['<h2>a</h2>\n<h4>b</h4>\n', ['heading-skips 2']],
    ['<!--\n# a\n-->\n', []],
    ['## a\r\n\r\n#### b\r\n', ['heading-skips 3']],
  ])('in %j', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it('of a short text say nothing: the theme has others above them', () => {
    expect(found('#### a\n', false)).toEqual([]);
  });
});

describe('links', () => {
  it.each<[string, string[]]>([
    ['[Syllabus](/x)', []],
    ['a\n\n[here](/x)', ['link-text 3']],
    ['[Click here](/x) and [Read more »](/x)', ['link-text 1', 'link-text 1']],
    ['[**HERE**](/x)', ['link-text 1']],
    ['[More on matrices](/x)', []],
    ['[](/x)', ['link-text 1']],
    ['[https://example.edu/a](https://example.edu/a)', ['link-text 1']],
    ['See https://example.edu/a.', ['link-text 1']],
    ['See <https://example.edu/a>.', ['link-text 1']],
    ['[Example](https://example.edu/a)', []],
    ['<a href="https://example.edu/a">Example</a>', []],
    ['`https://example.edu/a`', []],
    ['{{% resource_link "u" "here" %}}', ['link-text 1']],
    ['{{% resource_link "u" "Lecture 1" %}}', []],
    ['{{% resource_link "u" "https://example.edu/" %}}', ['link-text 1']],
    ['{{< youtube "https://example.edu/" >}}', []],
    ['[![A graph](a_1.png)](/x)', []],
    ['[H{{< sub 2 >}}O](/x)', []],
  ])('in %j', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });
});

describe('pictures', () => {
  it.each<[string, string[]]>([
    ['![A graph](a.png)', []],
    ['![](a.png)', ['alt-missing 1']],
    ['![graph_1.png](/x/graph_1.png)', ['alt-file-name 1']],
    ['![graph_1](/x/graph_1.png?v=2)', ['alt-file-name 1']],
    ['![A graph]({{< resource_file "u" >}})', []],
    ['a\n<img src="x.png">', ['alt-missing 2']],
    ['<img src="x.png" alt="">', []],
    ["<img alt='x.png' src='x.png'>", ['alt-file-name 1']],
    ['`![](a.png)`', []],
  ])('in %j', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it('are named by a file when the text is its name, and not when it is a word', () => {
    expect(isFileName('fig_3-2', ['courses/x/0123456789abcdef0123456789abcdef_fig_3-2.jpg'])).toBe(true);
    expect(isFileName('fig_3-2.JPG', [])).toBe(true);
    expect(isFileName('Boston', ['boston.jpg'])).toBe(false);
    expect(isFileName('A map of Boston.', ['boston.jpg', null])).toBe(false);
  });
});

describe('tables', () => {
  it.each<[string, string[]]>([
    ['| a | b |\n| --- | --- |\n| 1 | 2 |\n', []],
    ['x\n\n|  |  |\n| --- | --- |\n| 1 | 2 |\n', ['table-header 3']],
    ['{{< tableopen >}}{{< theadopen >}}{{< tropen >}}{{< thopen >}}a{{< thclose >}}{{< trclose >}}{{< theadclose >}}{{< tableclose >}}', []],
    ['\n{{< tableopen >}}\n{{< tropen >}}{{< tdopen >}}a{{< tdclose >}}{{< trclose >}}\n{{< tableclose >}}', ['table-header 2']],
    ['<table><tr><td>a</td></tr></table>', ['table-header 1']],
    ['<table><tr><th>a</th></tr></table><table role="presentation"><tr><td>', []],
  ])('in %j', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });
});

describe('a site', () => {
  const config = parseSiteConfig(`root-url-path: courses
collections:
- name: page
  label: Pages
  category: Content
  folder: content/pages
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: body, label: Page Content, widget: markdown}
- name: resource
  label: Resources
  category: Content
  folder: content/resources
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: resourcetype, label: Type, widget: select, options: [Image, Video]}
  - {name: file, label: File, widget: file}
  - name: image_metadata
    label: Image
    widget: object
    condition: {field: resourcetype, equals: Image}
    fields: [{name: image-alt, label: Alt text, widget: string}]
  - name: video_files
    label: Files of the video
    widget: object
    condition: {field: resourcetype, equals: Video}
    fields: [{name: video_captions_resources, label: Captions, widget: relation, collection: resource, display_field: title, multiple: true}]
`);
  const page = (markdown: string): ContentItem => makeContentItem({ textId: 'p', type: 'page', title: 'Page', markdown });
  const resource = (textId: string, metadata: Record<string, unknown>, file: string | null = null): ContentItem => makeContentItem({ textId, type: 'resource', title: textId, dirpath: 'content/resources', filename: textId, metadata, file, markdown: '' });

  it('has pictures without text and videos without captions where they are mended, with the pages that show them', () => {
    const bare = resource('bare', { resourcetype: 'Image', image_metadata: { 'image-alt': ' ' } });
    const named = resource('named', { resourcetype: 'Image', image_metadata: { 'image-alt': 'graph_1.png' } }, 'x/graph_1.png');
    const silent = resource('silent', { resourcetype: 'Video', video_files: { video_captions_resources: { content: [], website: 'x' } } });
    const spoken = resource('spoken', { resourcetype: 'Video', video_files: { video_captions_resources: { content: ['c'], website: 'x' } } });
    const text = page('{{< resource uuid="bare" >}}\n{{< resource "silent" >}}\n{{< resource uuid="spoken" >}}\n![A graph]({{< resource_file named >}})\n');
    const list = accessibilityFindings([text], [bare, named, silent, spoken], config).map(({ rule, item, field, shownOn }) => [rule, item.textId, field, shownOn.join()]);
    expect(list).toEqual([
      ['captions-missing', 'silent', 'metadata.video_files.video_captions_resources', 'Page'],
      ['alt-missing', 'bare', 'metadata.image_metadata.image-alt', 'Page'],
      ['alt-file-name', 'named', 'metadata.image_metadata.image-alt', 'Page'],
    ]);
    // What is not shown is not looked at; what changed itself is.
    expect(accessibilityFindings([page('x')], [bare], config)).toEqual([]);
    expect(accessibilityFindings([bare, spoken], [], config).map(({ rule }) => rule)).toEqual(['alt-missing']);
  });

  it('shows what it names in place, not what it only links to', () => {
    expect(resourcesIn('{{< resource uuid="a" >}} {{% resource_link "b" "B" %}} ![x]({{< resource_file c >}}) {{</* resource "d" */>}}')).toEqual(['a', 'c']);
  });

  it('keeps every place where it is when code is blanked out', () => {
    const text = '```js\n# a\n```\n`b` \\\\(c\\\\) <!-- d\n-->\n## e';
    expect(withoutCode(text)).toHaveLength(text.length);
    expect(withoutCode(text).split('\n')).toHaveLength(text.split('\n').length);
  });

  it('of the corpus is gone through without a fault of ours, in lines that are there', (context) => {
    const corpus = corpusOrSkip(context);
    const v2 = parseSiteConfig(readFileSync(join(corpus, 'ocw-hugo-projects/ocw-course-v2/ocw-studio.yaml'), 'utf8'));
    const lines: string[] = [];
    for (const course of coursesOf(corpus)) {
      const items = filesBelow(join(corpus, 'courses', course)).flatMap(({ path, bytes }) => {
        if (!path.startsWith('content/') || !path.endsWith('.md')) return [];
        const read = readContentFile({ path, text: bytes.toString('utf8'), config: v2, site: { name: course, urlPath: `courses/${course}` } });
        return read.kind === 'item' ? [read.item] : [];
      });
      const began = performance.now();
      const findings = accessibilityFindings(items, [], v2);
      const tookMs = Math.round(performance.now() - began);
      const byId = new Map(items.map((item) => [item.textId, item]));
      for (const { field, line, item } of findings) if (field === 'markdown') expect(line).toBeLessThanOrEqual((byId.get(item.textId)?.markdown ?? '').split('\n').length);
      lines.push(`${course}: ${items.length} items, ${findings.length} findings in ${tookMs} ms (${accessibilityRules.map((rule) => `${rule} ${findings.filter((finding) => finding.rule === rule).length}`).join(', ')})`);
      expect(items.length).toBeGreaterThan(10);
    }
    process.stderr.write(`${lines.join('\n')}\n`);
  });

  it.each(['`'.repeat(20_000), '[![<img '.repeat(5_000), '{{< tableopen >}}'.repeat(3_000), `${'<!--'.repeat(10_000)}`, '<table'.repeat(3_000), '\\\\('.repeat(8_000), 'https://'.repeat(8_000)])('with a text made to take long is through in a second', (text) => {
    const began = performance.now();
    textFindings(text, { isPage: true });
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
