import { describe, expect, test } from 'vitest';
import { cleanItem } from '#domain/cleanup/cleanItem.ts';
import { cleanupRules, findRule } from '#domain/cleanup/rules.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { cleanupConfig, ids, makeCleanupSite } from '#test/factories/cleanupSite.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';

const site = makeCleanupSite();

function rule(name: string) {
  const found = findRule(name);
  if (found === undefined) throw new Error(`There is no rule ${name}`);
  return found;
}

const clean = (name: string, item: ContentItem) => cleanItem(rule(name), item, cleanupConfig, site);

/** The body after a rule; the same text when nothing changes. */
function body(name: string, markdown: string): string {
  return clean(name, makeContentItem({ markdown })).set?.markdown ?? markdown;
}

const notes = (name: string, markdown: string): string[] => clean(name, makeContentItem({ markdown })).findings.map((finding) => finding.note);
const link = (textId: string, text: string, suffix = ''): string => `{{% resource_link "${textId}" "${text}"${suffix === '' ? '' : ` "${suffix}"`} %}}`;

/** A vector: the rule, what it is about, the text before and after. */
const vectors: readonly (readonly [string, string, string, string])[] = [
  ['baseurl', 'a page', 'See [the notes]({{< baseurl >}}/pages/notes), please.', `See ${link(ids.notes, 'the notes')}, please.`],
  ['baseurl', 'a place of a page', '[w]({{< baseurl >}}/pages/notes#week-2)', link(ids.notes, 'w', '#week-2')],
  ['baseurl', 'a section, with a slash at the end', '[p]({{< baseurl >}}/pages/proofs/)', link(ids.proofs, 'p')],
  ['baseurl', 'the other delimiters', '[p]({{% baseurl %}}/resources/studio-plan)', link(ids.plan, 'p')],
  ['baseurl', 'an image', '![A plot]({{< baseurl >}}/resources/plot)', `{{< resource uuid="${ids.plot}" >}}`],
  ['baseurl', 'several in a row of a table', '| [a]({{< baseurl >}}/pages/notes) | [b]({{< baseurl >}}/pages/none) | [c]({{< baseurl >}}/pages/syllabus) |', `| ${link(ids.notes, 'a')} | [b]({{< baseurl >}}/pages/none) | ${link(ids.syllabus, 'c')} |`],
  ['baseurl', 'a quote in the text', '[say "hi"]({{< baseurl >}}/pages/notes)', `{{% resource_link "${ids.notes}" "say \\"hi\\"" %}}`],
  ['baseurl', 'an escaped quote in the text', '[say \\"hi\\"]({{< baseurl >}}/pages/notes)', `{{% resource_link "${ids.notes}" "say \\"hi\\"" %}}`],
  ['baseurl', 'a text over two lines', '[the\nnotes]({{< baseurl >}}/pages/notes)', link(ids.notes, 'the notes')],
  ['baseurl', 'a superscript in the text', '[x{{< sup "2" >}}]({{< baseurl >}}/pages/notes)', link(ids.notes, 'x<sup>2</sup>')],
  ['baseurl', 'arrows stay for another rule', '*   [\\>Intro]({{< baseurl >}}/pages/notes)', `*   ${link(ids.notes, '\\>Intro')}`],
  ['baseurl', 'the empty title of the system before', '[n]({{< baseurl >}}/pages/notes "Open in a new window.")', link(ids.notes, 'n')],
  ['rootrelative_urls', 'an own page', '[n](/courses/18-05/pages/notes/#x)', link(ids.notes, 'n', '#x')],
  ['rootrelative_urls', 'an own page with its department', '[n](/courses/mathematics/18-05/pages/notes/index.htm)', link(ids.notes, 'n')],
  ['rootrelative_urls', 'a page that was not under pages', '[n](/courses/mathematics/18-05/notes)', link(ids.notes, 'n')],
  ['rootrelative_urls', 'a page without its site', '[n](/pages/notes)', link(ids.notes, 'n')],
  ['rootrelative_urls', 'a file of a resource', `[f](/courses/18-05/${'2'.repeat(32)}_plan.txt)`, link(ids.plan, 'f')],
  ['rootrelative_urls', 'an image', '![](/courses/18-05/resources/plot)', `{{< resource uuid="${ids.plot}" >}}`],
  ['rootrelative_urls', 'another course with its department', '[Calculus](/courses/mathematics/18-01/)', '[Calculus](/courses/18-01/)'],
  ['link_resolveuid', 'a link', `| [Plan (TXT)](./resolveuid/${ids.plan.replaceAll('-', '')}) |`, `| ${link(ids.plan, 'Plan (TXT)')} |`],
  ['link_resolveuid', 'an image', `![x](resolveuid/${ids.plot.replaceAll('-', '').toUpperCase()})`, `{{< resource uuid="${ids.plot}" >}}`],
  ['link_wrapped_images', 'an embedded resource', `[{{< resource ${ids.plot} >}}]({{< baseurl >}}/pages/notes)`, `{{< resource uuid="${ids.plot}" href_uuid="${ids.notes}" >}}`],
  ['link_wrapped_images', 'a text behind the image', `[{{< resource uuid="${ids.plot}" >}} More](https://example.org/a)`, `{{< resource uuid="${ids.plot}" href="https://example.org/a" >}}[ More](https://example.org/a)`],
  ['link_wrapped_images', 'a text behind the image, to an own page', `[{{< resource ${ids.plot} >}} More](/courses/18-05/pages/notes#x)`, `{{< resource uuid="${ids.plot}" href="/courses/18-05/pages/notes#x" >}}${link(ids.notes, ' More', '#x')}`],
  ['link_wrapped_images', 'an image by its file', `[![alt]({{< resource_file ${ids.plot} >}})](/courses/18-01/)`, `{{< resource uuid="${ids.plot}" href="/courses/18-01/" >}}`],
  ['link_unescape', 'a link by baseurl', '\\[Notes\\]({{< baseurl >}}/pages/a\\_b)', '[Notes]({{< baseurl >}}/pages/a_b)'],
  ['link_unescape', 'a link with an image', '\\[!\\[alt\\](/x.png)\\]({{< baseurl >}}/pages/notes)', '[![alt](/x.png)]({{< baseurl >}}/pages/notes)'],
  ['link_unescape', 'a link to another host', 'a \\[b\\](https://example.org) c', 'a [b](https://example.org) c'],
  ['course_absolute_link', 'a course without a slash in front', '[c](courses/18-01)', '[c](/courses/18-01/)'],
  ['course_absolute_link', 'a course with the host', '[c](https://ocw.mit.edu/courses/18-01sc/pages/x#y)', '[c](/courses/18-01sc/pages/x/#y)'],
  ['course_absolute_link', 'the site itself', '[c](http://ocw.mit.edu/courses/18-05/)', '[c](/courses/18-05/)'],
  ['course_absolute_link', 'an own page with the host', '[n](https://ocw.mit.edu/courses/18-05/pages/notes)', link(ids.notes, 'n')],
  ['course_absolute_link', 'quotes in a title', `[c](courses/18-01 'say "hi"')`, '[c](/courses/18-01/ "say \\"hi\\"")'],
  ['course_absolute_link', 'escaped quotes in a title', '[c](courses/18-01 "say \\"hi\\"")', '[c](/courses/18-01/ "say \\"hi\\"")'],
  ['baseurl', 'an escaped character in the place of a page', '[w]({{< baseurl >}}/pages/notes#week\\_2)', link(ids.notes, 'w', '#week_2')],
  ['link_wrapped_images', 'escaped characters in the address', `[![alt]({{< resource_file ${ids.plot} >}}) More](https://example.org/a\\_b)`, `{{< resource uuid="${ids.plot}" href="https://example.org/a_b" >}}[ More](https://example.org/a_b)`],
  ['link_wrapped_images', 'a space in the address', `[![alt]({{< resource_file ${ids.plot} >}}) More](<https://example.org/a b>)`, `{{< resource uuid="${ids.plot}" href="https://example.org/a b" >}}[ More](https://example.org/a%20b)`],
  ['link_wrapped_images', 'a title stays', `[![alt]({{< resource_file ${ids.plot} >}})](https://example.org "Title")`, `[![alt]({{< resource_file ${ids.plot} >}})](https://example.org "Title")`],
  ['link_to_external_resource', 'a title stays', '[R](https://www.r-project.org "The project")', '[R](https://www.r-project.org "The project")'],
  ['subsup', 'code that ends with a backslash', '`a\\` {{< sub 2 >}} `b {{< sub 3 >}}`', '`a\\` <sub>2</sub> `b {{< sub 3 >}}`'],
  ['subsup', 'the delimiters of a link stay', '{{< resource_link "id" "x{{< sup 2 >}}" "#a" >}}', '{{< resource_link "id" "x<sup>2</sup>" "#a" >}}'],
  ['subsup', 'a link with a parameter more stays', '{{% resource_link "id" "x{{< sup 2 >}}" "#a" "b" %}}', '{{% resource_link "id" "x{{< sup 2 >}}" "#a" "b" %}}'],
  ['broken_markdown_link_fix', 'the address before a renaming', '[s]({{< baseurl >}}/pages/outline)', link(ids.syllabus, 's')],
  ['broken_markdown_link_fix', 'an alias', '[n](/courses/18-05/pages/old-notes#a)', link(ids.notes, 'n', '#a')],
  ['broken_markdown_link_fix', 'the index of a section', '[p]({{< baseurl >}}/pages/proofs/_index)', link(ids.proofs, 'p')],
  ['broken_markdown_link_fix', 'another folder', '[n]({{< baseurl >}}/pages/section/subsection/notes)', link(ids.notes, 'n')],
  ['broken_markdown_link_fix', 'a relative address with another folder', '[s](../library/studio-plan)', link(ids.plan, 's')],
  ['link_to_external_resource', 'an address that has a resource', '[the R site](https://www.r-project.org)', link(ids.rSite, 'the R site')],
  ['link_to_external_resource', 'a new address', 'a [b](https://example.org/a_%28b%29) c', `a ${link(ids.made, 'b')} c`],
  ['link_to_external_resource', 'a host of ours without a course', '[OCW](https://ocw.mit.edu/terms)', link(ids.made, 'OCW')],
  ['resource_link_nextprev', 'next', `{{% resource_link ${ids.notes} "\\>\\>Next" %}}`, link(ids.notes, '» Next')],
  ['resource_link_nextprev', 'previous', link(ids.notes, '\\< Previous', '#a'), link(ids.notes, '« Previous', '#a')],
  ['resource_link_nextprev', 'unescaped', link(ids.notes, '>Next'), link(ids.notes, '» Next')],
  ['subsup', 'a subscript', 'H{{< sub 2 >}}O', 'H<sub>2</sub>O'],
  ['subsup', 'a superscript in quotes', 'MATLAB{{< sup "®" >}} ODE', 'MATLAB<sup>®</sup> ODE'],
  ['subsup', 'a sign that was escaped twice', 'e{{< sup "\\\\-x" >}}', 'e<sup>-x</sup>'],
  ['subsup', 'the text of a resource link', `{{% resource_link "${ids.notes}" "x{{< sup 2 >}}" %}}`, link(ids.notes, 'x<sup>2</sup>')],
  ['inaccessible', 'the mark', '*   ![This resource may not render correctly in a screen reader.](/images/inacessible.gif)[Midterm (PDF)](x)', '*   [Midterm (PDF)](x)'],
];

describe.each(vectors.map(([name, about, before, after]) => ({ name, about, before, after })))('$name: $about', ({ name, before, after }) => {
  test('is replaced', () => expect(body(name, before)).toBe(after));
  test('and a second time nothing is', () => expect(clean(name, makeContentItem({ markdown: body(name, before) })).set).toBeNull());
});

const untouched: readonly (readonly [string, string, string])[] = [
  ['baseurl', 'an address no item has', '[x]({{< baseurl >}}/pages/none)'],
  ['baseurl', 'a title that says something', '[x]({{< baseurl >}}/pages/notes "The notes")'],
  ['baseurl', 'code', '`[x]({{< baseurl >}}/pages/notes)`\n\n```\n[x]({{< baseurl >}}/pages/notes)\n```\n'],
  ['baseurl', 'a parameter of a shortcode', '{{< image-gallery-item href="a.jpg" text="[x](/pages/notes)" >}}'],
  ['baseurl', 'an image that is no image', '![x]({{< baseurl >}}/resources/studio-plan)'],
  ['baseurl', 'a text with a shortcode', '[a{{< br >}}b]({{< baseurl >}}/pages/notes)'],
  ['rootrelative_urls', 'a page of another site', '[x](/courses/18-01/pages/notes)'],
  ['rootrelative_urls', 'pictures of the system before', '![](/images/educator/edu_b-lecture-key.png)'],
  ['rootrelative_urls', 'a course that only begins alike', '[x](/courses/18-05x/pages/notes)'],
  ['link_resolveuid', 'an id nobody has', `[x](./resolveuid/${'9'.repeat(32)})`],
  ['link_wrapped_images', 'a script', `[![]({{< resource_file ${ids.plot} >}})](javascript: void(0);)`],
  ['link_wrapped_images', 'a link to nowhere', '[![Click for next classroom.](/images/educator/classroom_next.png)](#)'],
  ['link_wrapped_images', 'two images', `[{{< resource ${ids.plot} >}}{{< resource ${ids.plot} >}}](https://example.org)`],
  ['link_unescape', 'mathematics', 'x \\\\[a\\\\](https://example.org) \\[1\\](see below)'],
  ['link_unescape', 'code', '`\\[a\\](https://example.org)`'],
  ['resource_link_nextprev', 'code', `\`\`\`\n${link(ids.notes, '\\> Next')}\n\`\`\``],
  ['link_unescape', 'a script', "writetable(\\[\\['values', 5\\], \\['pmf', '?'\\]\\], \"class='k'\")"],
  ['course_absolute_link', 'a course we do not have', '[x](https://ocw.mit.edu/courses/9-99/)'],
  ['course_absolute_link', 'another host', '[x](https://example.org/courses/18-01/)'],
  ['broken_markdown_link_fix', 'a link that works', '[x]({{< baseurl >}}/pages/notes)'],
  ['broken_markdown_link_fix', 'another site', '[x](/courses/18-01/pages/outline)'],
  ['broken_markdown_link_fix', 'a course we do not have', '[x](/courses/9-99/pages/syllabus)'],
  ['broken_markdown_link_fix', 'a link to a section of the page', '[x](#here)'],
  ['link_to_external_resource', 'an image', '![x](https://example.org/a.png)'],
  ['link_to_external_resource', 'mail', '[x](mailto:a@example.org)'],
  ['link_to_external_resource', 'a quotation', '{{< quote "see [x](https://example.org)" "- NAME" >}}'],
  ['link_to_external_resource', 'an own course', '[x](https://ocw.mit.edu/courses/18-01/)'],
  ['resource_link_nextprev', 'a tag', link(ids.notes, '<b>x</b>')],
  ['resource_link_nextprev', 'an arrow inside', link(ids.notes, 'a \\> b')],
  ['subsup', 'a parameter of a gallery', '{{< image-gallery-item href="a.jpg" text="H{{< sub 2 >}}O" >}}'],
  ['subsup', 'code', '`H{{< sub 2 >}}O`'],
  ['inaccessible', 'another image', '![x](/images/accessible.gif)'],
];

test.each(untouched)('%s leaves %s as it is', (name, _about, text) => {
  expect(clean(name, makeContentItem({ markdown: text })).set).toBeNull();
});

describe('metadata', () => {
  const course = (course_description: string): ContentItem => makeContentItem({ type: 'sitemetadata', textId: 'sitemetadata', isPageContent: false, dirpath: 'data', filename: 'course', markdown: null, metadata: { course_title: 'x', course_description } });

  test('a relative link of a description becomes one by id, and the other keys stay', () => {
    expect(clean('metadata_relative_urls', course('starting with [Unit 1](pages/proofs).')).set).toEqual({ metadata: { course_title: 'x', course_description: `starting with ${link(ids.proofs, 'Unit 1')}.` } });
  });

  test('in plain text it leads from the root', () => {
    expect(clean('metadata_relative_urls', makeContentItem({ metadata: { description: '[a](./pages/notes#x)', other: [1] } })).set).toEqual({ metadata: { description: '[a](/courses/18-05/pages/notes#x)', other: [1] } });
  });

  test('a caption is mended inside its object', () => {
    const image = makeContentItem({ type: 'resource', metadata: { image_metadata: { caption: '[a](/pages/outline)', credit: 'c' } } });
    const cleaned = clean('broken_metadata_link_fix', image);
    expect(cleaned.set).toEqual({ metadata: { image_metadata: { caption: link(ids.syllabus, 'a'), credit: 'c' } } });
    expect(cleaned.findings).toMatchObject([{ field: 'metadata.image_metadata.caption', line: 1, original: '[a](/pages/outline)' }]);
  });

  test('rules of bodies leave metadata alone, and rules of metadata bodies', () => {
    expect(clean('broken_markdown_link_fix', course('[a](/pages/outline)')).findings).toEqual([]);
    expect(clean('metadata_relative_urls', makeContentItem({ markdown: '[a](pages/notes)' })).findings).toEqual([]);
    expect(clean('baseurl', makeContentItem({ metadata: { description: '[a]({{< baseurl >}}/pages/notes)' } })).findings).toEqual([]);
  });

  test('a field whose editor drops tags keeps its shortcodes', () => {
    const cleaned = clean('subsup', makeContentItem({ type: 'resource', markdown: 'H{{< sub 2 >}}O' }));
    expect(cleaned).toMatchObject({ set: null, findings: [{ note: 'left as it is: the editor of this field drops <sub>' }] });
  });
});

describe('menus', () => {
  const menu = (leftnav: unknown): ContentItem => makeContentItem({ type: 'navmenu', textId: 'navmenu', isPageContent: false, dirpath: 'config/_default', filename: 'menus', markdown: null, metadata: { leftnav } });

  test('an entry with an address names a resource, and those below follow', () => {
    const cleaned = clean('nav_item_to_external_resource', menu([
      { identifier: ids.notes, name: 'Notes', weight: 10 },
      { identifier: 'external-1', name: 'Example', url: 'https://example.org', weight: 20 },
      { identifier: ids.syllabus, name: 'Syllabus', parent: 'external-1', weight: 10 },
      { identifier: 'external-2', name: 'R', url: 'https://www.r-project.org', weight: 30 },
      { identifier: 'external-3', name: 'Plan', url: '/resources/studio-plan', weight: 40 },
    ]));
    expect(cleaned.set).toEqual({
      metadata: {
        leftnav: [
          { identifier: ids.notes, name: 'Notes', weight: 10 },
          { identifier: ids.made, name: 'Example', weight: 20 },
          { identifier: ids.syllabus, name: 'Syllabus', parent: ids.made, weight: 10 },
          { identifier: ids.rSite, name: 'R', weight: 30 },
          { identifier: ids.plan, name: 'Plan', weight: 40 },
        ],
      },
    });
    expect(cleaned.names).toEqual([{ textId: ids.made, url: 'https://example.org', title: 'Example' }]);
    expect(clean('nav_item_to_external_resource', menu(cleaned.set?.metadata?.['leftnav'])).findings).toEqual([]);
  });

  test('an address that the menu has twice, or that leads nowhere, stays', () => {
    const cleaned = clean('nav_item_to_external_resource', menu([
      { identifier: ids.rSite, name: 'R', weight: 10 },
      { identifier: 'external-1', name: 'R again', url: 'https://www.r-project.org', weight: 20 },
      { identifier: 'external-2', name: 'x', url: '/pages/none', weight: 30 },
    ]));
    expect(cleaned.set).toBeNull();
    expect(cleaned.findings.map((finding) => finding.note)).toEqual(['left as it is: another entry of the menu names the same', 'left as it is: its address is no item’s']);
  });
});

describe('what is reported', () => {
  test('every link, with where it leads', () => {
    expect(notes('link_logging', '[a]({{< baseurl >}}/pages/notes) ![b](https://example.org/b.png) [c](/courses/18-01/) [d](#x) [e](/images/x.gif)')).toEqual(['link: ‘notes’ of this site', 'image: another host', 'link: the site ‘calculus’', 'link: a place of the same page', 'link: /images/x.gif, which belongs to no site of this studio']);
  });

  test('links that lead nowhere', () => {
    expect(notes('validate_urls', `[a]({{< baseurl >}}/pages/notes) [b]({{< baseurl >}}/pages/none) [c](./resolveuid/${'9'.repeat(32)}) ![d]({{< resource_file 1234 >}})`)).toEqual([
      'broken: /pages/none, which no item of this site has for an address',
      'broken: an id of the system before that no item has',
      'broken: the file of the item ‘1234’, which is not there',
    ]);
  });

  test('every shortcode, with its line', () => {
    const cleaned = clean('shortcode_logging', makeContentItem({ markdown: '{{< anchor "x" >}}{{< /anchor >}}\n\n{{</ image-gallery >}}' }));
    expect(cleaned.findings.map(({ line, note }) => [line, note])).toEqual([[1, 'anchor, as HTML, 1 parameters'], [1, '/anchor, as HTML, 0 parameters'], [3, '/image-gallery, as HTML, 0 parameters']]);
    expect(cleaned.set).toBeNull();
  });

  test('a rule says its name once, and what it does', () => {
    expect(new Set(cleanupRules.map(({ name }) => name)).size).toBe(17);
    for (const { title } of cleanupRules) expect(title).toMatch(/^[A-Z].{15,}$/);
  });

  test('an item of a kind the starter does not have is left alone', () => {
    expect(clean('baseurl', makeContentItem({ type: 'unknown', markdown: '[a]({{< baseurl >}}/pages/notes)' }))).toEqual({ findings: [], names: [], set: null });
  });
});
