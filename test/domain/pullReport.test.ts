import { expect, it } from 'vitest';
import type { PullLine } from '#domain/pullPlan.ts';
import { goesBackSentence, type PullReport, withFaults } from '#domain/pullReport.ts';

const line = (action: PullLine['action'], textId: string | null): PullLine => ({ action, path: `${textId ?? 'x'}.md`, textId, fields: [], reason: null });

it('what could not be taken is said and counted as that', () => {
  const report: PullReport = { site: 's', commit: 'c', dryRun: false, goesBack: null, counts: { add: 1, change: 1, delete: 0, unchanged: 0, kept: 1, missing: 0, conflict: 0, refused: 1 }, lines: [line('add', 'a'), line('refused', 'b'), line('change', 'b'), line('kept', null)] };
  const after = withFaults(report, [{ textId: 'b', action: 'conflict', reason: 'edited meanwhile' }]);
  expect(after.lines).toEqual([line('add', 'a'), line('refused', 'b'), { ...line('change', 'b'), action: 'conflict', reason: 'edited meanwhile' }, line('kept', null)]);
  expect(after.counts).toMatchObject({ add: 1, change: 0, conflict: 1, refused: 1, kept: 1 });
  expect(withFaults(report, [])).toEqual(report);
});

it('how far it goes back is a sentence', () => {
  expect(goesBackSentence({ at: '2026-03-01T10:00:00+02:00', commits: 1 })).toBe('This goes back to 2026-03-01; 1 newer commit is not taken.');
  expect(goesBackSentence({ at: '2026-03-01T10:00:00Z', commits: 1_200 })).toBe('This goes back to 2026-03-01; 1,200 newer commits are not taken.');
});
