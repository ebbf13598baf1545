import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeContentFile } from '#domain/contentFile.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { contentTypeOf } from '#domain/contentType.ts';
import { type ImportPlan, planImport } from '#domain/importPlan.ts';
import { pageUrl } from '#domain/menus.ts';
import { type ConfigField, configItem, configItems, parseSiteConfig, type SiteConfig } from '#domain/siteConfig.ts';
import { urlPathFault } from '#domain/siteUrl.ts';
import { ROOT } from '#local/setup.mjs';
import { corpusOrSkip, coursesOf, filesBelow } from '../support/corpus.ts';

const sample = join(ROOT, 'local', 'sample');
const sites = [
  { name: 'sample-course', starter: 'ocw-course-v2' },
  { name: 'ocw-www', starter: 'ocw-www' },
] as const;
type SiteName = (typeof sites)[number]['name'];

const configOf = (starter: string, projects = join(sample, 'projects')): SiteConfig => parseSiteConfig(readFileSync(join(projects, starter, 'ocw-studio.yaml'), 'utf8'));
const folderOf = (name: SiteName): string => join(sample, 'content', name);
const planOf = (name: SiteName): ImportPlan => planImport({ siteId: 'site-1', files: filesBelow(folderOf(name)), config: configOf(sites.find((site) => site.name === name)?.starter ?? ''), folderName: name, name });
const itemsOf = (name: SiteName): ContentItem[] => planOf(name).items.map(({ item }) => item);
const course = JSON.parse(readFileSync(join(folderOf('sample-course'), 'data', 'course.json'), 'utf8')) as Record<string, unknown>;

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** The uuids a value names, at any depth. */
function uuidsIn(value: unknown): string[] {
  return JSON.stringify(value).match(UUID) ?? [];
}

/** A field with those of its object fields, so that a widget inside an object counts too. */
function allFields(fields: readonly ConfigField[]): ConfigField[] {
  return fields.flatMap((field) => (field.widget === 'object' ? [field, ...field.fields] : [field]));
}

/** The values a select offers; none for other fields. */
function optionsOf(field: ConfigField | undefined): string[] {
  return field?.widget === 'select' ? field.options.map((option) => (typeof option === 'string' ? option : option.value)) : [];
}

describe('the sample starters', () => {
  it('use every widget and are read without fault', () => {
    const widgets = sites.flatMap(({ starter }) => configItems(configOf(starter)).flatMap((item) => allFields(item.fields).map((field) => field.widget)));
    expect([...new Set(widgets)].sort()).toEqual(['boolean', 'file', 'hidden', 'hierarchical-select', 'markdown', 'menu', 'object', 'relation', 'select', 'string', 'text', 'website-collection']);
  });

  it.for(sites)('$starter has the fields production has, so that either can be used', ({ starter }, context) => {
    const corpus = corpusOrSkip(context);
    /** Words for people are ours; names, widgets and options are the contract. */
    const contractOf = (config: SiteConfig): unknown =>
      configItems(config).map(({ name, folder, file, fields }) => ({ name, folder, file, fields: allFields(fields).map((field) => `${field.name}: ${field.widget}${'multiple' in field ? ` multiple ${field.multiple}` : ''}${'website' in field ? ` of ${field.website}` : ''}`) }));
    expect(contractOf(configOf(starter))).toEqual(contractOf(configOf(starter, join(corpus, 'ocw-hugo-projects'))));
  });

  it('offers every option that production offers', (context) => {
    const corpus = corpusOrSkip(context);
    for (const { starter } of sites) {
      const own = configOf(starter);
      for (const item of configItems(configOf(starter, join(corpus, 'ocw-hugo-projects')))) {
        for (const field of allFields(item.fields)) {
          const twin = allFields(configItem(own, item.name)?.fields ?? []).find((candidate) => candidate.name === field.name);
          if (field.widget === 'select') expect(optionsOf(twin), `${item.name}.${field.name}`).toEqual(expect.arrayContaining(optionsOf(field)));
          if (field.widget === 'hierarchical-select') expect(twin, field.name).toMatchObject({ options_map: field.options_map, levels: field.levels });
        }
      }
    }
  });

  it('import real courses exactly as the production starter does', (context) => {
    const corpus = corpusOrSkip(context);
    for (const name of coursesOf(corpus)) {
      const files = filesBelow(join(corpus, 'courses', name));
      const [own, theirs] = [configOf('ocw-course-v2'), configOf('ocw-course-v2', join(corpus, 'ocw-hugo-projects'))].map((config) => planImport({ siteId: 'site-1', files, config, folderName: name }));
      expect(own).toEqual(theirs);
      expect(own?.items.length).toBeGreaterThan(50);
    }
  });
});

describe.each(sites)('the sample content of $name', ({ name, starter }) => {
  const config = configOf(starter);
  const plan = planOf(name);
  const items = plan.items.map(({ item }) => item);
  const byTextId = new Map(items.map((item) => [item.textId, item]));

  it('is all content, but for the README', () => {
    expect(plan.kept).toEqual(['README.md']);
    // What names courses that must be out before it can be built has no place on a fresh studio.
    const late = ['course-lists', 'course-collection', 'resource_collections'];
    const kinds = configItems(config).map((item) => item.name).filter((kind) => name !== 'ocw-www' || !late.includes(kind));
    expect(new Set(items.map((item) => item.type))).toEqual(new Set(kinds));
  });

  it('is written as the existing system writes it, byte for byte', () => {
    const site = { siteId: String(course['site_uid']), ...plan.site, itemOf: (textId: string) => byTextId.get(textId) };
    for (const { item, path } of plan.items) {
      expect(writeContentFile(item, config, site), path).toEqual({ path, text: readFileSync(join(folderOf(name), path), 'utf8') });
    }
  });

  it('has each file it names, each with its size and type, and no other', () => {
    const media = join(sample, 'media', name);
    const named = items.filter((item) => item.file !== null);
    for (const { file, metadata, title } of named) {
      const path = join(media, basename(file ?? ''));
      expect(existsSync(path), `${title ?? ''} names ${path}`).toBe(true);
      expect(metadata['file_size'], title ?? '').toBe(statSync(path).size);
      if (metadata['resourcetype'] === 'Image') expect(contentTypeOf(path).split(';')[0], title ?? '').toBe(metadata['file_type']);
    }
    expect(filesBelow(media).map(({ path }) => path)).toEqual(named.map(({ file }) => basename(file ?? '')).sort());
  });

  it('names no file beside its items’ own that is not there', () => {
    // Captions and transcripts are relations in the studio; their files are named where they are written.
    const text = plan.items.map(({ path }) => JSON.stringify(readFileSync(join(folderOf(name), path), 'utf8'))).join('\n');
    const prefix = name === 'ocw-www' ? 'ocw-www' : 'courses/sample-course';
    const named = [...text.matchAll(new RegExp(`/${prefix}/([\\w-]+\\.\\w+)`, 'g')), ...text.matchAll(/image-gallery-item href=\\"([^"\\]+)/g)].map((match) => match[1] ?? '');
    // Captions, transcripts, thumbnails and the gallery are the course's.
    expect(named.length).toBeGreaterThanOrEqual(name === 'ocw-www' ? 0 : 10);
    expect(named.filter((file) => !existsSync(join(sample, 'media', name, file)))).toEqual([]);
  });

  it('names nothing that is not there', () => {
    const known = new Set([...itemsOf('sample-course'), ...itemsOf('ocw-www')].map((item) => item.textId));
    // An episode of a podcast elsewhere, and uuids that are names of the site itself.
    const elsewhere = new Set(['913a4a55-b8e2-407d-b4cb-c26214d80d7f', String(course['site_uid'])]);
    for (const item of items) {
      const missing = [...uuidsIn(item.metadata), ...uuidsIn(item.markdown)].filter((uuid) => !known.has(uuid) && !elsewhere.has(uuid));
      expect(missing, `${item.dirpath}/${item.filename}`).toEqual([]);
    }
  });

  it('says in words what each image shows', () => {
    const images = items.filter((item) => item.metadata['resourcetype'] === 'Image');
    expect(images.length).toBeGreaterThan(3);
    for (const { metadata, title } of images) expect(Object.values(metadata['image_metadata'] as object).join(''), title ?? '').toMatch(/\S{4,}/);
  });

  it('has values that its forms offer', () => {
    for (const item of items) {
      for (const field of configItem(config, item.type)?.fields ?? []) {
        const value = item.metadata[field.name];
        if (field.widget !== 'select' || value === undefined || value === '') continue;
        expect(optionsOf(field), `${item.title ?? item.textId}: ${field.name}`).toEqual(expect.arrayContaining([value].flat()));
      }
    }
  });
});

describe('the sample course', () => {
  const items = itemsOf('sample-course');
  const text = items.map((item) => item.markdown ?? '').join('\n');

  it('has its address and its instructors of the root site', () => {
    const { site, instructors } = planOf('sample-course');
    expect(site).toEqual({ name: 'sample-course', shortId: 'sample-course', title: course['course_title'], urlPath: 'courses/sample-course' });
    expect(urlPathFault('courses/sample-course')).toBeUndefined();
    const people = itemsOf('ocw-www').filter((item) => item.type === 'instructor');
    expect(people.map((item) => item.filename)).toEqual(people.map((item) => item.textId));
    expect(instructors.length).toBeGreaterThan(0);
    expect(people.map((item) => item.textId)).toEqual(expect.arrayContaining([...instructors]));
  });

  it('fills every field of the course’s metadata', () => {
    const fields = configItem(configOf('ocw-course-v2'), 'sitemetadata')?.fields ?? [];
    expect(fields.filter((field) => field.widget !== 'hidden' && [undefined, ''].includes(course[field.name] as string)).map((field) => field.name)).toEqual([]);
  });

  const table = ['table', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td'].flatMap((part) => [`${part}open`, `${part}close`]);
  const legacy = ['anchor', 'approx-students', 'baseurl', 'br', 'div-with-class', 'fullwidth-cell', 'h', 'image-gallery', 'image-gallery-item', 'quiz_choice', 'quiz_choices', 'quiz_multiple_choice', 'quiz_solution', 'quote', 'resource_file', 'simplecast', 'sub', 'sup', 'video-gallery', 'youtube'];
  it.each(['resource', ...table, ...legacy, 'td-colspan', 'underline', 'external_resource_link'])('uses the shortcode %s', (shortcode) => {
    expect(text).toMatch(new RegExp(`\\{\\{< ${shortcode}[ />]`));
  });

  it.each([
    ['a link with a fragment', /\{\{% resource_link "[0-9a-f-]+" "[^"]+" "#[\w-]+" %\}\}/],
    ['an embedded resource that leads elsewhere', /\{\{< resource uuid="[0-9a-f-]+" href="/],
    ['an embedded resource that leads to another item', /\{\{< resource uuid="[0-9a-f-]+" href_uuid="/],
    ['cells over columns', /\{\{< tdopen colspan="2" >\}\}/],
    ['cells over rows', /\{\{< tdopen rowspan="2" >\}\}/],
    ['an empty solution', /\{\{< quiz_solution \/ >\}\}/],
    ['a closing tag with its slash in front', /\{\{<\/ image-gallery >\}\}/],
    ['a shortcode inside another one’s parameter', /text="[^"]*\{\{< sup 2 >\}\}/],
    ['mathematics in a line', /\\\\\(.+?\\\\\)/],
    ['mathematics on a line of its own', /^\\\\\[.+\\\\\]$/m],
    ['a raw superscript', /<sup>2<\/sup>/],
    ['a table with pipes', /^\| --- \|/m],
    ['code', /^```python$/m],
  ])('has %s', (_, pattern) => {
    expect(text).toMatch(pattern);
  });

  it('has resources of each kind, a nested menu and one draft that the menu leaves out', () => {
    expect(new Set(items.filter((item) => item.type === 'resource').map((item) => item.metadata['resourcetype']))).toEqual(new Set(['Image', 'Video', 'Document', 'Other']));
    const menu = items.find((item) => item.type === 'navmenu')?.metadata['leftnav'] as { identifier: string; parent?: string }[];
    expect(menu.filter((entry) => entry.parent !== undefined).length).toBeGreaterThan(3);
    const drafts = items.filter((item) => item.metadata['draft'] === true);
    expect(drafts).toHaveLength(1);
    expect(menu.map((entry) => entry.identifier)).not.toContain(drafts[0]?.textId);
  });

  it('has no link into itself that leads nowhere', () => {
    const pages = new Set(items.filter((item) => item.isPageContent).map((item) => pageUrl(item, 'content')));
    const links = [...text.matchAll(/\{\{< baseurl >\}\}(\/[^)\s#]*)/g), ...text.matchAll(/"\/courses\/sample-course(\/[^"#]+)\/"/g)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((link) => !pages.has(link))).toEqual([]);
  });
});

it('the uploaded files of all samples stay small', () => {
  const bytes = filesBelow(join(sample, 'media')).reduce((sum, file) => sum + file.bytes.length, 0);
  expect(bytes).toBeLessThan(1_500_000);
});
