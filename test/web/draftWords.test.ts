import { expect, test } from 'vitest';
import { atTime, clockTime, fieldName, ofDay, presentSentence, valueText } from '../../web/src/words/draftWords.ts';

const now = new Date(2026, 10, 26, 15, 30);
const at = (day: number, hour: number, minute = 3): Date => new Date(2026, 10, day, hour, minute);

test('a moment is told by the clock, and by its day when that is another', () => {
  expect([at(26, 12), at(26, 0, 5), at(25, 23), at(24, 9)].map((moment) => clockTime(moment, now))).toEqual(['12:03', '00:05', 'yesterday 23:03', '2 days ago 09:03']);
  expect([at(26, 12), at(25, 9), at(3, 9)].map((moment) => ofDay(moment, now))).toEqual(['of today', 'of yesterday', 'of November 3']);
  // An hour after midnight, an hour before it is the day before.
  expect(clockTime(at(25, 23, 30), at(26, 0, 40))).toBe('November 25 23:30');
  expect([at(26, 12), at(25, 23)].map((moment) => atTime(moment, now))).toEqual(['at 12:03', 'yesterday at 23:03']);
});

test('who edits is named, with the admin who acts as somebody', () => {
  const since = at(26, 12).toISOString();
  const ben = { id: 'b', name: 'Ben', since, actedBy: null };
  expect(presentSentence([], now)).toBe('');
  expect(presentSentence([ben], now)).toBe('Ben is editing this, too (since 12:03).');
  expect(presentSentence([ben, { ...ben, id: 'o', name: 'Olga', actedBy: 'Ada' }, { ...ben, id: 'z', name: 'Zoe' }], now)).toBe('Ben (since 12:03), Ada (an admin, acting as Olga) (since 12:03) and Zoe (since 12:03) are editing this, too.');
});

test('fields and values are words', () => {
  expect([['title'], ['metadata', 'image', 'alt'], ['markdown'], ['metadata', 'x']].map((path) => fieldName(path, new Map([['metadata.x', 'Level']])))).toEqual(['Title', 'image, alt', 'Text', 'Level']);
  expect([null, '', true, ['a', 'b'], [], 3, { a: 1 }].map(valueText)).toEqual(['(nothing)', '(nothing)', 'Yes', 'a, b', '(nothing)', '3', '{\n  "a": 1\n}']);
});
