import { beforeEach, describe, expect, it } from 'vitest';
import { createNoticesActivities } from '#activities/notices.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { findRun } from '#db/queries/runs.ts';
import { clearUnpublished, setUnpublishStatus } from '#db/queries/unpublishing.ts';
import type { NotifyLearnInput } from '#temporal/contracts/notifyLearn.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeRun, makeSite } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const receiver = 'https://learn.localhost/hook';

describe('a notice', () => {
  let told: NotifyLearnInput['event'][];
  let activities: ReturnType<typeof createNoticesActivities>;
  let siteId: string;
  beforeEach(async () => {
    await database.clear();
    told = [];
    const learn = { notify: (_to: string, event: NotifyLearnInput['event']) => Promise.resolve(void told.push(event)) };
    activities = createNoticesActivities({ config: makeConfig(), db: database.db, learn } as unknown as ActivityDeps);
    siteId = (await makeSite(database.db)).id;
  });
  const tell = (eventId: string, event: NotifyLearnInput['event']) => runActivity((input: NotifyLearnInput) => activities.tellCatalogue(input), { eventId, receiver, event });

  it('of an unpublish is told while the site is on its way offline and when it is, and no more once it is live again', async () => {
    const eventId = await makeRun(database.db, { siteId, process: 'unpublish-site', version: 'live', workflowId: 'unpublish-site/a' });
    const event = { kind: 'unpublished', siteUid: 'uid' } as const;
    await setUnpublishStatus(database.db, siteId, 'started');
    await tell(eventId, event);
    await setUnpublishStatus(database.db, siteId, 'succeeded');
    await tell(eventId, event);
    await clearUnpublished(database.db, siteId);
    await tell(eventId, event);
    expect(told).toEqual([event, event]);
  });

  it('of a publish is told whatever became of the site', async () => {
    const event = { kind: 'published', prefixes: ['courses/a'] } as const;
    await tell(`${await makeRun(database.db, { siteId, version: 'live' })}/1`, event);
    expect(told).toEqual([event]);
  });

  it.each([
    ['publish-site', 'Publish the site live again to tell it.'],
    ['unpublish-site', 'It may go on listing the course: ask those who run it to take it off.'],
  ])('of %s that was not taken is a warning that says what to do', async (process, whatNow) => {
    const runId = await makeRun(database.db, { siteId, process, version: 'live', workflowId: `${process}/a` });
    for (let times = 0; times < 2; times += 1) await activities.recordUntold({ eventId: runId, receiver, reason: 'It answered 400.' });
    expect((await findRun(database.db, runId))?.warnings.map(({ message }) => message)).toEqual([`The catalogue at learn.localhost was not told of this: It answered 400. ${whatNow}`]);
  });
});
