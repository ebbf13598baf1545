import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { instructorsOf } from '#domain/instructors.ts';
import { StepError } from './stepError.ts';

/**
 * Which instructors of a checkout the root site does not publish.
 * @throws {StepError} StaticApiUnavailable when the site that serves them does not answer.
 */
export async function missingInstructors(siteDir: string, staticApiUrl: string): Promise<string[]> {
  const course = await readFile(join(siteDir, 'data', 'course.json'), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (course === null) return [];
  const missing: string[] = [];
  for (const uuid of instructorsOf(course)) {
    const status = await statusOf(`${staticApiUrl}/instructors/${encodeURIComponent(uuid)}/index.json`);
    if (status === 404 || status === 403) missing.push(uuid);
    else if (status !== 200) throw new StepError('StaticApiUnavailable', `The site that serves the instructors answers with an error (${status}).`);
  }
  return missing;
}

async function statusOf(url: string): Promise<number> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    throw new StepError('StaticApiUnavailable', 'The site that serves the instructors does not answer.');
  }
}
