import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

/** `intended`: MediaConvert may have been asked. `unknown`: nobody can say what became of it. */
export type TranscodeJobState = 'intended' | 'submitted' | 'complete' | 'error' | 'canceled' | 'unknown';

/** One wish to have a video transcoded. */
export interface TranscodeJobRow {
  readonly id: string;
  readonly videoId: string;
  readonly attempt: number;
  /** MediaConvert’s; null until it is known. */
  readonly jobId: string | null;
  readonly state: TranscodeJobState;
  /** Keys in the bucket of the transcoded videos by what they are for; `placed` is that of the download in the storage bucket. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** Since anything was noted of it, milliseconds. */
  readonly ageMs: number;
}

interface DbTranscodeJob {
  id: string;
  video_id: string;
  attempt: number;
  job_id: string | null;
  state: TranscodeJobState;
  outputs: Record<string, string>;
  error_code: string | null;
  error_message: string | null;
  age_ms: string;
}

function fromDb(row: DbTranscodeJob): TranscodeJobRow {
  return {
    id: row.id,
    videoId: row.video_id,
    attempt: row.attempt,
    jobId: row.job_id,
    state: row.state,
    outputs: row.outputs,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    ageMs: Number(row.age_ms),
  };
}

function selectJobs(db: Db) {
  return db('transcode_jobs').select('transcode_jobs.*', db.raw('extract(epoch from clock_timestamp() - transcode_jobs.updated_at) * 1000 as age_ms'));
}

/** The newest wish for a video. */
export async function findTranscodeJob(db: Db, videoId: string): Promise<TranscodeJobRow | undefined> {
  const row = await selectJobs(db).where({ video_id: videoId }).orderBy('attempt', 'desc').first<DbTranscodeJob | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** The video a job of MediaConvert’s is for, if it is one of ours. */
export async function findVideoIdOfJob(db: Db, jobId: string): Promise<string | undefined> {
  return (await db('transcode_jobs').where({ job_id: jobId }).first<{ video_id: string } | undefined>('video_id'))?.video_id;
}

/** The wish that counts for a video: the newest, or a new one where that has failed. @returns whether it is new, so that MediaConvert cannot know of it. */
export async function openTranscodeJob(db: Db, videoId: string): Promise<{ job: TranscodeJobRow; isNew: boolean }> {
  return db.transaction(async (trx) => {
    await trx('videos').where({ id: videoId }).forUpdate().first('id');
    const newest = await findTranscodeJob(trx, videoId);
    if (newest !== undefined && newest.state !== 'error' && newest.state !== 'canceled') return { job: newest, isNew: false };
    await trx('transcode_jobs').insert({ id: uuidv7(), video_id: videoId, attempt: (newest?.attempt ?? 0) + 1, state: 'intended' });
    const job = await findTranscodeJob(trx, videoId);
    if (job === undefined) throw new Error(`The transcoding of video ${videoId} vanished after its insert`);
    return { job, isNew: true };
  });
}

/** Takes a wish back of which MediaConvert surely knows nothing. */
export async function dropTranscodeJob(db: Db, id: string): Promise<void> {
  await db('transcode_jobs').where({ id, state: 'intended' }).whereNull('job_id').delete();
}

/**
 * Notes that MediaConvert is asked once more, from when on a look for the job has to wait again; of a wish in one of `from`.
 * @returns whether it was.
 */
export async function askAgainForTranscodeJob(db: Db, id: string, from: readonly ('intended' | 'unknown')[]): Promise<boolean> {
  return (await db('transcode_jobs').where({ id }).whereIn('state', [...from]).update({ state: 'intended', updated_at: db.raw('clock_timestamp()') })) > 0;
}

/** Says of a wish that nobody can say what became of it. */
export async function doubtTranscodeJob(db: Db, id: string): Promise<void> {
  await db('transcode_jobs').where({ id, state: 'intended' }).whereNull('job_id').update({ state: 'unknown', updated_at: db.fn.now() });
}

/** Notes which job a wish became; one that has a job keeps it. @returns the job it has. */
export async function adoptTranscodeJob(db: Db, id: string, jobId: string): Promise<string | null> {
  await db('transcode_jobs').where({ id }).whereIn('state', ['intended', 'unknown']).whereNull('job_id').update({ job_id: jobId, state: 'submitted', updated_at: db.fn.now() });
  return (await db('transcode_jobs').where({ id }).first<{ job_id: string | null } | undefined>('job_id'))?.job_id ?? null;
}

/** Notes how a job ended, once: what it made is not written over by news that come late. */
export async function endTranscodeJob(db: Db, id: string, end: { readonly state: 'complete' | 'error' | 'canceled'; readonly outputs?: Readonly<Record<string, string>>; readonly error?: { readonly code: string; readonly message: string } }): Promise<void> {
  await db('transcode_jobs')
    .where({ id })
    .whereIn('state', ['intended', 'submitted', 'unknown'])
    .update({
      state: end.state,
      ...(end.outputs === undefined ? {} : { outputs: JSON.stringify(end.outputs) }),
      error_code: end.error?.code ?? null,
      error_message: end.error?.message ?? null,
      updated_at: db.fn.now(),
    });
}

/** Jobs that may be at work at what a file in Drive was before: they write to the places of what it is now. */
export async function listOutdatedJobs(db: Db, driveFileId: string): Promise<{ readonly id: string; readonly jobId: string }[]> {
  const rows = await db('transcode_jobs')
    .join('videos', 'videos.id', 'transcode_jobs.video_id')
    .join('drive_files', 'drive_files.id', 'videos.drive_file_id')
    .where({ drive_file_id: driveFileId, 'transcode_jobs.state': 'submitted' })
    .whereRaw('videos.source_md5 is distinct from drive_files.stored_md5')
    .select<{ id: string; job_id: string }[]>('transcode_jobs.id', 'job_id');
  return rows.map(({ id, job_id: jobId }) => ({ id, jobId }));
}

/** Notes where the download of a video was placed. */
export async function notePlacedDownload(db: Db, id: string, key: string): Promise<void> {
  await db('transcode_jobs').where({ id }).update({ outputs: db.raw('outputs || ?::jsonb', [JSON.stringify({ placed: key })]), updated_at: db.fn.now() });
}

/** Keys at which downloads of a site's other resources lie, or soon will. */
export async function takenDownloadKeys(db: Db, siteId: string, butItemId: string | null): Promise<ReadonlySet<string>> {
  const rows = await db('transcode_jobs')
    .join('videos', 'videos.id', 'transcode_jobs.video_id')
    .where({ site_id: siteId })
    .whereRaw('item_id is distinct from ?', [butItemId])
    .whereRaw(`jsonb_exists(outputs, 'placed')`)
    .select<{ placed: string }[]>(db.raw(`outputs ->> 'placed' as placed`));
  return new Set(rows.map((row) => row.placed));
}

/** Downloads that are in the storage bucket: they are claimed before they are there. */
function selectPlaced(db: Db) {
  return db('transcode_jobs')
    .join('videos', 'videos.id', 'transcode_jobs.video_id')
    .where({ state: 'complete' })
    .whereNotIn('phase', ['transcode', 'download'])
    .select<{ video_id: string; placed: string | null }[]>('video_id', db.raw(`outputs ->> 'placed' as placed`));
}

/** What was made of a resource’s videos, job by job: keys by what they are for. */
export async function listOutputsOfItem(db: Db, itemId: string): Promise<TranscodeJobRow['outputs'][]> {
  const rows = await db('transcode_jobs').join('videos', 'videos.id', 'transcode_jobs.video_id').where({ item_id: itemId }).orderBy('transcode_jobs.id').select<{ outputs: TranscodeJobRow['outputs'] }[]>('outputs');
  return rows.map((row) => row.outputs);
}

/** Where the download of a state of a file in Drive lies in the storage bucket; null before it is there. */
export async function findPlacedDownload(db: Db, driveFileId: string, md5: string): Promise<string | null> {
  const row = await selectPlaced(db).where({ drive_file_id: driveFileId, source_md5: md5 }).orderBy('attempt', 'desc').first();
  return row?.placed ?? null;
}

/** Where the downloads of these videos lie in the storage bucket, by the video; one that is not there yet is left out. */
export async function listPlacedDownloads(db: Db, videoIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await selectPlaced(db).whereIn('video_id', [...videoIds]).orderBy('attempt');
  return new Map(rows.flatMap(({ video_id: id, placed }) => (placed === null ? [] : [[id, placed] as const])));
}
