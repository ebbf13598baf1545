// @ts-check

/** @typedef {{name: string, passed: boolean}} Check */
/** @typedef {import('./vitestReporter.mjs').Results} Results */

/**
 * Counts the check steps and the single tests, and says why what was skipped was skipped.
 * @param {{checks: Check[], results: Results | null, testsExited: number | null, corpus: boolean}} options
 *   results is null when the test run wrote none; corpus says whether the real courses were given, so that a test which skips for want of them lies
 * @returns {{lines: string[], passed: number, failed: number, skipped: number}}
 */
export function verdict({ checks, results, testsExited, corpus }) {
  const lines = [];
  let passed = checks.filter((check) => check.passed).length;
  let failed = checks.length - passed;
  let skipped = 0;
  for (const check of checks) if (!check.passed) lines.push(`FAILED  ${check.name}`);
  for (const test of results?.tests ?? []) {
    if (test.state === 'passed') passed += 1;
    if (test.state === 'failed') {
      failed += 1;
      lines.push(`FAILED  ${test.name}${test.error === null ? '' : `: ${test.error}`}`);
    }
    if (test.state !== 'skipped') continue;
    if (corpus && /corpus/i.test(`${test.name} ${test.reason ?? ''}`)) {
      failed += 1;
      lines.push(`FAILED  ${test.name}: skipped although the corpus is there`);
    } else {
      skipped += 1;
      lines.push(`skipped ${test.name}: ${test.reason ?? 'its title says why'}`);
    }
  }
  for (const error of results?.errors ?? []) {
    failed += 1;
    lines.push(`FAILED  ${error.split('\n')[0] ?? error}`);
  }
  const explained = (results?.errors.length ?? 0) > 0 || (results?.tests.some((test) => test.state === 'failed') ?? false);
  if (results === null || (testsExited !== 0 && !explained)) {
    failed += 1;
    lines.push(`FAILED  the test run itself ended with ${testsExited ?? 'a signal'}${results === null ? ' and left no results' : ''}`);
  }
  return { lines, passed, failed, skipped };
}

/**
 * What a shorter run would have to begin with.
 * @param {Results | null} results
 * @returns {string[]} one line a file, the slowest first.
 */
export function slowestFiles(results, count = 12) {
  return [...(results?.files ?? [])]
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, count)
    .map(({ name, seconds }) => `${seconds.toFixed(0).padStart(5)} s  ${name}`);
}
