import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { ActivityDeps } from '#activities/deps.ts';
import { createHostTurns } from '#activities/hostTurns.ts';
import { openWorkspace } from '#activities/workspace.ts';
import { createConcourse } from '#clients/concourse.ts';
import { createDrive } from '#clients/drive.ts';
import { createFastly } from '#clients/fastly.ts';
import { createGit } from '#clients/git.ts';
import { createGitHub } from '#clients/github.ts';
import { createGitHubHooks } from '#clients/gitHubHooks.ts';
import { createHugo } from '#clients/hugo.ts';
import { createLearn } from '#clients/learn.ts';
import { createMail } from '#clients/mail.ts';
import { createMediaConvert } from '#clients/mediaConvert.ts';
import { createPublicWeb } from '#clients/publicWeb.ts';
import { createS3 } from '#clients/s3.ts';
import { createThreePlay } from '#clients/threePlay.ts';
import { createWayback } from '#clients/wayback.ts';
import { createYouTube } from '#clients/youtube.ts';
import type { Config } from '#config/load.ts';
import { secretsOf } from '#config/secretsOf.ts';
import { createDb } from '#db/knex.ts';
import { createRedaction } from '#domain/redaction.ts';

/** A host of the public web is asked once in so many milliseconds. */
const HOST_TURN_MS = 1_000;

/** Builds what activities reach from the configuration; `close` ends it. */
export async function createDeps(config: Config, temporal: Client, log: Logger): Promise<ActivityDeps & { close(): Promise<void> }> {
  const db = createDb(config.databaseUrl, { poolMax: config.databasePoolMax, applicationName: 'ocw-studio-worker' });
  const s3 = createS3(config);
  const mediaConvert = createMediaConvert(config);
  const github = createGitHub(config);
  return {
    config,
    redact: createRedaction(secretsOf(config)),
    db,
    s3,
    git: createGit({ searchPath: config.searchPath, credentials: [{ scope: config.gitCloneBaseUrl, token: github.gitToken }, { scope: config.projectsGitUrl, token: config.projectsGitToken }] }),
    github,
    projectsHooks: config.projectsApiUrl === undefined ? null : createGitHubHooks({ ...config, apiUrl: config.projectsApiUrl, token: config.projectsGitToken }),
    hugo: createHugo(config),
    concourse: createConcourse(config),
    drive: createDrive(config),
    fastly: createFastly(config),
    learn: createLearn(config),
    mail: createMail(config),
    mediaConvert,
    publicWeb: createPublicWeb(config),
    hostTurns: createHostTurns(db, HOST_TURN_MS),
    wayback: createWayback(config),
    threePlay: createThreePlay(config),
    youtube: createYouTube(config),
    temporal,
    workspace: await openWorkspace(config.studioWorkDir),
    log,
    async close() {
      s3.close();
      mediaConvert.close();
      await db.destroy();
    },
  };
}
