import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The browser for these tests: the one `CHROMIUM_BIN` names, or Debian's on the path; undefined where there is none. */
export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM_BIN'];
  if (named !== undefined && named !== '') return named;
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'chromium'))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        // Not in this folder.
        return false;
      }
    });
}

/** Starts the browser without a window; `more` are words of its command line. */
export function launch(executablePath: string, more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', ...more] });
}

/** Builds the web app as it ships, into a folder of its own. */
export function buildWebApp(): { readonly folder: string; readonly remove: () => void } {
  return buildPage('web');
}

/** Builds a page as the web app is built, from the folder of its settings into one of its own. */
export function buildPage(source: string): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'ocw-studio-web-'));
  // The test runner's own mode would build the development version.
  const build = spawnSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', source, '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (build.status !== 0) throw new Error(`The page in ${source} could not be built:\n${build.stdout}\n${build.stderr}`);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
