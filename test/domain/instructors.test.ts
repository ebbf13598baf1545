import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { instructorItem, instructorsOf } from '#domain/instructors.ts';
import { corpusOrSkip } from '#test/support/corpus.ts';

const one = '11111111-2222-4333-8444-555555555555';
const two = '21111111-2222-4333-8444-555555555555';

describe('the instructors of a course', () => {
  it.each([
    ['a list', { content: [one, two] }, [one, two]],
    ['one alone', { content: one }, [one]],
    ['pairs with their site', { content: [[one, 'ocw-www'], [two, 'ocw-www']] }, [one, two]],
    ['one twice', { content: [one, one] }, [one]],
    ['what is no uuid', { content: ['x', 7, null, '../../etc/passwd', two] }, [two]],
    ['nothing', { content: null }, []],
    ['no relation', [one], []],
  ])('are found in %s', (_name, instructors, found) => {
    expect(instructorsOf(JSON.stringify({ instructors }))).toEqual(found);
  });

  it.each(['', '{', '[]', 'null', '7', '{}'])('are none in %j', (text) => {
    expect(instructorsOf(text)).toEqual([]);
  });
});

describe('an instructor’s item', () => {
  const data = { title: 'Prof. Ada B. Lovelace', first_name: 'Ada', last_name: 'Lovelace', middle_initial: 'B.', salutation: 'Prof.' };

  it('is made from the JSON a build reads, wrapped or not', () => {
    const item = { textId: one, type: 'instructor', title: data.title, dirpath: 'content/instructors', filename: one, isPageContent: true, metadata: { first_name: 'Ada', last_name: 'Lovelace', middle_initial: 'B.', salutation: 'Prof.' }, markdown: '', file: null };
    expect(instructorItem(one, JSON.stringify({ data }))).toEqual(item);
    expect(instructorItem(one, JSON.stringify(data))).toEqual(item);
  });

  it('has a title of its names when the JSON has none, and empty texts for what is missing', () => {
    expect(instructorItem(one, '{"data":{"first_name":"Ada","last_name":"Lovelace","salutation":7}}')).toMatchObject({ title: 'Ada Lovelace', metadata: { middle_initial: '', salutation: '' } });
  });

  it.each(['', '7', 'null', '{"data": null}'])('is refused for %j', (text) => {
    expect(() => instructorItem(one, text)).toThrow();
  });

  it('is made of every real one', (context) => {
    const folder = join(corpusOrSkip(context), 'instructors');
    const titles = readdirSync(folder).map((uuid) => instructorItem(uuid, readFileSync(join(folder, uuid, 'index.json'), 'utf8')).title);
    expect(titles).toHaveLength(8);
    expect(titles).not.toContain('');
  });
});
