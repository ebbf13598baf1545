import { expect, test } from 'vitest';
import { nameOfKey } from '#domain/nameOfKey.ts';
import { choicesOf, chosenValues, fittingChoices, oddChoice } from '../../web/src/features/content/widgets/choice.ts';
import { heldValue } from '../../web/src/features/content/widgets/heldValue.ts';
import { isPicture, megabytes, resourceTypeOf, titleOfFile } from '../../web/src/words/fileWords.ts';
import { kindsByCategory, singularOf } from '../../web/src/words/kindWords.ts';

// Every label of the real starters.
test.each([['Pages', 'Page'], ['Resource lists', 'Resource list'], ['Video Gallery', 'Video Gallery'], ['External Resources', 'External Resource'], ['Stories', 'Story'], ['Course Lists', 'Course List'], ['Promos', 'Promo'], ['Notifications', 'Notification'], ['Syllabus', 'Syllabus'], ['Classes of 2026', 'Classes of 2026']])('of %s one is a %s', (label, singular) => {
  expect(singularOf({ label, labelSingular: null, file: null })).toBe(singular);
});

test('a starter’s own word for one goes before, and what stands once is called as it is', () => {
  expect(singularOf({ label: 'People', labelSingular: 'Person', file: null })).toBe('Person');
  expect(singularOf({ label: 'Settings', labelSingular: null, file: 'data/a.json' })).toBe('Settings');
});

test('kinds are grouped by category in the order of the starter', () => {
  const kinds = [{ category: 'Content', name: 'a' }, { category: 'Settings', name: 'b' }, { category: 'Content', name: 'c' }];
  expect(kindsByCategory(kinds).map(({ category, kinds: own }) => `${category}: ${own.map(({ name }) => name).join()}`)).toEqual(['Content: a,c', 'Settings: b']);
});

test('a stored file is known by the name it was given', () => {
  expect(nameOfKey('courses/x/0123456789abcdef0123456789abcdef_figure 1.png')).toBe('figure 1.png');
  expect(nameOfKey('courses/x/figure.png')).toBe('figure.png');
  expect(nameOfKey('0123456789abcdef0123456789abcdef_')).toBe('0123456789abcdef0123456789abcdef_');
});

test.each([['a.PNG', true, 'Image'], ['a.svg', true, 'Image'], ['a.mp4', false, 'Video'], ['a.pdf', false, 'Document'], ['a.docx', false, 'Document'], ['a.xls', false, 'Document'], ['a.vtt', false, 'Other'], ['a', false, 'Other']])('%s: a picture %s, of type %s', (name, picture, type) => {
  expect([isPicture(name), resourceTypeOf(name)]).toEqual([picture, type]);
});

test('a file without a title is called by its name in words, and measured in MB', () => {
  expect(titleOfFile('lecture-12_factoring__a matrix.slides.pdf')).toBe('lecture 12 factoring a matrix.slides');
  expect([megabytes(0), megabytes(1_234_567_890)]).toEqual(['0.0 MB', '1,234.6 MB']);
});

test('any stored value can be shown in a field for a text', () => {
  expect([undefined, null, '', 'x', 7, [], ['a'], { a: 1 }, true].map(heldValue)).toEqual([
    { text: '', odd: undefined },
    { text: '', odd: undefined },
    { text: '', odd: undefined },
    { text: 'x', odd: undefined },
    { text: '7', odd: '7' },
    { text: '', odd: undefined },
    { text: '', odd: '["a"]' },
    { text: '', odd: '{"a":1}' },
    { text: '', odd: 'true' },
  ]);
});

test('any stored value can be shown as what is chosen, and what is odd about it is said', () => {
  const field = (multiple: boolean) => ({ widget: 'select' as const, name: 'a', label: 'A', multiple, options: ['One', { label: 'Two', value: '2' }] });
  expect(choicesOf(field(false))).toEqual([{ value: 'One', label: 'One' }, { value: '2', label: 'Two' }]);
  expect([undefined, '', 'One', ['One', 2, 'x'], { a: 1 }].map(chosenValues)).toEqual([[], [], ['One'], ['One', 'x'], []]);
  expect([null, 'One', ['One']].map((value) => oddChoice(field(false), value))).toEqual([undefined, undefined, '["One"]']);
  expect(['', 'One', ['One'], [1], 7].map((value) => oddChoice(field(true), value))).toEqual([undefined, '"One"', undefined, '[1]', '7']);
});

test('choices are found by the beginnings and middles of their words', () => {
  const choices = choicesOf({ widget: 'select', name: 'a', label: 'A', options: ['Lecture Videos', 'Lecture Notes', 'Videos'] });
  expect(fittingChoices(choices, ' VID lect').map(({ label }) => label)).toEqual(['Lecture Videos']);
  expect(fittingChoices(choices, '')).toHaveLength(3);
});
