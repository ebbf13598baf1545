import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Concourse } from '#clients/concourse.ts';
import type { Drive } from '#clients/drive.ts';
import type { Fastly } from '#clients/fastly.ts';
import type { GitClient } from '#clients/git.ts';
import type { GitHubClient } from '#clients/github.ts';
import type { GitHubHooksClient } from '#clients/gitHubHooks.ts';
import type { Hugo } from '#clients/hugo.ts';
import type { Learn } from '#clients/learn.ts';
import type { Mail } from '#clients/mail.ts';
import type { MediaConvert } from '#clients/mediaConvert.ts';
import type { PublicWeb } from '#clients/publicWeb.ts';
import type { S3 } from '#clients/s3.ts';
import type { ThreePlay } from '#clients/threePlay.ts';
import type { Wayback } from '#clients/wayback.ts';
import type { YouTube } from '#clients/youtube.ts';
import type { Config } from '#config/load.ts';
import type { Db } from '#db/knex.ts';
import type { HostTurns } from './hostTurns.ts';
import type { Workspace } from './workspace.ts';

/** Everything an activity may reach. Built once per worker, and with stand-ins in tests. */
export interface ActivityDeps {
  readonly config: Config;
  readonly db: Db;
  readonly s3: S3;
  readonly git: GitClient;
  readonly github: GitHubClient;
  /** Webhooks of the projects repository; null where nobody says at which API. */
  readonly projectsHooks: GitHubHooksClient | null;
  readonly hugo: Hugo;
  /** Null where no Concourse is set up. */
  readonly concourse: Concourse;
  readonly drive: Drive;
  readonly fastly: Fastly;
  readonly learn: Learn;
  readonly mail: Mail;
  readonly mediaConvert: MediaConvert;
  readonly publicWeb: PublicWeb;
  /** Of requests to hosts of the public web, for all workers. */
  readonly hostTurns: HostTurns;
  readonly wayback: Wayback;
  readonly threePlay: ThreePlay;
  readonly youtube: YouTube;
  readonly temporal: Client;
  readonly workspace: Workspace;
  readonly log: Logger;
  /** Takes the secrets of the configuration out of a text. */
  readonly redact?: (text: string) => string;
}
