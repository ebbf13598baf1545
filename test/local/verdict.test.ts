import { describe, expect, it } from 'vitest';
import { slowestFiles, verdict } from '#local/tools/verdict.mjs';

const passed = { name: 'a.test.ts > works', state: 'passed', reason: null, error: null } as const;
const failed = { name: 'b.test.ts > breaks', state: 'failed', reason: null, error: 'expected 1 to be 2' } as const;
const skipped = { name: 'c.test.ts > publishes', state: 'skipped', reason: 'no corpus beside the checkout', error: null } as const;
const checks = [{ name: 'lint', passed: true }, { name: 'types', passed: true }];

describe('the verdict of npm test', () => {
  it('counts tests and check steps, and says why something was skipped', () => {
    const result = verdict({ checks, results: { tests: [passed, skipped], errors: [], files: [] }, testsExited: 0, corpus: false });
    expect(result).toEqual({ lines: ['skipped c.test.ts > publishes: no corpus beside the checkout'], passed: 3, failed: 0, skipped: 1 });
  });

  it('takes a corpus test that skips although the corpus is there for a failure', () => {
    const result = verdict({ checks, results: { tests: [passed, skipped], errors: [], files: [] }, testsExited: 0, corpus: true });
    expect(result).toMatchObject({ passed: 3, failed: 1, skipped: 0 });
  });

  it('fails for a failed check, a failed test and a file that could not be loaded', () => {
    const result = verdict({ checks: [{ name: 'lint', passed: false }], results: { tests: [failed], errors: ['d.test.ts: Cannot find module\nstack'], files: [] }, testsExited: 1, corpus: false });
    expect(result.lines).toEqual(['FAILED  lint', 'FAILED  b.test.ts > breaks: expected 1 to be 2', 'FAILED  d.test.ts: Cannot find module']);
    expect(result.failed).toBe(3);
  });

  it('fails when the run ended badly though every test passed, and when it left no results', () => {
    expect(verdict({ checks, results: { tests: [passed], errors: [], files: [] }, testsExited: 1, corpus: false })).toMatchObject({ passed: 3, failed: 1 });
    expect(verdict({ checks, results: null, testsExited: null, corpus: false })).toMatchObject({ passed: 2, failed: 1 });
  });

  it('is preceded by the slowest files', () => {
    const files = [{ name: 'quick', seconds: 1 }, { name: 'slow', seconds: 100.4 }, { name: 'usual', seconds: 9.6 }];
    expect(slowestFiles({ tests: [], errors: [], files }, 2)).toEqual(['  100 s  slow', '   10 s  usual']);
    expect(slowestFiles(null)).toEqual([]);
  });
});
