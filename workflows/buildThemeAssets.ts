import { CancellationScope, CancelledFailure, continueAsNew, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { buildThemeAssetsContract, type BuildThemeAssetsInput, type BuildThemeAssetsResult, themeBuildRequested } from '#temporal/contracts/buildThemeAssets.ts';
import { announceProfile, gitHubProfile, rowProfile, themeBuildProfile, transferProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const gitHub = proxyActivities<Activities>(gitHubProfile);
const announcing = proxyActivities<Activities>(announceProfile);

/**
 * Builds the assets of the themes (scripts, styles, pictures) at the head of their branch and puts them before readers. Its
 * id `build-theme-assets` is the lock: asks that come during a pass share one more, which builds what is newest then.
 * Started by signalWithStart from the API, for a person or a push to the themes repository; the schedule's executions
 * only look for a commit nobody told of and ask. Each pass:
 * 1. openRequestRun takes the waiting requests and opens the run people see.
 * 2. buildThemes runs the themes' own command in a clean checkout and stores what it put out.
 * 3. uploadThemeAssets writes the files to every web bucket. Old ones stay: pages that are out name them.
 * 4. publishThemeManifest puts the manifest that names them, which site builds read from then on.
 * 5. purgeThemeAssets empties the CDN's caches of them and asks for the mass publishes that were asked for.
 * If it dies at step n, another worker goes on at step n. Before step 4 no page changes: files bear their hash in the name.
 * A step that failed for good fails the run; the assets in use stay, and a new ask builds again. A purge that failed is a warning.
 * Cancel ends the run; files that were uploaded stay and harm nothing. No queries.
 */
export async function buildThemeAssets(input: BuildThemeAssetsInput): Promise<BuildThemeAssetsResult> {
  if (input.isCheck === true) {
    const looked = await gitHub.requestNewThemeBuild.executeWithOptions({ summary: 'Look for a commit that was not built' }, [{}]);
    setCurrentDetails(looked.summary);
    return withinBudget({ passes: 0 });
  }
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const build = proxyActivities<Activities>({ ...themeBuildProfile, taskQueue: queueOf('build') });
  const transfer = proxyActivities<Activities>({ ...transferProfile, taskQueue: queueOf('transfer') });
  let wanted = true;
  let pass = 0;
  setHandler(themeBuildRequested, () => {
    wanted = true;
  });

  async function runPass(runId: string): Promise<void> {
    const built = await build.buildThemes.executeWithOptions({ summary: 'Build the assets' }, [{ runId, phase: 'build' }]);
    const uploaded = await transfer.uploadThemeAssets.executeWithOptions({ summary: 'Write them to the web buckets' }, [{ runId, phase: 'upload', assetsKey: built.assetsKey }]);
    const named = await transfer.publishThemeManifest.executeWithOptions({ summary: 'Put the manifest' }, [{ runId, phase: 'manifest', assetsKey: built.assetsKey }]);
    const purged = await purge(runId);
    await rows.recordEnded({
      runId,
      state: 'succeeded',
      reason: null,
      result: { commit: built.commit, files: built.files, written: uploaded.written, isNewManifest: named.isNew, ...(purged.asked.length === 0 ? {} : { massPublishes: [...purged.asked] }) },
      ...(purged.warnings.length === 0 ? {} : { warnings: purged.warnings.map((message) => ({ message })) }),
    });
    setCurrentDetails(`${built.summary}. ${uploaded.summary}. ${named.summary}.`);
  }

  /** The assets are in place whether or not the caches know. */
  async function purge(runId: string): Promise<{ readonly asked: readonly string[]; readonly warnings: readonly string[] }> {
    try {
      return await announcing.purgeThemeAssets.executeWithOptions({ summary: 'Empty the caches of them' }, [{ runId, phase: 'announce' }]);
    } catch (error) {
      if (isCancellation(error)) throw error;
      return { asked: [], warnings: [`The CDN may still serve old files. ${reasonOf(error).reason.message}`] };
    }
  }

  for (;;) {
    wanted = false;
    const opened = await CancellationScope.nonCancellable(() => rows.openRequestRun({ process: buildThemeAssetsContract.process, requestId: null, siteId: null, workflowId, workflowRunId, pass: pass + 1 }));
    if (opened.runId === null) {
      // Checked last, with nothing awaited before the return: a signal that comes later starts a new execution.
      if (wanted) continue;
      break;
    }
    pass += 1;
    const { runId } = opened;
    try {
      await runPass(runId);
    } catch (error) {
      const isStopped = isCancellation(error) || CancellationScope.current().consideredCancelled;
      await CancellationScope.nonCancellable(async () => {
        if (isStopped) await rows.recordEnded({ runId, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this build. Site builds go on with the assets in use.' } });
        else await rows.recordFailed({ runId, ...reasonOf(error) });
      });
      if (isStopped) throw new CancelledFailure('The build of the themes’ assets was stopped');
    }
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof buildThemeAssets>(withinBudget({ passesDone: (input.passesDone ?? 0) + pass }));
  }
  return withinBudget({ passes: (input.passesDone ?? 0) + pass });
}
