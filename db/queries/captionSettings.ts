import { CAPTIONS_REASON } from '#domain/captionRules.ts';
import type { Db } from '../knex.ts';

/** Whether captions that are the only change since the last live publish of a site go out by themselves. */
export async function findCaptionSetting(db: Db, siteId: string): Promise<boolean> {
  const row = await db('sites').where({ id: siteId }).first<{ publishes_captions: boolean } | undefined>('publishes_captions');
  return row?.publishes_captions === true;
}

export async function saveCaptionSetting(db: Db, siteId: string, publishesCaptions: boolean): Promise<void> {
  await db('sites').where({ id: siteId }).update({ publishes_captions: publishesCaptions, updated_at: db.fn.now() });
}

/** How often items of a site were saved since a publish froze them, by captions of 3Play and by anything else. */
export async function countChangesSince(db: Db, siteId: string, publishRunId: string): Promise<{ readonly captions: number; readonly others: number }> {
  const counted = await db.raw<{ rows: { captions: string; others: string }[] }>(
    `select count(*) filter (where saves.reason = :captions) as captions, count(*) filter (where saves.reason <> :captions) as others
    from (
      select reason, updated_at as saved_at from content_items where site_id = :siteId
      union all
      select r.reason, r.saved_at from content_revisions r join content_items i on i.id = r.item_id where i.site_id = :siteId
    ) saves
    where saves.saved_at > (select coalesce(p.started_at, runs.started_at) from runs left join run_phases p on p.run_id = runs.id and p.phase = 'freeze' where runs.id = :publishRunId)`,
    { captions: CAPTIONS_REASON, siteId, publishRunId },
  );
  const [row] = counted.rows;
  return { captions: Number(row?.captions ?? 0), others: Number(row?.others ?? 0) };
}
