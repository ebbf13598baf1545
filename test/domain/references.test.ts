import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readContentFile } from '#domain/contentFile.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { idsInText, referencesOf, relationTargets } from '#domain/references.ts';
import { parseSiteConfig } from '#domain/siteConfig.ts';
import { makeAllWidgets } from '#test/factories/allWidgets.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { corpusOrSkip, coursesOf, filesBelow } from '#test/support/corpus.ts';

const ids = ['a', 'b', 'c', 'd'].map((digit) => `${digit.repeat(8)}-2222-4333-8444-555555555555`);
const [a = '', b = '', c = '', d = ''] = ids;
const config = makeAllWidgets();

/** What an item names, as `field kind id@site`. */
function namedBy(given: Partial<ContentItem>): string[] {
  return referencesOf(makeContentItem(given), config).map(({ field, kind, targetTextId, targetSite }) => `${field} ${kind} ${targetTextId ?? ''}${targetSite === null ? '' : `@${targetSite}`}`);
}

describe('what an item names', () => {
  it('stands in the shortcodes of its body', () => {
    const markdown = `{{% resource_link "${a}" "x" %}} {{< resource uuid=${b} href_uuid="${c}" >}} ![]({{< resource_file ${d} >}}) {{% resource_link "${a}" "again" %}}`;
    expect(namedBy({ markdown })).toEqual([a, b, c, d].map((id) => `markdown markdown ${id}`));
  });

  it('stands in markdown fields, and in texts of fields that the starter does not know', () => {
    const link = (id: string): string => `{{% resource_link "${id}" "x" %}}`;
    expect(namedBy({ type: 'resource', markdown: null, metadata: { image_metadata: { caption: link(a), old: [link(b)] }, related_resources_text: link(c), deep: { er: { est: link(d) } } } })).toEqual([
      `metadata.image_metadata.caption markdown ${a}`,
      `metadata.image_metadata.old markdown ${b}`,
      `metadata.related_resources_text markdown ${c}`,
      `metadata.deep.er markdown ${d}`,
    ]);
  });

  it('stands in relations, in objects too, whether or not their condition holds', () => {
    const metadata = {
      cover: { content: a, website: 'this-site' },
      entries: { content: [b, c, b] },
      shared: { content: [[a, 'courses/other'], [b, null], c] },
      people: { content: [d], website: 'ocw-www' },
      courses: [{ id: 'courses/one', title: 'One' }, { id: 'courses/two', title: null }, { id: '' }, 'none'],
    };
    expect(namedBy({ type: 'lists', markdown: null, metadata })).toEqual([
      `metadata.cover relation ${a}@this-site`,
      `metadata.entries relation ${b}`,
      `metadata.entries relation ${c}`,
      `metadata.shared relation ${a}@courses/other`,
      `metadata.shared relation ${b}`,
      `metadata.shared relation ${c}`,
      `metadata.people relation ${d}@ocw-www`,
      'metadata.courses website @courses/one',
      'metadata.courses website @courses/two',
    ]);
    expect(namedBy({ type: 'resource', metadata: { resourcetype: 'Image', video_files: { captions: { content: [a] } } } })).toEqual([`metadata.video_files.captions relation ${a}`]);
  });

  it('stands in every menu of the starter', () => {
    const entry = (identifier: string, more: object = {}): object => ({ identifier, name: 'x', weight: 10, ...more });
    const metadata = { leftnav: [entry(a), entry('external-1', { url: 'https://example.edu' }), entry('elsewhere', { url: 'https://example.edu' }), entry('sitemetadata')], mainmenu: [entry(b, { url: '/pages/x' }), 'none', null, {}] };
    expect(namedBy({ type: 'navmenu', markdown: null, metadata })).toEqual([`metadata.leftnav menu ${a}`, 'metadata.leftnav menu sitemetadata', `metadata.mainmenu menu ${b}`]);
  });

  it('is read from its texts even where the starter does not know its kind', () => {
    expect(namedBy({ type: 'unheard-of', markdown: `{{< resource ${a} >}}`, metadata: { cover: { content: b } } })).toEqual([`markdown markdown ${a}`]);
  });

  it.each([undefined, null, '', [], 7, 'text', { content: null }, { content: '' }, { content: [''] }, { content: [[null, null]] }, [{ file: '/x.vtt', language: 'en' }]])('is nothing in odd values: %j', (value) => {
    expect(namedBy({ type: 'lists', markdown: null, metadata: { entries: value, courses: value } }).filter((reference) => reference !== 'metadata.entries relation text')).toEqual([]);
    expect(namedBy({ type: 'navmenu', markdown: null, metadata: { leftnav: value } })).toEqual([]);
  });
});

describe('a relation', () => {
  it.each([
    [a, [{ textId: a, site: null }]],
    [[a, b], [{ textId: a, site: null }, { textId: b, site: null }]],
    [{ content: a }, [{ textId: a, site: null }]],
    [{ content: [a], website: '' }, [{ textId: a, site: null }]],
    [{ content: [[a, 'x'], [b, null]], website: 'y' }, [{ textId: a, site: 'x' }, { textId: b, site: 'y' }]],
  ])('is read in the form %j', (value, targets) => {
    expect(relationTargets(value, null)).toEqual(targets);
  });

  it('names the site that the starter pins unless it says another', () => {
    expect(relationTargets({ content: [a] }, 'ocw-www')).toEqual([{ textId: a, site: 'ocw-www' }]);
    expect(relationTargets({ content: [a], website: 'other' }, 'ocw-www')).toEqual([{ textId: a, site: 'other' }]);
  });
});

describe('the ids of a text', () => {
  it.each([
    [`{{< resource ${a} >}}`, [a]],
    [`{{% external_resource_link ${a} "x" %}}`, [a]],
    [`{{< RESOURCE ${a} >}}`, []],
    [`{{% resource_link "${a.toUpperCase()}" "x" %}}`, [a.toUpperCase()]],
    [`{{< image-gallery-item text="see {{% resource_link \\"${a}\\" \\"x\\" %}}" >}}`, [a]],
    [`{{< resource uuid="1234" >}}`, []],
    [`{{< youtube ${a} >}}`, []],
    [`{{< constructor ${a} >}}`, []],
    [`{{< /resource ${a} >}}`, []],
    [`{{</* resource "${a}" */>}}`, []],
    [`{{% resource_link "x" "${a}" %}}`, []],
    [a, []],
  ])('%s', (text, found) => {
    expect(idsInText(text)).toEqual(found);
  });
});

describe('the references of real courses', () => {
  /** What two of the samples name and do not hold. */
  const missing = new Set(['3befc92b-56ff-e742-ed3b-2371af3df269', '3ee0856f-f641-4d3f-9cdc-79714fff907d']);

  it('lead to items of the course, to instructors of the root site, or to what is known to be missing', (context) => {
    const corpus = corpusOrSkip(context);
    const starter = parseSiteConfig(readFileSync(join(corpus, 'ocw-hugo-projects/ocw-course-v2/ocw-studio.yaml'), 'utf8'));
    const kinds = new Map<string, number>();
    const strays: string[] = [];
    for (const course of coursesOf(corpus)) {
      const items = filesBelow(join(corpus, 'courses', course)).flatMap(({ path, bytes }) => {
        const read = readContentFile({ path, text: bytes.toString('utf8'), config: starter, site: { name: course, urlPath: null } });
        return read.kind === 'item' ? [read.item] : [];
      });
      const known = new Set(items.map(({ textId }) => textId));
      for (const item of items) {
        for (const reference of referencesOf(item, starter)) {
          kinds.set(reference.kind, (kinds.get(reference.kind) ?? 0) + 1);
          const target = reference.targetTextId ?? '';
          const leads = known.has(target) || missing.has(target) || (reference.field === 'metadata.instructors' && reference.targetSite === 'ocw-www');
          if (!leads) strays.push(`${course}/${item.textId} ${reference.field}: ${target}`);
        }
      }
    }
    expect(strays).toEqual([]);
    expect([...kinds.keys()].sort()).toEqual(['markdown', 'menu', 'relation']);
    expect(Math.min(...kinds.values())).toBeGreaterThan(10);
  });
});
