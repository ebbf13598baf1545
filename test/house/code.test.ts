import { expect, test } from 'vitest';
import { activityCount, forbiddenText, longFiles, misnamedFiles, undocumentedActivities } from './support/codeRules.ts';
import { expectNone } from './support/expectNone.ts';

test('no source file is too long to be read', () => {
  expectNone(longFiles());
});

test('a file with one export is named for it', () => {
  expectNone(misnamedFiles());
});

test('every activity says why it may run twice and where a worker may die in it', () => {
  expect(activityCount()).toBeGreaterThan(5);
  expectNone(undocumentedActivities());
});

test('no text names one machine, hides a fault or focuses a test', () => {
  expectNone(forbiddenText());
});
