// @ts-check
import { writeFileSync } from 'node:fs';

/** @typedef {import('vitest/reporters').Reporter} Reporter */
/** @typedef {{name: string, state: 'passed' | 'failed' | 'skipped', reason: string | null, error: string | null}} TestResult error: the first line of why it failed */
/** @typedef {{tests: TestResult[], errors: string[], files: {name: string, seconds: number}[]}} Results errors: files that could not be loaded and errors outside of any test */

/**
 * Writes what vitest's own JSON leaves out: why a test was skipped. The path comes from OCW_TEST_RESULTS.
 * @implements {Reporter}
 */
export default class ResultsReporter {
  /** @type {Results} */
  #results = { tests: [], errors: [], files: [] };

  /** @param {import('vitest/node').TestCase} testCase */
  onTestCaseResult(testCase) {
    const result = testCase.result();
    if (result.state === 'pending') return;
    this.#results.tests.push({
      name: `${testCase.module.relativeModuleId} > ${testCase.fullName}`,
      state: result.state,
      reason: result.state === 'skipped' ? (result.note ?? null) : null,
      error: result.state === 'failed' ? (result.errors[0]?.message.split('\n')[0] ?? null) : null,
    });
  }

  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<import('vitest').SerializedError>} unhandled
   */
  onTestRunEnd(modules, unhandled) {
    for (const module of modules) {
      const { collectDuration, setupDuration, duration } = module.diagnostic();
      this.#results.files.push({ name: module.relativeModuleId, seconds: (collectDuration + setupDuration + duration) / 1000 });
      for (const error of module.errors()) this.#results.errors.push(`${module.relativeModuleId}: ${error.message}`);
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) this.#results.errors.push(`${module.relativeModuleId} > ${suite.fullName}: ${error.message}`);
      }
    }
    for (const error of unhandled) this.#results.errors.push(error.message ?? 'an error without a message');
    const path = process.env['OCW_TEST_RESULTS'];
    if (path !== undefined) writeFileSync(path, JSON.stringify(this.#results));
  }
}
