import { expect, test } from 'vitest';
import { auditFacts, auditOutcomeSentence, auditSentence, type AuditTold } from '#domain/auditSentence.ts';

const told = (more: Partial<AuditTold>): AuditTold => ({ action: 'publish', actor: { name: 'Ada Lin' }, impersonator: null, site: null, detail: {}, outcome: 'done', code: null, ...more });

test.each<[Partial<AuditTold>, string]>([
  [{ site: { name: 'algebra' }, detail: { version: 'live', process: 'publish-site', request: 'x' } }, 'Ada Lin asked for a publish, site ‘algebra’: Production.'],
  [{ impersonator: { name: 'Stan Poe' }, site: { name: 'algebra' } }, 'Stan Poe, acting as Ada Lin, asked for a publish, site ‘algebra’.'],
  [{ action: 'role-give', site: { name: 'algebra' }, detail: { email: 'new@example.edu', role: 'editor', site: 'algebra' } }, 'Ada Lin gave a role, site ‘algebra’: editor to new@example.edu.'],
  [{ action: 'captions-order', detail: { cents: 7_250, currency: 'USD' } }, 'Ada Lin ordered captions: $72.50.'],
  [{ action: 'captions-approve', detail: { priceUnknown: true } }, 'Ada Lin let captions be paid for: at a price that was not known.'],
  [{ action: 'process-start', detail: { process: 'sync-import-bucket', dryRun: true } }, 'Ada Lin started a process: Import sync, as a dry run.'],
  [{ action: 'schedule-pause', detail: { process: 'check-links', reason: 'The host asked us to.' } }, 'Ada Lin paused recurring work: Link check, ‘The host asked us to.’.'],
  [{ action: 'deletions-decide', detail: { step: 'undo them', items: 2, titles: ['Syllabus', 'Exam 1'] } }, 'Ada Lin decided about deletions: ‘Syllabus’, ‘Exam 1’, 2 items, undo them.'],
  [{ action: 'site-move', detail: { from: 'courses/a', to: 'courses/b' } }, 'Ada Lin moved a site: from ‘courses/a’ to ‘courses/b’.'],
  [{ action: 'review-schedule', detail: { at: '2027-02-03T09:30:00.000Z' } }, 'Ada Lin scheduled a publish: for Feb 3, 2027, 9:30 AM UTC.'],
  [{ action: 'review-schedule', detail: { at: 'some day' } }, 'Ada Lin scheduled a publish: for some day.'],
  [{ action: 'of-tomorrow' }, 'Ada Lin did ‘of-tomorrow’.'],
])('an entry is one sentence %#', (given, sentence) => {
  expect(auditSentence(told(given))).toBe(sentence);
});

test('what came of it is a sentence', () => {
  expect(auditOutcomeSentence({ outcome: 'done', code: null })).toBe('It was done.');
  expect(auditOutcomeSentence({ outcome: 'refused', code: 'forbidden' })).toBe('It was refused: the right to do that was missing.');
  expect(auditOutcomeSentence({ outcome: 'refused', code: 'ThreePlayRefused' })).toBe('It was refused: ThreePlayRefused.');
  expect(auditOutcomeSentence({ outcome: 'failed', code: 'internal' })).toContain('It failed');
  expect(auditOutcomeSentence({ outcome: null, code: null })).toBe('What came of it is not known.');
});

test('what is of another form than its name says is left out', () => {
  expect(auditFacts({ action: 'publish', detail: { version: 7, cents: 'many', titles: 'Syllabus', publishesCaptions: false, reason: '' } })).toEqual(['captions are not published by themselves']);
});
