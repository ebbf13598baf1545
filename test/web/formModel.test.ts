import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Kind } from '../../api/contracts/kinds.ts';
import { readContentFile } from '../../domain/contentFile.ts';
import type { ContentItem } from '../../domain/contentItem.ts';
import { fieldPathsOf, fieldValue, isFieldActive } from '../../domain/fieldPaths.ts';
import { fieldDifferences } from '../../domain/itemDiff.ts';
import { mergeMetadata } from '../../domain/mergeMetadata.ts';
import { configItem, configItems, parseSiteConfig, type SiteConfig } from '../../domain/siteConfig.ts';
import { changesOf, type Edits, otherFields, problemsOf, shownItem } from '../../web/src/features/content/formModel.ts';
import { corpusFolder, coursesOf, filesBelow, noCorpus } from '../support/corpus.ts';

const config = parseSiteConfig(`root-url-path: courses
collections:
- name: page
  label: Pages
  category: Content
  folder: content/pages
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: draft, label: Draft, widget: boolean, required: true}
  - {name: description, label: Description, widget: text}
  - {name: body, label: Body, widget: markdown}
  - {name: levels, label: Levels, widget: select, multiple: true, min: 1, options: [Undergraduate, Graduate]}
  - {name: license, label: License, widget: select, required: true, default: by, options: [by, zero]}
  - {name: resourcetype, label: Type, widget: select, options: [Image, Video]}
  - {name: build, label: Build, widget: hidden, default: {render: never}}
  - {name: file, label: File, widget: file}
  - name: image_metadata
    label: Image
    widget: object
    condition: {field: resourcetype, equals: Image}
    fields:
    - {name: image-alt, label: ALT text, widget: string, required: true}
    - {name: caption, label: Caption, widget: text}
    - {name: credit, label: Credit, widget: string, default: Unknown}
    - {name: captions, label: Captions, widget: relation, collection: page, display_field: title, multiple: true}
`);

const kindOf = (from: SiteConfig, name: string): Kind => {
  const kind = configItem(from, name);
  if (kind === undefined) throw new Error(`There is no kind ${name}`);
  return { ...kind, fields: [...kind.fields], isTitleImplied: false, count: 1, can: { add: true, edit: true } };
};
const page = kindOf(config, 'page');
const edits = (...entries: readonly (readonly [string, unknown])[]): Edits => new Map(entries);
const stored = (metadata: Record<string, unknown> = {}, some: Partial<Pick<ContentItem, 'title' | 'markdown' | 'file'>> = {}) => ({ title: 'Syllabus', markdown: 'Text\n', file: null, metadata, ...some });

describe('what a save sends', () => {
  test('is nothing while nothing was written, whatever odd values are stored', () => {
    const odd = stored({ draft: '', levels: 'Graduate', license: ['by'], description: null, image_metadata: '', extra: [1], resourcetype: 7 }, { title: null, markdown: null });
    expect(changesOf(page, odd, edits())).toEqual({});
  });

  test('is each key whose value is another, in its own place', () => {
    const item = stored({ draft: false, description: 'Old', other: 'kept', image_metadata: { caption: 'Old', stray: 1 }, resourcetype: 'Image' });
    expect(changesOf(page, item, edits(['title', 'New'], ['markdown', 'Other\n'], ['file', 'a/b.png'], ['metadata.description', 'New'], ['metadata.draft', false]))).toEqual({ title: 'New', markdown: 'Other\n', file: 'a/b.png', metadata: { description: 'New' } });
  });

  test('of a group is the changed keys inside alone', () => {
    const item = stored({ resourcetype: 'Image', image_metadata: { 'image-alt': 'A graph', caption: 'Old', stray: 1 } });
    const changes = changesOf(page, item, edits(['metadata.image_metadata.caption', 'New']));
    expect(changes).toEqual({ metadata: { image_metadata: { caption: 'New' } } });
    expect(mergeMetadata(page, item.metadata, changes.metadata ?? {})['image_metadata']).toEqual({ 'image-alt': 'A graph', caption: 'New', stray: 1 });
  });

  test.each([[undefined, ''], [null, ''], ['', null], ['', []], [[], '']])('is nothing when %j became %j: both are empty', (before, after) => {
    expect(changesOf(page, stored(before === undefined ? {} : { description: before }), edits(['metadata.description', after]))).toEqual({});
  });

  test.each([[undefined, false], ['', false], [null, false]])('of a boolean that was %j and is now answered with No, is that', (before, after) => {
    expect(changesOf(page, stored(before === undefined ? {} : { draft: before }), edits(['metadata.draft', after]))).toEqual({ metadata: { draft: false } });
  });

  test('is nothing for what was written and taken back', () => {
    expect(changesOf(page, stored({ levels: ['Graduate'] }), edits(['title', 'Syllabus'], ['metadata.levels', ['Graduate']]))).toEqual({});
  });

  test('of an emptied text is the empty text', () => {
    expect(changesOf(page, stored({ description: 'Old' }), edits(['metadata.description', ''], ['markdown', '']))).toEqual({ markdown: '', metadata: { description: '' } });
  });
});

describe('a field that another one hides', () => {
  const image = stored({ resourcetype: 'Image', license: 'by', image_metadata: { 'image-alt': 'A graph', caption: 'C' } });

  test('keeps what is stored, and what was written in it stays unsent while it is hidden', () => {
    const written = edits(['metadata.image_metadata.caption', 'New'], ['metadata.resourcetype', 'Video']);
    expect(changesOf(page, image, written)).toEqual({ metadata: { resourcetype: 'Video' } });
    const back = edits(['metadata.image_metadata.caption', 'New'], ['metadata.resourcetype', 'Image']);
    expect(changesOf(page, image, back)).toEqual({ metadata: { image_metadata: { caption: 'New' } } });
  });

  test('is emptied only where the server would refuse what it holds', () => {
    const faulty = stored({ ...image.metadata, image_metadata: { 'image-alt': 'A graph', captions: [7] } });
    const changes = changesOf(page, faulty, edits(['metadata.resourcetype', 'Video']));
    expect(changes).toEqual({ metadata: { resourcetype: 'Video', image_metadata: { captions: [] } } });
    expect(problemsOf(page, faulty, edits(['metadata.resourcetype', 'Video'])).size).toBe(0);
    // A fault that was there before and is not concerned stays.
    expect(changesOf(page, faulty, edits(['metadata.description', 'x']))).toEqual({ metadata: { description: 'x' } });
  });
});

describe('a new item', () => {
  test('shows the starter’s defaults, those of a group once it is there, and sends none of them', () => {
    expect(shownItem(page, null, edits()).metadata).toEqual({ license: 'by', build: { render: 'never' } });
    const asImage = edits(['title', 'T'], ['metadata.resourcetype', 'Image']);
    expect(shownItem(page, null, asImage).metadata['image_metadata']).toEqual({ credit: 'Unknown' });
    expect(changesOf(page, null, asImage)).toEqual({ title: 'T', metadata: { resourcetype: 'Image' } });
  });

  test('says so when a default was emptied, and nothing of what stayed empty', () => {
    expect(changesOf(page, null, edits(['metadata.license', ''], ['metadata.description', '']))).toEqual({ metadata: { license: '' } });
  });

  test('is checked as a whole: what is required, and how many are chosen', () => {
    expect([...problemsOf(page, null, edits())]).toEqual([['title', ['‘Title’ is required.']], ['metadata.levels', ['‘Levels’ must have at least 1 entry.']]]);
    expect([...problemsOf(page, null, edits(['title', 'T'], ['metadata.levels', ['Graduate']])).keys()]).toEqual([]);
  });
});

test('old faults of fields nobody touched are no problem, and those of a touched one are', () => {
  const item = stored({ levels: [], license: 'gone', description: 7 });
  expect(problemsOf(page, item, edits(['title', 'New'])).size).toBe(0);
  expect([...problemsOf(page, item, edits(['metadata.license', 'nothing of the kind']))]).toEqual([['metadata.license', ['‘License’ must be one of: by, zero.']]]);
  expect([...problemsOf(page, item, edits(['title', '']))]).toEqual([['title', ['‘Title’ is required.']]]);
});

test('a condition that comes to hold calls for what is required inside', () => {
  expect([...problemsOf(page, stored({ resourcetype: 'Video' }), edits(['metadata.resourcetype', 'Image']))]).toEqual([['metadata.image_metadata.image-alt', ['‘ALT text’ is required.']]]);
});

test('other fields are those that no field of the form shows', () => {
  expect(otherFields(page, { description: 'x', parent_uid: 'u', title: 'stray', file: 'stray', image_metadata: { caption: 'x', legacy: 1 }, body: '' }).map(({ path }) => path)).toEqual(['parent_uid', 'title', 'file', 'image_metadata.legacy', 'body']);
});

const corpus = corpusFolder();
describe.skipIf(corpus === null)(`real courses in the form${corpus === null ? ` (skipped: ${noCorpus})` : ''}`, () => {
  const real = corpus === null ? config : parseSiteConfig(readFileSync(join(corpus, 'ocw-hugo-projects/ocw-course-v2/ocw-studio.yaml'), 'utf8'));
  const itemsOf = (course: string): ContentItem[] =>
    filesBelow(join(corpus ?? '', 'courses', course)).flatMap(({ path, bytes }) => {
      if (!/\.(md|json|ya?ml)$/.test(path)) return [];
      const read = readContentFile({ path, text: bytes.toString('utf8'), config: real, site: { name: course, urlPath: `courses/${course}` } });
      return read.kind === 'item' ? [read.item] : [];
    });

  test.each(corpus === null ? [] : coursesOf(corpus))('%s: nothing is sent without a change, and one change sends one key', (course) => {
    const items = itemsOf(course).filter(({ type }) => configItem(real, type) !== undefined);
    expect(items.length).toBeGreaterThan(20);
    const wrong: string[] = [];
    for (const item of items) {
      const kind = kindOf(real, item.type);
      const fields = fieldPathsOf(kind).filter((at) => at.field.widget !== 'object' && isFieldActive(item, at));
      // Every widget gives back what it was given.
      if (JSON.stringify(changesOf(kind, item, edits(...fields.map((at) => [at.path, fieldValue(item, at)] as const)))) !== '{}') wrong.push(`${item.textId} sends something unasked`);
      for (const at of fields) {
        const value = at.field.widget === 'boolean' ? fieldValue(item, at) !== true : at.field.widget === 'string' || at.field.widget === 'text' || at.field.widget === 'markdown' ? 'changed' : at.field.widget === 'select' && at.field.multiple === true ? ['Changed'] : undefined;
        if (value === undefined) continue;
        const changes = changesOf(kind, item, edits([at.path, value]));
        const next = { ...item, ...changes, metadata: mergeMetadata(kind, item.metadata, changes.metadata ?? {}) };
        const differences = fieldDifferences(item, next).map(({ field }) => field);
        if (differences.length !== 1 || differences[0] !== at.path) wrong.push(`${item.textId}: a change of ${at.path} changed ${differences.join(', ')}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('every kind of both starters can be opened empty, and its defaults are what the server makes', () => {
    for (const starter of ['ocw-course-v2', 'ocw-www']) {
      const own = parseSiteConfig(readFileSync(join(corpus ?? '', 'ocw-hugo-projects', starter, 'ocw-studio.yaml'), 'utf8'));
      for (const { name } of configItems(own)) expect(changesOf(kindOf(own, name), null, edits()), name).toEqual({});
    }
  });
});
