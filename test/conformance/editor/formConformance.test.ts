import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Item } from '#api/contracts/items.ts';
import type { Kind } from '#api/contracts/kinds.ts';
import { configItem, parseSiteConfig } from '#domain/siteConfig.ts';
import { corpusOrSkip, isFullSize } from '../../support/corpus.ts';
import { createDatabase } from '../../support/postgres.ts';
import { findChromium } from '../../web/support/browser.ts';
import { chooseField } from './chooseField.ts';
import { formReportLines, runFormConformance } from './runFormConformance.ts';

const chromium = findChromium();
if (chromium === undefined) process.stderr.write('Forms are not tried with real courses: no Chromium was found (install it, or name one with CHROMIUM_BIN).\n');

describe.skipIf(chromium === undefined)('a form changes only the field an author changes', () => {
  it('in real courses', async (context) => {
    const corpus = corpusOrSkip(context);
    const database = await createDatabase();
    try {
      const report = await runFormConformance({ database, chromium: chromium ?? '', corpus: join(corpus, 'courses'), projects: join(corpus, 'ocw-hugo-projects'), isChosen: isFullSize ? () => true : (index) => index % 10 === 3 });
      expect(report.failures, formReportLines(report).join('\n')).toEqual([]);
      expect(report.files).toBeGreaterThan(isFullSize ? 1_400 : 140);
      expect(report.changed).toBeGreaterThan(report.files * 0.95);
      // Most items of a course are files, whose forms have texts; pages have the other two, which a tenth may miss.
      expect(Object.keys(report.widgets).sort()).toEqual(isFullSize ? ['boolean', 'select', 'text'] : expect.arrayContaining(['boolean', 'text']));
    } finally {
      await database.drop();
    }
  });
});

describe('the check itself', () => {
  const config = parseSiteConfig(`root-url-path: courses
collections:
- name: page
  label: Pages
  category: Content
  folder: content/pages
  fields:
  - {name: title, label: Title, widget: string, required: true}
  - {name: draft, label: Draft, widget: boolean}
  - {name: where, label: Where, widget: string, readOnly: true}
  - {name: types, label: Types, widget: select, multiple: true, options: [A, B, C]}
  - {name: kind, label: Kind, widget: select, options: [Image, Video]}
  - {name: alt, label: Alt, widget: text, condition: {field: kind, equals: Image}}
  - {name: license, label: License, widget: select, options: [{label: One, value: one}, {label: Two, value: two}]}
`);
  const found = configItem(config, 'page');
  const kind = { ...found, isTitleImplied: false, count: 1, can: { add: true, edit: true } } as Kind;
  const item = (metadata: Item['metadata'], title: string | null = null): Item => ({ textId: 'x', type: 'page', title, metadata, markdown: 'Text', file: null }) as Item;
  const of = (one: Item, titleToo = true): unknown[] => [...new Set(Array.from({ length: 30 }, (_, seed) => JSON.stringify(chooseField(kind, one, seed, { titleToo })?.path)))];

  it('changes what the file has and the form shows, and nothing on which other fields depend', () => {
    expect(of(item({}))).toEqual([undefined]);
    expect(of(item({ draft: false, where: 'x', types: ['C'], kind: 'Image', alt: 'x', license: 'one' }, 'T'))).toEqual(['"title"', '"metadata.draft"', '"metadata.types"', '"metadata.alt"', '"metadata.license"']);
    expect(of(item({ kind: 'Video', alt: 'x' }, 'T'), false)).toEqual([undefined]);
  });

  it('says what each field holds afterwards', () => {
    expect(chooseField(kind, item({ draft: true }), 0, { titleToo: true })).toEqual({ path: 'metadata.draft', keys: ['draft'], step: { kind: 'press', label: 'No' }, value: false });
    expect(chooseField(kind, item({ types: ['gone', 'C'] }), 0, { titleToo: true })).toMatchObject({ step: { kind: 'press', label: 'A' }, value: ['gone', 'A', 'C'] });
    expect(chooseField(kind, item({ license: 'one' }), 0, { titleToo: true })).toMatchObject({ step: { kind: 'choose', value: 'two' }, value: 'two' });
  });

  it('says which file failed, and how', () => {
    expect(formReportLines({ files: 4, changed: 2, noItem: 1, noField: 1, widgets: { text: 2 }, failures: [{ path: 'a/b.md', what: 'field', reason: 'x' }] })).toEqual(['a/b.md: field: x', 'one field of a form: 1 of 2 changed there only (text 2); of 4 files 1 are no item, 1 have no such field']);
  });
});
