import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export type PreviewServerState = 'waiting' | 'starting' | 'ready' | 'ended' | 'failed';

/** The preview of a site that people write, and the worker that shows it. */
export interface PreviewServerRow {
  readonly siteId: string;
  readonly state: PreviewServerState;
  /** A sentence: what is going on, or why it ended. */
  readonly doing: string;
  /** Files written so far, while it starts. */
  readonly files: number;
  /** Who shows it; null while nobody does. */
  readonly instance: string | null;
  readonly address: string | null;
  readonly accessKey: string | null;
  readonly isAskedToLeave: boolean;
  readonly usedAt: Date;
  readonly beatAt: Date;
}

/** A worker that is not heard of for so long is taken for gone, milliseconds. */
export const PREVIEW_SILENT_MS = 15_000;
/** How long one that is asked to leave may take, milliseconds, before another one is asked. */
const LEAVE_MS = 20_000;

interface DbPreviewServer {
  site_id: string;
  state: PreviewServerState;
  doing: string;
  files: number;
  instance: string | null;
  address: string | null;
  access_key: string | null;
  leave_asked_at: Date | null;
  used_at: Date;
  beat_at: Date;
}

function fromDb(row: DbPreviewServer): PreviewServerRow {
  return { siteId: row.site_id, state: row.state, doing: row.doing, files: row.files, instance: row.instance, address: row.address, accessKey: row.access_key, isAskedToLeave: row.leave_asked_at !== null, usedAt: row.used_at, beatAt: row.beat_at };
}

export async function findPreviewServer(db: Db, siteId: string): Promise<PreviewServerRow | undefined> {
  const row = await db('preview_servers').where({ site_id: siteId }).first<DbPreviewServer | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/**
 * Notes that somebody wants to see a site's preview.
 * @returns whether somebody must be told to show it: nobody does, or who did is not heard of any more.
 */
export async function wantPreview(db: Db, siteId: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { is_new: boolean }[] }>(
    `with known as (select state, beat_at > now() - :silentMs * interval '1 millisecond' as is_heard from preview_servers where site_id = :siteId)
     insert into preview_servers as p (site_id, state, doing) values (:siteId, 'waiting', '')
     on conflict (site_id) do update set
       used_at = now(), updated_at = now(),
       state = case when p.state in ('ended', 'failed') then 'waiting' else p.state end,
       doing = case when p.state in ('ended', 'failed') then '' else p.doing end,
       files = case when p.state in ('ended', 'failed') then 0 else p.files end
     returning coalesce((select not is_heard or state not in ('starting', 'ready') from known), true) as is_new`,
    { siteId, silentMs: PREVIEW_SILENT_MS },
  );
  return rows[0]?.is_new ?? true;
}

/** Takes over the preview of a site. */
export async function beginPreview(db: Db, siteId: string, instance: string): Promise<void> {
  const taken = { state: 'starting', doing: 'Getting the site ready', files: 0, instance, address: null, access_key: null, leave_asked_at: null, beat_at: db.fn.now(), updated_at: db.fn.now() };
  await db('preview_servers').insert({ site_id: siteId, ...taken }).onConflict('site_id').merge(taken);
}

export interface PreviewProgress {
  readonly doing?: string;
  readonly files?: number;
  /** From now on its pages can be seen here. */
  readonly door?: { readonly address: string; readonly accessKey: string };
  readonly usedAt?: Date;
}

/** Says how far a preview is, and that its worker lives. @returns what is asked of it; null when another one shows the site by now. */
export async function notePreview(db: Db, at: { readonly siteId: string; readonly instance: string }, progress: PreviewProgress): Promise<{ readonly isAskedToLeave: boolean } | null> {
  const { doing, files, door, usedAt } = progress;
  const rows = await db('preview_servers')
    .where({ site_id: at.siteId, instance: at.instance })
    .update({
      beat_at: db.fn.now(),
      updated_at: db.fn.now(),
      ...(doing === undefined ? {} : { doing }),
      ...(files === undefined ? {} : { files }),
      ...(door === undefined ? {} : { state: 'ready', address: door.address, access_key: door.accessKey }),
      ...(usedAt === undefined ? {} : { used_at: db.raw('greatest(used_at, ?::timestamptz)', [usedAt]) }),
    })
    .returning<{ leave_asked_at: Date | null; used_at: Date }[]>('leave_asked_at');
  const [row] = rows;
  return row === undefined ? null : { isAskedToLeave: row.leave_asked_at !== null };
}

/** Closes what an instance showed, with the reason. One that is wanted again, or that another one took over, stays as it is. */
export async function closePreview(db: Db, siteId: string, ended: { readonly doing: string; readonly instance?: string }): Promise<{ readonly isWanted: boolean }> {
  await db('preview_servers')
    .where({ site_id: siteId, ...(ended.instance === undefined ? {} : { instance: ended.instance }) })
    .whereIn('state', ['starting', 'ready'])
    .update({ state: 'ended', doing: ended.doing, instance: null, address: null, access_key: null, leave_asked_at: null, updated_at: db.fn.now() });
  return { isWanted: (await findPreviewServer(db, siteId))?.state === 'waiting' };
}

/** Says why a preview cannot be shown. */
export async function failPreview(db: Db, siteId: string, doing: string): Promise<void> {
  await db('preview_servers').where({ site_id: siteId }).whereIn('state', ['waiting', 'starting', 'ready']).update({ state: 'failed', doing, instance: null, address: null, access_key: null, leave_asked_at: null, updated_at: db.fn.now() });
}

/**
 * Asks the preview that was not looked at for longest to make room for one that waits, unless another one is leaving already.
 * @returns the site that is to leave, or null.
 */
export async function askLeastUsedToLeave(db: Db, waitingSiteId: string): Promise<string | null> {
  const { rows } = await db.raw<{ rows: { site_id: string }[] }>(
    `update preview_servers set leave_asked_at = now(), updated_at = now() where site_id = (
       select site_id from preview_servers
       where state in ('starting', 'ready') and leave_asked_at is null and site_id <> :waitingSiteId and beat_at > now() - :silentMs * interval '1 millisecond'
         and not exists (select 1 from preview_servers where leave_asked_at > now() - :leaveMs * interval '1 millisecond')
       order by used_at, site_id limit 1 for update skip locked)
     returning site_id`,
    { waitingSiteId, silentMs: PREVIEW_SILENT_MS, leaveMs: LEAVE_MS },
  );
  return rows[0]?.site_id ?? null;
}

export interface PreviewViewerRow {
  readonly id: string;
  readonly siteId: string;
  readonly userId: string;
  readonly expiresAt: Date;
}

/** Lets a person look at a site's preview for so long from now. @returns the id of their address. */
export async function letView(db: Db, viewer: { readonly siteId: string; readonly userId: string; readonly forMs: number }): Promise<string> {
  const expiresAt = db.raw(`now() + ? * interval '1 millisecond'`, [viewer.forMs]);
  // An address that is over is not opened again: whoever still has it is somebody else by now.
  await db('preview_viewers').where({ site_id: viewer.siteId, user_id: viewer.userId }).where('expires_at', '<=', db.fn.now()).delete();
  const [row] = await db('preview_viewers')
    .insert({ id: uuidv7(), site_id: viewer.siteId, user_id: viewer.userId, expires_at: expiresAt })
    .onConflict(['site_id', 'user_id'])
    .merge({ expires_at: expiresAt, updated_at: db.fn.now() })
    .returning<{ id: string }[]>('id');
  if (row === undefined) throw new Error('unreachable: the row was written');
  return row.id;
}

/** Who looks at an address, unless its time is over. */
export async function findViewer(db: Db, id: string): Promise<PreviewViewerRow | undefined> {
  const row = await db('preview_viewers').where({ id }).where('expires_at', '>', db.fn.now()).first<{ id: string; site_id: string; user_id: string; expires_at: Date } | undefined>();
  return row === undefined ? undefined : { id: row.id, siteId: row.site_id, userId: row.user_id, expiresAt: row.expires_at };
}

/** Forgets addresses whose time is over. */
export async function deleteOldViewers(db: Db): Promise<void> {
  await db('preview_viewers').where('expires_at', '<', db.fn.now()).delete();
}
