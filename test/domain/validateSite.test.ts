import { describe, expect, test } from 'vitest';
import type { ContentItem } from '#domain/contentItem.ts';
import { type SiteFault, validateSite, type ValidateSiteInput } from '#domain/validateSite.ts';
import { cleanupConfig, cleanupItems, ids } from '#test/factories/cleanupSite.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';

const course = makeContentItem({ textId: 'sitemetadata', type: 'sitemetadata', title: null, dirpath: 'data', filename: 'course', isPageContent: false, markdown: null, metadata: { course_title: 'x' } });
const menu = (leftnav: unknown): ContentItem => makeContentItem({ textId: 'navmenu', type: 'navmenu', title: null, dirpath: 'config/_default', filename: 'menus', isPageContent: false, markdown: null, metadata: { leftnav } });
const singletons = [course, menu([])];
/** The site of the rules, without a fault. */
const sound: readonly ContentItem[] = [...cleanupItems.filter((item) => item.textId !== ids.plot && item.textId !== ids.rSite), makeContentItem({ ...cleanupItems.find((item) => item.textId === ids.plot) }), makeContentItem({ ...cleanupItems.find((item) => item.textId === ids.rSite) }), ...singletons];

function validate(more: readonly ContentItem[] = [], given: Partial<ValidateSiteInput> = {}): SiteFault[] {
  return validateSite({
    site: { name: 'eighteen', urlPath: 'courses/18-05', isRoot: false },
    rootWebsiteName: 'ocw-www',
    config: cleanupConfig,
    items: [...sound, ...more],
    deletedTextIds: new Set(),
    formerPlaces: [],
    otherSites: [{ name: 'calculus', urlPath: 'courses/18-01' }],
    ownHosts: new Set(['ocw.mit.edu']),
    hasItem: () => false,
    ...given,
  });
}

const page = (given: Partial<ContentItem>): ContentItem => makeContentItem({ textId: 'page', filename: 'page', title: 'Page', markdown: '', ...given });
/** A fault in short: how bad, where, and what. */
const short = (faults: readonly SiteFault[]): string[] => faults.map((fault) => `${fault.severity} ${fault.item?.textId ?? 'site'} ${fault.field ?? '-'}:${fault.line ?? '-'} ${fault.message}`);

test('a sound site has no fault', () => {
  expect(short(validate())).toEqual([]);
});

describe('what keeps a site from being built', () => {
  test('metadata that were never saved; a menu that was not is only empty', () => {
    expect(short(validate([], { items: cleanupItems }))).toEqual(['blocks site -:- ‘Course’ was never saved: the theme cannot build the site without data/course.json.', 'untidy site -:- ‘Menu’ was never saved: the site has no such menu.']);
  });

  test('a site without an address', () => {
    expect(short(validate([], { site: { name: 'eighteen', urlPath: null, isRoot: false } }))).toEqual(['blocks site -:- The site has no address yet: give it one before it is published.']);
  });

  test('a file outside of the folder of its kind', () => {
    expect(short(validate([page({ dirpath: 'static' })]))).toEqual([expect.stringMatching(/^blocks page dirpath:- /) as string]);
  });

  test('a singleton the starter no longer has; a page of such a kind is untidy', () => {
    expect(short(validate([page({ type: 'gone', isPageContent: false }), page({ textId: 'page-2', filename: 'page-2', type: 'gone' })]))).toEqual([
      'blocks page -:- The starter has no kind ‘gone’ and so no file for it: delete the item, or bring the kind back.',
      'untidy page-2 -:- The starter has no kind ‘gone’: the item is published as it is and nobody can edit its fields.',
    ]);
  });
});

describe('what readers meet', () => {
  test('a shortcode that names what is not there or was deleted, with its line', () => {
    expect(short(validate([page({ markdown: `One.\n\n{{< resource uuid="${ids.made}" >}}` })], { deletedTextIds: new Set([ids.made]) }))).toEqual([`broken page markdown:3 It names the item ‘${ids.made}’, which was deleted: bring it back, or take it out.`]);
    expect(short(validate([page({ markdown: `{{% resource_link "${ids.made}" "x" %}}` })]))).toEqual([`broken page markdown:1 It names the item ‘${ids.made}’, which is not there: take it out.`]);
  });

  test('links that lead nowhere, each with its line', () => {
    expect(short(validate([page({ markdown: '[a]({{< baseurl >}}/pages/notes)\n[b]({{< baseurl >}}/pages/none)\n\n[c](/courses/18-01/) [d](/courses/9-99/) [e](#here) [f](https://example.org)' })]))).toEqual([
      'broken page markdown:2 A link leads to /pages/none, which no item of this site has for an address.',
      'broken page markdown:4 A link leads to /courses/9-99, which belongs to no site of this studio.',
    ]);
  });

  test('links in code are none', () => {
    expect(validate([page({ markdown: '`[b]({{< baseurl >}}/pages/none)`' })])).toEqual([]);
  });

  test('menu entries that lead nowhere, or stand below what is not there', () => {
    const items = sound.filter((item) => item.textId !== 'navmenu');
    const faults = validate([], {
      items: [...items, menu([
        { identifier: ids.notes, name: 'Notes', weight: 10 },
        { identifier: ids.made, name: 'Gone', weight: 20 },
        { identifier: 'external-1', name: 'Away', url: '/pages/none', weight: 30 },
        { identifier: 'external-2', name: 'Out', url: 'https://example.org', weight: 40 },
        { identifier: ids.syllabus, name: 'Orphan', parent: ids.made.replace('0', '1'), weight: 10 },
      ])],
    });
    expect(short(faults)).toEqual([
      'broken navmenu metadata.leftnav:- The entry ‘Away’ leads to /pages/none, which no item of this site has for an address.',
      'broken navmenu metadata.leftnav:- The entry ‘Gone’ names an item that is not there: readers see it without a link.',
      expect.stringMatching(/^broken navmenu metadata\.leftnav:- .*under an entry that is not there: ‘10000000-/) as string,
    ]);
  });

  test('two pages of one address', () => {
    expect(short(validate([page({ textId: 'page', dirpath: 'content/pages/notes', filename: '_index' })]))).toEqual(['broken page filename:- Its address /pages/notes is also that of ‘notes’: readers see only one of them. Rename one.']);
  });

  test('a resource without its file; a video may be on YouTube', () => {
    const resource = (resourcetype: string, metadata: Record<string, unknown> = {}): ContentItem => page({ type: 'resource', dirpath: 'content/resources', metadata: { resourcetype, ...metadata } });
    expect(short(validate([resource('Document')]))).toEqual(['broken page file:- The resource has no file: upload one, or delete the resource.']);
    expect(short(validate([resource('Video')]))).toEqual(['broken page file:- The video has neither a file nor an id on YouTube: upload it, or delete the resource.']);
    expect(short(validate([resource('Video', { video_metadata: { youtube_id: 'abc' } })]))).toEqual([]);
  });
});

describe('names of other sites', () => {
  const withInstructors = { ...cleanupConfig, collections: cleanupConfig.collections.map((collection) => ({ ...collection, files: collection.files?.map((file) => (file.name === 'sitemetadata' ? { ...file, fields: [...(file.fields ?? []), { widget: 'relation' as const, name: 'instructors', label: 'Instructors', collection: 'instructor', display_field: 'title', multiple: true, website: 'ocw-www' }, { widget: 'website-collection' as const, name: 'related', label: 'Related' }] } : file)) })) };
  const items = (metadata: Record<string, unknown>): readonly ContentItem[] => [...sound.filter((item) => item.textId !== 'sitemetadata'), { ...course, metadata: { ...course.metadata, ...metadata } }];
  const instructors = { content: [ids.made], website: 'ocw-www' };

  test('an instructor the root site does not have stops the build', () => {
    expect(short(validate([], { config: withInstructors, items: items({ instructors }) }))).toEqual([`blocks sitemetadata metadata.instructors:- It names the item ‘${ids.made}’, which the site ‘ocw-www’ does not have.`]);
    expect(validate([], { config: withInstructors, items: items({ instructors }), hasItem: (site, textId) => site === 'ocw-www' && textId === ids.made })).toEqual([]);
  });

  test('a site the studio does not have', () => {
    expect(short(validate([], { config: withInstructors, items: items({ related: [{ id: 'courses/18-01', title: 'a' }, { id: 'courses/9-99', title: 'b' }] }) }))).toEqual(['broken sitemetadata metadata.related:- It names the site ‘courses/9-99’, which the studio does not have.']);
  });
});

test('faults of fields are untidy, and the worst of all comes first', () => {
  const faults = validate([page({ title: 'x'.repeat(126) }), page({ textId: 'page-2', filename: 'page-2', dirpath: 'static' }), page({ textId: 'page-3', filename: 'page-3', markdown: '[b]({{< baseurl >}}/pages/none)' })]);
  expect(faults.map((fault) => [fault.severity, fault.item?.textId, fault.field])).toEqual([
    ['blocks', 'page-2', 'dirpath'],
    ['broken', 'page-3', 'markdown'],
    ['untidy', 'page', 'title'],
  ]);
});

test('five thousand items take a few seconds at most, and the order is the same every time', () => {
  const many = Array.from({ length: 5_000 }, (_, index) => page({ textId: `many-${index}`, filename: `many-${index}`, markdown: `[a]({{< baseurl >}}/pages/many-${index + 1}) `.repeat(10) }));
  const faults = validate(many);
  expect(faults).toHaveLength(10);
  expect(validate(many)).toEqual(faults);
}, 20_000);
