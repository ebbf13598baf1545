// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../tools/SetupError.mjs';
import { run } from '../tools/run.mjs';
import { readJson, writePrivateJson } from './stackFile.mjs';

/** @typedef {{root: string, home: string, env: NodeJS.ProcessEnv, log: (line: string) => void, driveUrl?: string | undefined}} Context driveUrl: the stand-in for Google Drive, where it runs */
/** @typedef {{id: string, says: string, args: readonly string[], skipWhen?: readonly string[], clip?: string}} Step one call of the command line; skipWhen is a call that succeeds where the step is done already; clip is a video that is put into the sample course’s folder of Google Drive before */

export const ROOT_SITE = 'ocw-www';
export const SAMPLE_SITE = 'sample-course';

/**
 * The main job of a first start: the root site, then the sample course, both published for real, and what the fictional people may do.
 * @param {string} root
 * @returns {Step[]}
 */
export function mainJobSteps(root) {
  const sample = join(root, 'local', 'sample');
  /** @type {(name: string, starter: string) => Step} */
  const importing = (name, starter) => ({
    id: `import ${name}`,
    says: `Importing ${name}`,
    args: ['import', join(sample, 'content', name), '--starter', starter, '--name', name, '--media', join(sample, 'media', name), '--json'],
    skipWhen: ['status', name, '--json'],
  });
  /** @type {(name: string, version: string, again?: string) => Step} */
  const publishing = (name, version, again = '') => ({ id: `publish ${name} ${version}${again}`, says: `Publishing ${name} (${version})${again}`, args: ['publish', name, '--version', version, '--wait', '--json'] });
  /** @type {(name: string, role: string, site?: string) => Step} */
  const granting = (name, role, site) => ({
    id: `grant ${name} ${role}${site === undefined ? '' : ` ${site}`}`,
    says: `Granting ${name} ${role}${site === undefined ? '' : ` of ${site}`}`,
    args: ['admin', 'grant', `${name}@example.edu`, role, ...(site === undefined ? [] : ['--site', site])],
  });
  return [
    { id: 'starters', says: 'Reading the starters', args: ['starters', 'sync', '--wait', '--json'] },
    // The root site goes first: a course's build reads its instructors from there. It names no course that must be out before it.
    importing(ROOT_SITE, 'ocw-www'),
    publishing(ROOT_SITE, 'live'),
    publishing(ROOT_SITE, 'draft'),
    importing(SAMPLE_SITE, 'ocw-course-v2'),
    publishing(SAMPLE_SITE, 'draft'),
    publishing(SAMPLE_SITE, 'live'),
    // Its home page shows the published courses, and there was none the first time.
    publishing(ROOT_SITE, 'live', ' again'),
    publishing(ROOT_SITE, 'draft', ' again'),
    granting('ada', 'global_admin'),
    granting('gus', 'global_author'),
    granting('olga', 'owner', SAMPLE_SITE),
    granting('ed', 'editor', SAMPLE_SITE),
    // Last: nobody waits for what becomes of it, which the studio shows.
    { id: 'clip', says: 'Bringing a clip over from Google Drive', clip: join(sample, 'media', SAMPLE_SITE, 'weight-crosses-a-beam.mp4'), args: ['drive', 'sync', SAMPLE_SITE, '--wait', '--json'] },
  ];
}

/**
 * Does the main job once per home. Each finished step is noted, so a start that was killed midway goes on where it was.
 * @param {Context} context
 * @returns {Promise<{firstTime: boolean}>}
 * @throws {SetupError} with the sentence of the step that failed; the next start tries it again.
 */
export async function doMainJob(context) {
  const marker = join(context.home, 'main-job.json');
  const before = /** @type {{done?: string[], finishedAt?: string} | null} */ (readJson(marker));
  if (before?.finishedAt !== undefined) return { firstTime: false };
  const done = new Set(before?.done ?? []);
  context.log(done.size === 0 ? 'First start: the sample sites are imported and published.' : 'The first start was interrupted: going on with the sample sites.');
  for (const step of mainJobSteps(context.root)) {
    if (done.has(step.id)) continue;
    await doStep(step, context);
    done.add(step.id);
    writePrivateJson(marker, { done: [...done] });
  }
  writePrivateJson(marker, { done: [...done], finishedAt: new Date().toISOString() });
  return { firstTime: true };
}

/**
 * @param {Step} step
 * @param {Context} context
 */
async function doStep(step, context) {
  const startedAt = Date.now();
  if (step.skipWhen !== undefined && (await studio(step.skipWhen, context)).code === 0) {
    context.log(`  ${step.says}: is there already`);
    return;
  }
  if (step.clip !== undefined) {
    if (context.driveUrl === undefined) return;
    await putClip(context.driveUrl, step.clip);
  }
  const { code, output } = await studio(step.args, context);
  if (code !== 0) {
    throw new SetupError(`${step.says} failed: ${sentenceOf(output)}`);
  }
  context.log(`  ${step.says}: done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/**
 * Puts a file into Google Drive, as a person would with the stand-in's page.
 * @param {string} driveUrl
 * @param {string} path
 */
async function putClip(driveUrl, path) {
  const body = JSON.stringify({ do: 'put', path: `/${SAMPLE_SITE}/videos_final/beam-experiment.mp4`, mimeType: 'video/mp4', base64: readFileSync(path).toString('base64') });
  const answer = await fetch(`${driveUrl}/_person`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!answer.ok) throw new SetupError(`The stand-in for Google Drive did not take the clip: ${await answer.text()}`);
}

/**
 * Runs the operators' command line, as a person would.
 * @param {readonly string[]} args
 * @param {Context} context
 */
function studio(args, { root, env }) {
  return run(process.execPath, ['--import', 'tsx', join(root, 'cli', 'main.ts'), ...args], { cwd: root, env: { ...env, STUDIO_URL: '', STUDIO_API_TOKEN: '' }, timeoutMs: 10 * 60_000 });
}

/** @param {string} output */
function sentenceOf(output) {
  return output.trim().split('\n').slice(-8).join('\n');
}
