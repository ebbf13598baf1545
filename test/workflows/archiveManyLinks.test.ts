import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createArchiveActivities } from '#activities/archive.ts';
import type { Activities } from '#activities/index.ts';
import { createWayback } from '#clients/wayback.ts';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { countLinkBacklog, takeInLinks } from '#db/queries/externalLinks.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { listRuns } from '#db/queries/runLists.ts';
import { CAPTURES_PER_MINUTE } from '#domain/wayback.ts';
import { createWayback as createStandIn } from '#local/standins/wayback/createWayback.mjs';
import { archiveLinksContract } from '#temporal/contracts/archiveLinks.ts';
import { startArchiveLinks } from '#temporal/startArchiveLinks.ts';
import type { archiveLinks } from '#workflows/archiveLinks.ts';
import { makeConfig } from '../factories/config.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makeSite } from '../factories/rows.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { isFullSize } from '../support/corpus.ts';
import { useDatabase } from '../support/postgres.ts';
import { runWorkers } from './support/runWorkers.ts';

const LINKS = isFullSize ? 10_000 : 1_000;
const MINUTE_MS = 60_000;

const database = useDatabase();
let environment: TestWorkflowEnvironment;
/** The test server's time, which the stand-in and the activities keep too. */
let now = Date.now();
let standIn: ReturnType<typeof createStandIn>;
let url: string;
beforeAll(async () => {
  environment = await createTimeSkipping();
  standIn = createStandIn({ accessKey: 'access', secretKey: 'secret', now: () => now });
  url = await standIn.listen();
});
afterAll(async () => {
  await standIn.close();
  await environment.teardown();
});

/** Activities that begin by reading the test server's clock. */
function inItsTime<T extends object>(activities: T): T {
  return Object.fromEntries(
    Object.entries(activities as Record<string, (input: unknown) => Promise<unknown>>).map(([name, activity]) => [
      name,
      async (input: unknown) => {
        now = Math.max(now, await environment.currentTimeMs());
        return activity(input);
      },
    ]),
  ) as T;
}

test(`${LINKS} queued links outlive their worker and are archived in the time the limit allows`, async () => {
  const { db } = database;
  const { id: siteId } = await makeSite(db);
  await db.transaction(async (trx) => {
    for (let index = 0; index < LINKS; index += 1) {
      const item = makeContentItem({ textId: `link-${index}`, filename: `link-${index}`, dirpath: 'content/external-resources', type: 'external-resource', metadata: { external_url: `https://h${index % 200}.example.edu/${index}` } });
      await createContentItem(trx, { siteId, item, by: null, reason: 'created' });
    }
  });
  await takeInLinks(db, siteId);
  await insertRunRequest(db, { process: archiveLinksContract.process, siteId, requestedBy: null });

  const log = pino({ level: 'silent' });
  const config = makeConfig({ ENABLE_WAYBACK_TASKS: 'true', WAYBACK_API_URL: url, WAYBACK_MACHINE_ACCESS_KEY: 'access', WAYBACK_MACHINE_SECRET_KEY: 'secret' });
  const wayback = createWayback(config);
  let isDying = false;
  const activitiesOf = (client: typeof wayback): Partial<Activities> => inItsTime(createArchiveActivities({ config, db, wayback: client, now: () => now }));
  // Its worker dies after a call and before its record: what was asked for is asked for again.
  const dying = activitiesOf({
    ...wayback,
    async submit(...given) {
      const submission = await wayback.submit(...given);
      isDying ||= standIn.captures().length >= LINKS / 4;
      if (isDying) throw ApplicationFailure.retryable('The worker was killed.', 'WorkerStopped');
      return submission;
    },
  });
  const prefix = 'archive-';
  // The test server knows no search attributes.
  const { typedSearchAttributes: _attributes, ...start } = startArchiveLinks(prefix);
  const workers = { intercepted: { db, log }, prefix };
  now = await environment.currentTimeMs();
  const began = now;
  const handle = await runWorkers(
    environment,
    dying,
    async () => {
      const started = await environment.client.workflow.signalWithStart<typeof archiveLinks, []>(archiveLinksContract.workflowType, start);
      while (!isDying) await environment.sleep('10 seconds');
      return started;
    },
    { ...workers, isForgetful: true },
  );
  expect(standIn.captures().length).toBeLessThan(LINKS / 4 + CAPTURES_PER_MINUTE);
  await runWorkers(environment, activitiesOf(wayback), async () => expect(await handle.result()).toEqual({ runs: 1 }), workers);

  expect((await countLinkBacklog(db, new Date())).archive).toEqual({ none: 0, queued: 0, submitted: 0, archived: LINKS, failed: 0, unknown: 0 });
  // One capture each, however often it was asked for.
  expect(standIn.captures()).toHaveLength(LINKS);
  expect((await listRuns(db, { process: archiveLinksContract.process }, { limit: 9, offset: 0 })).runs).toMatchObject([{ siteId, state: 'succeeded', result: { open: 0, archived: LINKS, failed: 0, putOff: 0 } }]);
  const takenMs = Math.max(...standIn.captures().map((capture) => capture.submittedAt)) - began;
  expect(takenMs / MINUTE_MS).toBeGreaterThanOrEqual(Math.floor(LINKS / CAPTURES_PER_MINUTE) - 1);
  expect(takenMs / MINUTE_MS).toBeLessThan((LINKS / CAPTURES_PER_MINUTE) * 1.05 + 3);
}, 3_600_000);
