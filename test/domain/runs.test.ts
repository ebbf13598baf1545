import { expect, it } from 'vitest';
import { canMove, isFinal, runStates, type RunState } from '#domain/runs.ts';

/** Every move there is, spelled out: a row that changes here changes what people can do. */
const moves: Readonly<Record<RunState, readonly RunState[]>> = {
  running: ['running', 'succeeded', 'failed', 'cancelled', 'superseded', 'terminated'],
  succeeded: ['succeeded'],
  failed: ['running', 'failed', 'cancelled', 'superseded', 'terminated'],
  cancelled: ['cancelled'],
  superseded: ['superseded'],
  terminated: ['terminated'],
};

it('a run moves along the table and nowhere else', () => {
  expect(Object.fromEntries(runStates.map((from) => [from, runStates.filter((to) => canMove(from, to))]))).toEqual(moves);
});

it('a run that succeeded, was cancelled, superseded or terminated is done for good; a failed one waits', () => {
  expect(runStates.filter(isFinal)).toEqual(['succeeded', 'cancelled', 'superseded', 'terminated']);
});
