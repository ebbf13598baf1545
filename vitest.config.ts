import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** Folders under test/ whose tests run workflows in a Temporal test or development server. */
const workflowFolders = ['workflows', 'replay'];
/** Folders under test/ whose tests start real processes: slow, and after all others; they mostly wait, so that two files at a time need no more than two cores. */
const stackFolders = ['e2e', 'chaos', 'conformance', 'local', 'standins', 'theme'];
/** Folders under test/ that hold no vitest tests. */
const supportFolders = ['fixtures', 'factories', 'histories', 'golden', 'support'];

const globs = (folders: readonly string[]): string[] => folders.map((folder) => `test/${folder}/**/*.test.ts`);
const json = process.env['VITEST_JSON'];
const loopbackOnly = fileURLToPath(new URL('./test/support/loopbackOnly.ts', import.meta.url));
const services = fileURLToPath(new URL('./test/support/services.ts', import.meta.url));

const common = { setupFiles: [loopbackOnly], retry: 0 };

/** Which files belong to which project. A folder named nowhere here belongs to `unit`, so that no test is ever orphaned. */
export const projectFiles = {
  unit: { include: ['test/**/*.test.ts'], exclude: globs([...workflowFolders, ...stackFolders, ...supportFolders, 'web']) },
  workflows: { include: globs(workflowFolders), exclude: [] as string[] },
  stack: { include: globs(stackFolders), exclude: [] as string[] },
  ...(existsSync(fileURLToPath(new URL('./test/web', import.meta.url))) ? { web: { include: globs(['web']), exclude: [] as string[] } } : {}),
};

export default defineConfig({
  test: {
    reporters: ['default', ...(json === undefined || json === '' ? [] : [['json', { outputFile: json }] as ['json', { outputFile: string }]])],
    maxWorkers: 2,
    globalSetup: [services],
    passWithNoTests: false,
    projects: [
      {
        test: { ...common, name: 'unit', ...projectFiles.unit, testTimeout: 20_000, hookTimeout: 60_000, sequence: { groupOrder: 0 } },
      },
      ...(projectFiles.web === undefined
        ? []
        : [
            {
              plugins: [svelte()],
              resolve: { conditions: ['browser'] },
              test: { ...common, name: 'web', ...projectFiles.web, testTimeout: 20_000, hookTimeout: 60_000, sequence: { groupOrder: 0 } },
            },
          ]),
      {
        test: { ...common, name: 'workflows', ...projectFiles.workflows, testTimeout: 60_000, hookTimeout: 120_000, sequence: { groupOrder: 1 } },
      },
      {
        test: {
          ...common,
          name: 'stack',
          ...projectFiles.stack,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
