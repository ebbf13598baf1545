import { expect, test } from 'vitest';
import { nearestWord } from '#domain/nearestWord.ts';

const known = ['label', 'label_singular', 'readOnly', 'min', 'max', 'widget'];

test.each([
  ['lable', 'label'],
  ['Label', 'label'],
  ['labelSingular', 'label_singular'],
  ['read-only', 'readOnly'],
  ['wigdet', 'widget'],
  ['widgets', 'widget'],
  ['mim', 'min'],
])('‘%s’ is near ‘%s’', (word, meant) => {
  expect(nearestWord(word, known)).toBe(meant);
});

test.each(['icon', 'x', '', 'labelled-wrongly'])('‘%s’ is near nothing', (word) => {
  expect(nearestWord(word, known)).toBeUndefined();
});
