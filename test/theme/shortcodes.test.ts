import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseHugoOutput } from '#domain/hugoErrors.ts';
import { buildSite, complaints } from './support/buildSite.ts';

const uids = {
  page: '00000000-0000-4000-8000-000000000001',
  image: '00000000-0000-4000-8000-000000000002',
  video: '00000000-0000-4000-8000-000000000003',
  pdf: '00000000-0000-4000-8000-000000000004',
  external: '00000000-0000-4000-8000-000000000005',
  broken: '00000000-0000-4000-8000-000000000006',
  gallery: '00000000-0000-4000-8000-000000000007',
  old: '00000000-0000-4000-8000-000000000008',
  gone: '00000000-0000-4000-8000-00000000dead',
};

const content: Record<string, string> = {
  'pages/target': `title: Target\nuid: ${uids.page}`,
  'resources/picture': `title: A picture\nuid: ${uids.image}\nresourcetype: Image\nfile: /courses/c/picture.png\nimage_metadata: {image-alt: A "bridge", caption: 'Seen *here*', credit: 'By {{% resource_link "${uids.page}" "us" %}}'}`,
  'resources/film': `title: A film\nuid: ${uids.video}\nresourcetype: Video\nfile: null\nstart_time: 13\nend_time: 50\nvideo_metadata: {youtube_id: abc_123-XYZ}\nvideo_files: {video_thumbnail_file: 'https://img.youtube.com/vi/abc/default.jpg'}`,
  'resources/paper': `title: A paper\nuid: ${uids.pdf}\nresourcetype: Document\nfile: /courses/c/paper.pdf\nfile_size: 1234567`,
  'resources/old': `title: An old file\nuid: ${uids.old}\nresourcetype: Document\nfile: https://bucket.s3.amazonaws.com/courses/c/0a1b_old%20file.pdf`,
  'external-resources/else': `title: Elsewhere\nuid: ${uids.external}\nexternal_url: https://example.org/?a=1&b=2\nhas_external_license_warning: true\n_build: {list: true, render: false}`,
  'external-resources/broken': `title: Broken\nuid: ${uids.broken}\nexternal_url: https://example.org/gone\nstatus: broken\nwayback_url: https://web.archive.org/web/1/https://example.org/gone`,
  'video_galleries/films': `title: Films\nuid: ${uids.gallery}\nvideos: {content: ['${uids.video}', '${uids.gone}'], website: c}`,
};

const player = (title: string, id: string, query = ''): string =>
  `<div class="player"><iframe src="https://www.youtube-nocookie.com/embed/${id}${query}" title="${title}" loading="lazy" allow="encrypted-media; picture-in-picture; fullscreen" referrerpolicy="strict-origin-when-cross-origin"></iframe></div>`;
const hidden = (text: string): string => `<span class="visually-hidden"> (${text})</span>`;
const question = (name: string, legend: string, choices: readonly [string, boolean][], solution: string): string =>
  `<fieldset class="quiz"><legend>${legend}</legend>${choices
    .map(([text, isRight], index) => {
      const id = `${name}-${String(index + 1)}`;
      return `<div class="choice"><input type="radio" name="${name}" id="${id}"><label for="${id}">${text}</label> <span class="verdict ${isRight ? 'right' : 'wrong'}">${isRight ? 'Correct' : 'Not this one'}</span></div>`;
    })
    .join('')}<details><summary>Show the answer</summary><div class="answer">${choices.filter(([, isRight]) => isRight).map(([text]) => `<div><strong>Answer:</strong> ${text}</div>`).join('')}${solution}</div></details></fieldset>`;

/** What authors write, and what readers get. */
const cases: Record<string, readonly [markdown: string, html: string]> = {
  'resource_link to a page': [`See x{{% resource_link "${uids.page}" "the target" %}}x.`, '<p>See x<a href="/courses/c/pages/target/">the target</a>x.</p>'],
  'resource_link with a suffix and Markdown in its text': [`{{% resource_link "${uids.page}" "H<sub>2</sub>*O* \\"so\\"" "#part" %}} is wet.`, '<p><a href="/courses/c/pages/target/#part">H<sub>2</sub><em>O</em> &ldquo;so&rdquo;</a> is wet.</p>'],
  'resource_link to another site': [`{{% resource_link "${uids.external}" "there" %}} it is.`, `<p><a class="external" href="https://example.org/?a=1&amp;b=2" rel="external noopener">there${hidden('another site, not covered by our license')}</a> it is.</p>`],
  'resource_link to another site that is known to be broken': [`So {{% resource_link "${uids.broken}" "there" %}}.`, `<p>So <a class="external" href="https://web.archive.org/web/1/https://example.org/gone" rel="external noopener">there${hidden('another site')}</a>.</p>`],
  external_resource_link: [`So {{< external_resource_link "${uids.broken}" "there" >}}.`, `<p>So <a class="external" href="https://web.archive.org/web/1/https://example.org/gone" rel="external noopener">there${hidden('another site')}</a>.</p>`],
  'external_resource_link with names': [`So {{< external_resource_link uuid="${uids.broken}" text="*there*" >}}.`, `<p>So <a class="external" href="https://web.archive.org/web/1/https://example.org/gone" rel="external noopener"><em>there</em>${hidden('another site')}</a>.</p>`],
  'resource: an image': [`{{< resource uuid="${uids.image}" >}}`, '<figure class="image"><img src="/courses/c/picture.png" alt="A &#34;bridge&#34;" loading="lazy"><figcaption>Seen <em>here</em> <span class="credit">By <a href="/courses/c/pages/target/">us</a></span></figcaption></figure>'],
  'resource: an image that is a link': [`{{< resource uuid="${uids.image}" href="https://example.org/" >}}`, '<a href="https://example.org/"><img src="/courses/c/picture.png" alt="A &#34;bridge&#34;" loading="lazy"></a>'],
  'resource: an image that leads to a page': [`{{< resource uuid="${uids.image}" href_uuid="${uids.page}" >}}`, '<a href="/courses/c/pages/target/"><img '],
  'resource: a video, in the older form': [`{{< resource ${uids.video} >}}`, `<figure class="embed">${player('A film', 'abc_123-XYZ', '?start=13&amp;end=50')}<figcaption><a href="/courses/c/resources/film/">A film</a></figcaption></figure>`],
  'resource: a document': [`{{< resource uuid="${uids.pdf}" >}}`, '<div class="resource-line"><span class="kind">Document</span> <a href="/courses/c/resources/paper/">A paper</a> <span class="details">PDF · 1.2 MB</span></div>'],
  'resource in the middle of a paragraph': [`Before {{< resource uuid="${uids.pdf}" >}} after.`, '<p>Before </p><div class="resource-line">'],
  resource_file: [`![a picture]({{< resource_file ${uids.image} >}})`, '<img src="/courses/c/picture.png" alt="a picture" loading="lazy">'],
  'resource_file of older content': [`[it]({{< resource_file "${uids.old}" >}})`, '<a href="/courses/c/0a1b_old%20file.pdf">it</a>'],
  baseurl: ['[that]({{< baseurl >}}/pages/target#x)', '<a href="/courses/c/pages/target#x">that</a>'],
  br: ['One{{< br >}}two.', '<p>One<br>two.</p>'],
  'sub and sup': ['H{{< sub 2 >}}O, MATLAB{{< sup "®" >}}, x{{< sup "*n*" >}}', '<p>H<sub>2</sub>O, MATLAB<sup>®</sup>, x<sup><em>n</em></sup></p>'],
  underline: ['{{< underline >}}so *very*{{< /underline >}} much', '<p><u>so <em>very</em></u> much</p>'],
  h: ['{{< h 3 >}}A *heading*{{< /h >}}', '<h2>A <em>heading</em></h2>'],
  anchor: ['{{< anchor "insights" >}}{{< /anchor >}}', '<span id="insights"></span>'],
  'anchor around a text, and a heading of the same name': ['{{< anchor "rules" >}}Here{{< /anchor >}}\n\n## Rules', '<span id="rules">Here</span>\n<h2>Rules</h2>'],
  'anchor in a heading': ['## {{< anchor "The Class" >}}{{< /anchor >}}The class', '<h2 id="the-class"><span id="The-Class"></span>The class</h2>'],
  'approx-students': ['{{< approx-students 24 >}}', '<span class="approx">about 24 students</span>'],
  'div-with-class': ['{{< div-with-class "course-note" >}}\nRead *this*.\n{{< /div-with-class >}}', '<div class="course-note"><p>Read <em>this</em>.</p>\n</div>'],
  quote: ['{{< quote "Nobody *forgets*." "- A. READER" >}}', '<figure class="quote"><blockquote><p>Nobody <em>forgets</em>.</p>\n</blockquote><figcaption>A. READER</figcaption></figure>'],
  youtube: ['{{< youtube "j-zczJXSxnw" >}}', player('Video in “youtube”', 'j-zczJXSxnw')],
  simplecast: ['{{< simplecast 913a4a55-b8e2-407d-b4cb-c26214d80d7f >}}', '<div class="player audio"><iframe src="https://player.simplecast.com/913a4a55-b8e2-407d-b4cb-c26214d80d7f?dark=false" title="Audio player" loading="lazy"></iframe></div>'],
  'video-gallery': [`{{< video-gallery "${uids.gallery}" >}}`, '<ol class="cards videos"><li class="card"><a href="/courses/c/resources/film/"><span class="thumbnail"><img src="https://img.youtube.com/vi/abc/mqdefault.jpg" alt="" loading="lazy" width="320" height="180"></span><span class="card-title">A film</span></a></li></ol>'],
  'image-gallery and image-gallery-item': [
    '{{< image-gallery id="x_nanogallery2" baseUrl="/courses/c/" >}}\n{{< image-gallery-item href="a.jpg" data-ngdesc="A dog" text="H{{< sub 2 >}}O" >}}\n{{< image-gallery-item href="https://example.org/b.jpg" data-ngdesc="" text="A cat" >}}\n{{</ image-gallery >}}',
    '<ul class="gallery"><li><figure><a href="/courses/c/a.jpg"><img src="/courses/c/a.jpg" alt="A dog" loading="lazy"></a><figcaption>H<sub>2</sub>O</figcaption></figure></li><li><figure><a href="https://example.org/b.jpg"><img src="https://example.org/b.jpg" alt="A cat" loading="lazy"></a><figcaption>A cat</figcaption></figure></li></ul>',
  ],
  'td-colspan and fullwidth-cell': [
    '| A | B | C |\n|---|---|---|\n| {{< td-colspan 2 >}}**two**{{< /td-colspan >}} || x |\n| {{< fullwidth-cell >}}all{{< /fullwidth-cell >}} | | |',
    '<tr>\n<td colspan="2"><strong>two</strong></td><td>x</td>\n</tr>\n<tr>\n<td colspan="3">all</td>\n</tr>',
  ],
  'a table of shortcodes': [
    '{{< tableopen >}}{{< theadopen >}}{{< tropen >}}{{< thopen >}}\nOne\n{{< thclose >}}{{< thopen colspan="2" >}}\nTwo\n{{< thclose >}}{{< trclose >}}{{< theadclose >}}{{< tbodyopen >}}{{< tropen >}}{{< tdopen rowspan="2" >}}\na\n\nb\n{{< tdclose >}}{{< tdopen >}}\n- c\n\n{{< tdclose >}}{{< trclose >}}{{< tbodyclose >}}{{< tfootopen >}}{{< tropen >}}{{< tdopen >}}\nd\n{{< tdclose >}}{{< trclose >}}{{< tfootclose >}}{{< tableclose >}}',
    '<section class="table-scroll" tabindex="0" aria-label="Table 1"><table><thead><tr><th scope="col"><p>One</p></th><th colspan="2" scope="col"><p>Two</p></th></tr></thead><tbody><tr><td rowspan="2"><p>a</p><p>b</p></td><td><ul><li>c</li></ul></td></tr></tbody><tfoot><tr><td><p>d</p></td></tr></tfoot></table></section>',
  ],
  'the quiz': [
    '1.  {{< quiz_multiple_choice questionId="Q1_div" >}}Which is *even*?{{< quiz_choices >}}{{< quiz_choice isCorrect="false" >}}&nbsp;3{{< /quiz_choice >}}\n    {{< quiz_choice isCorrect="true" >}}4{{< /quiz_choice >}}{{< /quiz_choices >}}\n    {{< quiz_solution >}}Four is *even*.{{< /quiz_solution >}}{{< /quiz_multiple_choice >}}',
    question('question-1-q1_div', 'Which is <em>even</em>?', [['3', false], ['4', true]], '<p>Four is <em>even</em>.</p>\n'),
  ],
  'a quiz without a question of its own or a solution': [
    '{{< quiz_multiple_choice questionId="Q2_div" >}}{{< quiz_choices >}}{{< quiz_choice isCorrect="true" >}}yes{{< /quiz_choice >}}{{< /quiz_choices >}}{{< quiz_solution />}}{{< /quiz_multiple_choice >}}',
    question('question-1-q2_div', 'Choose one answer', [['yes', true]], ''),
  ],
  'a formula in a sentence': ['So \\\\(a\\_1 < b\\\\) it is.', '<p>So <span class="katex"><math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><msub><mi>a</mi><mn>1</mn></msub><mo>&lt;</mo><mi>b</mi></mrow><annotation encoding="application/x-tex">a_1 &lt; b</annotation></semantics></math></span> it is.</p>'],
  'a formula of its own': ['\\\\[x^2\\\\]', '<span class="formula"><span class="katex"><math xmlns="http://www.w3.org/1998/Math/MathML" display="block">'],
  'a formula inside a formula’s text': ['\\\\(x \\\\text{ if \\\\(y\\\\)}\\\\)', '<annotation encoding="application/x-tex">x \\text{ if \\(y\\)}</annotation>'],
  'no formula in a program': ['`\\(x\\)`', '<code>\\(x\\)</code>'],
  'a link that only ran a script': ['[what it held](javascript:void(0);)', '<p>what it held</p>'],
  'headings that skip levels': ['### Three\n\n##### Five\n\n### Three again', '<h2 id="three">Three</h2>\n<h3 id="five">Five</h3>\n<h2 id="three-again">Three again</h2>'],
};

/** Without what HTML ignores: newlines between tags and beside text. */
const folded = (html: string): string => html.replace(/\s*\n\s*/g, '\n').replace(/\n(?=<)|(?<=>)\n/g, '').replace(/\n(?=<\/)/g, '').trim();
const fileOf = (name: string): string => name.replace(/[^a-z0-9]+/gi, '-').toLowerCase();

describe('the shortcodes of the sample theme', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocw-theme-shortcodes-'));
  let output = '';

  beforeAll(async () => {
    const write = (path: string, text: string): void => {
      mkdirSync(join(folder, 'site', path, '..'), { recursive: true });
      writeFileSync(join(folder, 'site', path), text);
    };
    for (const [path, frontMatter] of Object.entries(content)) write(`content/${path}.md`, `---\n${frontMatter}\n---\n`);
    for (const [name, [markdown]] of Object.entries(cases)) write(`content/pages/${fileOf(name)}.md`, `---\ntitle: '${name}'\n---\n${markdown}\n`);
    write('content/pages/gone.md', `---\ntitle: Gone\n---\nA {{% resource_link "${uids.gone}" "link" %}} and\n\n{{< resource uuid="${uids.gone}" >}}\n\n{{< video-gallery "${uids.gone}" >}}\n\n\\\\(\\frac{\\\\)\n`);
    write('data/course.json', '{"course_title": "C", "primary_course_number": "1"}');
    output = await buildSite({ content: join(folder, 'site'), starter: 'ocw-course-v2', baseUrl: '/courses/c', destination: join(folder, 'out'), staticApiUrl: '' });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const prose = (name: string): string => {
    const html = readFileSync(join(folder, 'out', 'pages', fileOf(name), 'index.html'), 'utf8');
    return html.slice(html.indexOf('<div class="prose">'), html.indexOf('</article>'));
  };

  it.each(Object.entries(cases))('%s', (name, [, html]) => {
    expect(folded(prose(name))).toContain(folded(html));
  });

  it('warn with file and line of what is not there, and leave the words', () => {
    expect(prose('gone')).toContain('<p>A link and</p>');
    expect(prose('gone')).toContain('<code class="formula-source">\\frac{</code>');
    const { warnings, errors } = parseHugoOutput(output, { siteDir: '/nowhere/site', themesDir: '/nowhere' });
    expect(errors).toEqual([]);
    const place = (file: string | undefined): string => /content\/.*$/.exec(file ?? '')?.[0] ?? '';
    expect(warnings.map((warning) => `${place(warning.file)}:${String(warning.line)} ${warning.message}`).sort()).toEqual([
      'content/pages/gone.md:1 the formula "\\\\frac{" cannot be typeset, so its source is shown',
      `content/pages/gone.md:4 the link to ${uids.gone} leads nowhere: there is no such page or resource in this version of the site`,
      `content/pages/gone.md:6 the resource ${uids.gone} to embed is not in this version of the site`,
      `content/pages/gone.md:8 the video gallery ${uids.gone} is not in this version of the site`,
    ]);
    expect(complaints(output)).toHaveLength(4);
  });
});
