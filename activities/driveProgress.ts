import type { Db } from '#db/knex.ts';
import { countDriveRunFiles, type DriveOutcome } from '#db/queries/driveRunFiles.ts';
import { recordPhaseProgress } from '#db/queries/runs.ts';
import { formatBytes } from '#domain/manifest.ts';

/** The step of a sync in which its files are brought over. */
export const FILES_PHASE = 'files';

/** What became of the files of a sync so far, as a line of its timeline. */
export async function driveProgressOf(db: Db, runId: string): Promise<{ readonly summary: string; readonly counts: Readonly<Record<DriveOutcome | 'files' | 'bytes', number>> }> {
  const { outcomes, bytes } = await countDriveRunFiles(db, runId);
  // Those that are there; what is missing was seen by an earlier sync.
  const files = outcomes.waiting + outcomes.streamed + outcomes.unchanged + outcomes.skipped + outcomes.failed;
  const failed = outcomes.failed === 0 ? '' : `, ${outcomes.failed.toLocaleString('en-US')} failed`;
  return { summary: `${(files - outcomes.waiting).toLocaleString('en-US')} of ${files.toLocaleString('en-US')} files, ${formatBytes(bytes)} copied${failed}`, counts: { files, bytes, ...outcomes } };
}

/** Shows people how far a sync is. */
export async function tellDriveProgress(db: Db, runId: string): Promise<void> {
  const { summary, counts } = await driveProgressOf(db, runId);
  await recordPhaseProgress(db, runId, FILES_PHASE, summary, counts);
}
