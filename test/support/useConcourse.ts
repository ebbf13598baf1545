import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createConcourse } from '#local/standins/concourse/createConcourse.mjs';

/** The stand-in for Concourse, for the tests of a file, and the environment that leads to it. */
export function useConcourse() {
  const home = mkdtempSync(join(tmpdir(), 'ocw-concourse-'));
  const user = { username: 'studio', password: 'secret' };
  const standIn = createConcourse({ home, ...user });
  const env = { CONCOURSE_URL: '', CONCOURSE_USERNAME: user.username, CONCOURSE_PASSWORD: user.password };
  beforeAll(async () => {
    env.CONCOURSE_URL = await standIn.listen();
  });
  afterAll(async () => {
    await standIn.close();
    rmSync(home, { recursive: true, force: true });
  });
  return { standIn, env };
}
