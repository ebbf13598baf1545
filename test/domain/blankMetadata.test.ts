import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blankMetadata } from '#domain/blankMetadata.ts';
import { configItems, parseSiteConfig } from '#domain/siteConfig.ts';
import { validateItem } from '#domain/validateItem.ts';
import { kindOf, makeAllWidgets } from '#test/factories/allWidgets.ts';
import { corpusOrSkip } from '#test/support/corpus.ts';

describe('the metadata of a new item', () => {
  it('has a blank for each field but those with a column of their own', () => {
    expect(blankMetadata(kindOf('resource'))).toEqual({
      body: '',
      resourcetype: '',
      file_size: '',
      level: [],
      image_metadata: { alt: '', caption: '', is_wide: false },
      video_files: { captions: [] },
    });
    expect(blankMetadata(kindOf('lists'))).toEqual({ cover: '', entries: '', shared: '', people: [], courses: '', topics: '' });
  });

  it('has false, not an empty text, where an answer is yes or no', () => {
    expect(blankMetadata(kindOf('page'))).toEqual({ draft: false, body: '', summary: '' });
  });

  it('has the defaults of the starter where they are asked for', () => {
    expect(blankMetadata(kindOf('resource'), { useDefaults: true })).toMatchObject({ resourcetype: 'Image', file_size: { bytes: 0 }, image_metadata: { is_wide: true } });
  });

  it('has the given values before the defaults, inside of objects too', () => {
    const values = { resourcetype: 'Video', level: ['none'], image_metadata: { caption: 'c', unknown: 1 }, unheard_of: 1, title: 'T', file: 'x' };
    expect(blankMetadata(kindOf('resource'), { useDefaults: true, values })).toEqual({
      body: '',
      resourcetype: 'Video',
      file_size: { bytes: 0 },
      level: ['none'],
      image_metadata: { alt: '', caption: 'c', is_wide: true },
      video_files: { captions: [] },
    });
  });

  it('shares nothing with the starter', () => {
    const kind = kindOf('resource');
    const first = blankMetadata(kind, { useDefaults: true });
    (first['file_size'] as { bytes: number }).bytes = 7;
    expect(blankMetadata(kind, { useDefaults: true })['file_size']).toEqual({ bytes: 0 });
  });

  it('of every kind of the real starters has only the faults of what is required or bounded below', (context) => {
    const corpus = corpusOrSkip(context);
    for (const starter of ['ocw-course-v2', 'ocw-www']) {
      const config = parseSiteConfig(readFileSync(join(corpus, 'ocw-hugo-projects', starter, 'ocw-studio.yaml'), 'utf8'));
      for (const kind of configItems(config)) {
        const item = { title: 'T', markdown: '', file: null, dirpath: kind.folder ?? '', filename: 'x', metadata: blankMetadata(kind, { useDefaults: true }) };
        const changed = new Set(['title', 'markdown', 'file', 'metadata']);
        expect(validateItem({ kind, config, item, changed }).filter(({ message }) => !message.endsWith('is required.'))).toEqual([]);
      }
    }
  });

  it('makes an item that the starter allows once the required fields are filled in', () => {
    const kind = kindOf('page');
    const item = { title: 'T', markdown: '', file: null, dirpath: 'content/pages', filename: 't', metadata: { ...blankMetadata(kind), summary: 's' } };
    expect(validateItem({ kind, config: makeAllWidgets(), item })).toEqual([]);
  });
});
