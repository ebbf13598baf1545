import { allHandlersFinished, CancellationScope, CancelledFailure, condition, continueAsNew, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { type DeleteContentInput, type DeleteContentResult, deletionsChanged } from '#temporal/contracts/deleteContent.ts';
import { contentProfile, driveProfile, rowProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const content = proxyActivities<Activities>(contentProfile);
const drive = proxyActivities<Activities>(driveProfile);

/** Waits no longer than this at once, in milliseconds: the rows may be put off or set ahead by hand. */
const LONGEST_WAIT_MS = 7 * 24 * 60 * 60_000;

/**
 * Takes resources of a site away together with their files once their time of grace is over, and brings back what was undone.
 * Started by the API for a request and by a sync that misses files; its id `delete-content/<site>` is the lock that no two are at
 * it at once. What goes when stands in `content_deletions`, where undoing it before it is due is a matter of the row alone. Each pass:
 * 1. openDeletion opens the run with every request that waits, if there is anything to do.
 * 2. restore: what was undone after it went: the file out of the trash, the resource back into the studio.
 * 3. check: files that were missing and are back in their folder in Drive stay, with their resources.
 * 4. items: in one transaction what nothing names is deleted as an author deletes it; what is named stays and says by whom.
 * 5. files: each file to Drive's trash, a delete marker over its object. Then the run ends.
 * Between passes it sleeps until the next deletion is due. Signal: deletionsChanged, a hint that the rows changed. No queries.
 * If it dies in step 2 or 5, another worker goes on with the rows that are not done; in step 4 all of it happened or nothing. What
 * fails for good keeps its row, with the reason, until a person lets it go on or undoes it; the others go on.
 * Cancel (Temporal's own) ends the waiting, not a pass. What waits stays in its rows, and reconcileRuns has it gone on with once it is due.
 */
export async function deleteContent(input: DeleteContentInput): Promise<DeleteContentResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId, siteName } = input;
  const before = input.passes ?? 0;
  const execution = CancellationScope.current();
  let wanted = true;
  let pass = 0;
  setHandler(deletionsChanged, () => {
    wanted = true;
  });

  async function deletionPass(runId: string): Promise<void> {
    const at = { runId, siteId, siteName };
    try {
      const restored = await drive.restoreDeleted.executeWithOptions({ summary: 'Bring back what was undone' }, [{ ...at, phase: 'restore' }]);
      const checked = await drive.checkDeletions.executeWithOptions({ summary: 'Look whether files are back' }, [{ ...at, phase: 'check' }]);
      const items = await content.removeDeletedItems.executeWithOptions({ summary: 'Take resources out of the studio' }, [{ ...at, phase: 'items' }]);
      const files = await drive.removeDeletedFiles.executeWithOptions({ summary: 'Take their files away' }, [{ ...at, phase: 'files' }]);
      const ended = await rows.recordDeletions({ ...at, restored: restored.counts.restored, kept: checked.counts.kept + items.counts.kept, deleted: files.counts.deleted, failed: restored.counts.failed + files.counts.failed });
      setCurrentDetails(ended.summary);
    } catch (error) {
      const { reason, problems } = reasonOf(error);
      await rows.holdDeletions({ siteId, reason });
      await rows.recordFailed({ runId, reason, problems });
      setCurrentDetails(reason.message);
    }
  }

  for (;;) {
    wanted = false;
    const opened = await CancellationScope.nonCancellable(() => rows.openDeletion({ siteId, workflowId, workflowRunId, pass: pass + 1 }));
    if (opened.runId === null) {
      if (wanted) continue;
      // Checked last, with nothing awaited before the return: a signal that comes later starts a new execution.
      if (opened.nextDueAt === null) break;
      const untilDueMs = Math.max(0, Date.parse(opened.nextDueAt) - Date.now());
      await condition(() => wanted, Math.max(1_000, Math.min(LONGEST_WAIT_MS, untilDueMs)));
      continue;
    }
    pass += 1;
    const { runId } = opened;
    if (opened.isDue) await CancellationScope.nonCancellable(() => deletionPass(runId));
    if (execution.consideredCancelled) throw new CancelledFailure('The deletions were stopped');
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof deleteContent>(withinBudget({ siteId, siteName, passes: before + pass }));
    }
  }
  return withinBudget({ passes: before + pass });
}
