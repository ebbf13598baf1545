import type { Logger } from 'pino';
import type { Analytics } from '#clients/posthog.ts';
import type { S3 } from '#clients/s3.ts';
import type { ErrorReports } from '#clients/sentry.ts';
import type { Config } from '#config/load.ts';
import type { Db } from '#db/knex.ts';
import type { ChangeFeed } from './changeFeed.ts';
import type { Engine } from './engine.ts';

/** Everything a route may reach; built in main.ts, and by tests. */
export interface ApiDeps {
  readonly config: Config;
  readonly db: Db;
  readonly s3: S3;
  readonly engine: Engine;
  readonly changes: ChangeFeed;
  readonly log: Logger;
  /** Tells engineers of what nobody expected. */
  readonly errors: ErrorReports;
  readonly analytics: Analytics;
  /** Version of the running code. */
  readonly version: string;
}
