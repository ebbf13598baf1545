import { ActivityCancellationType, ApplicationFailure, CancellationScope, condition, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import type { FailureType } from '#temporal/failures.ts';
import { withinBudget } from '#temporal/budget.ts';
import { builderProgress, type BuilderProgress, type BuildWithConcourseInput, type BuildWithConcourseResult, type PipelineReport, pipelineStatusReported } from '#temporal/contracts/buildWithConcourse.ts';
import { builderProfile, hookProfile, rowProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
/** What is cancelled is waited for: a build that was started in the same moment has to be found and stopped. */
const builder = proxyActivities<Activities>({ ...builderProfile, cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED });
/** A look that fails is followed by another one. */
const looks = proxyActivities<Activities>(hookProfile);

/** Between two looks at a build that reports nothing, in milliseconds: from the shortest, doubled up to the longest. */
const SHORTEST_LOOK_MS = 5_000;
const LONGEST_LOOK_MS = 60_000;
/** How long a build may last, in milliseconds; the steps of its definition have bounds of their own. */
const BUILD_BOUND_MS = 6 * 60 * 60_000;
/** Failures of a look that say nothing of the build. */
const PASSING: ReadonlySet<string> = new Set<FailureType>(['ConcourseUnavailable', 'TimedOut', 'WorkerStopped', 'Unexpected']);

/**
 * Has Concourse build and deploy one version of one site. Started by publishSite as its child after the commit, where the
 * site is built by Concourse; its id `build-with-concourse/<site>/<version>/<run>` is told by the webhook of the builds.
 * 1. define: the site's pipelines get their present definition, for every theme, and may run.
 * 2. check: Concourse looks for the newest content, themes and starters, and is waited for.
 * 3. trigger: one build per theme; the wish is noted before, the number after.
 * 4. watch: each build is waited for. It reports by the webhook, which signals pipelineStatusReported; it is also looked at
 *    from time to time, so a report that is lost costs a minute. It is done when its caches are emptied.
 * A build that failed, was stopped or is not known any more is final: this execution fails, and publishSite says so and
 * waits for a person, whose retry starts a new one.
 * If it dies at step n, another worker goes on at step n; a build that was started is found among those of its job, so
 * none is started twice. What Concourse uploaded before it failed stays until the next build.
 * Cancel (of the publish): the builds are stopped. Query: builderProgress.
 */
export async function buildWithConcourse(input: BuildWithConcourseInput): Promise<BuildWithConcourseResult> {
  const { runId, siteId, siteName, version } = input;
  const at = { runId, siteId, version };
  const attempt = workflowInfo().runId;
  const reports: PipelineReport[] = [];
  let builds: { theme: string; buildId: number }[] = [];
  let status: string | null = null;

  setHandler(pipelineStatusReported, (report) => void reports.push(report));
  setHandler(builderProgress, () => withinBudget<BuilderProgress>({ builds, status }));

  const stop = () => CancellationScope.nonCancellable(() => builder.abortBuilds.executeWithOptions({ summary: 'Stop what was started' }, [{ ...at, siteName, attempt }]));

  async function say(state: 'running' | 'done', summary: string): Promise<void> {
    setCurrentDetails(`**Concourse builds the ${version} site \`${siteName}\`**: ${summary}`);
    await rows.recordBuilderPhase({ runId, state, summary });
  }

  /** What the reports of a build say of its end, or null while they say nothing of it. */
  function reportedEnd(buildId: number): BuildEnd | null {
    for (const report of reports) {
      if (report.buildId !== buildId) continue;
      if (report.status === 'errored' || report.status === 'aborted') return report.status === 'errored' ? 'failed' : 'aborted';
      // Before its caches are emptied readers may still see the old site.
      if (report.status === 'succeeded' && report.isCdnCacheStep) return 'succeeded';
    }
    return null;
  }

  async function untilBuilt(buildId: number, theme: string): Promise<void> {
    const deadline = Date.now() + BUILD_BOUND_MS;
    for (let pauseMs = SHORTEST_LOOK_MS; ; pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2)) {
      // Builds of further themes report too, but are counted for nobody.
      await condition(() => theme === '' && reportedEnd(buildId) !== null, pauseMs);
      const end = (theme === '' ? reportedEnd(buildId) : null) ?? (await look(buildId, theme));
      if (end === 'succeeded') return;
      if (end !== null) throw ended(end, buildId, theme);
      if (Date.now() < deadline) continue;
      await stop();
      throw failure('BuilderTimedOut', `Build ${buildId} of Concourse did not end within six hours and was stopped. Look at it in Concourse, then retry.`);
    }
  }

  async function look(buildId: number, theme: string): Promise<BuildEnd | null> {
    let seen: string | null;
    try {
      seen = (await looks.readBuild.executeWithOptions({ summary: `Look at build ${buildId}` }, [{ buildId }])).status;
    } catch (error) {
      if (isCancellation(error) || !PASSING.has(reasonOf(error).reason.code)) throw error;
      return null;
    }
    if (seen === null) return 'missing';
    if (theme === '') status = seen;
    return seen === 'succeeded' ? 'succeeded' : seen === 'aborted' ? 'aborted' : seen === 'failed' || seen === 'errored' ? 'failed' : null;
  }

  try {
    await say('running', 'Concourse is given the site’s definition.');
    const { themes } = await builder.defineBuild.executeWithOptions({ summary: `Define the pipelines of ${siteName}` }, [at]);
    for (const theme of themes) {
      const output = { ...at, siteName, theme };
      await builder.checkResources.executeWithOptions({ summary: 'Look for what is newest' }, [output]);
      const { buildId } = await builder.triggerBuild.executeWithOptions({ summary: `Build ${theme === '' ? siteName : `${siteName} for ${theme}`}` }, [{ ...output, attempt }]);
      builds = [...builds, { theme, buildId }];
    }
    const numbers = builds.map((build) => build.buildId).join(', ');
    await say('running', `Concourse builds it: build ${numbers}.`);
    for (const { theme, buildId } of builds) await untilBuilt(buildId, theme);
    const summary = `Built and uploaded by Concourse, build ${numbers}`;
    await say('done', summary);
    const [own] = builds;
    if (own === undefined) throw failure('Unexpected', 'Concourse built nothing.');
    return withinBudget({ buildId: own.buildId, summary });
  } catch (error) {
    if (isCancellation(error)) {
      await stop();
      throw error;
    }
    const { reason } = reasonOf(error);
    await CancellationScope.nonCancellable(() => rows.recordBuilderPhase({ runId, state: 'failed', summary: '', error: reason }));
    throw error;
  }
}

type BuildEnd = 'succeeded' | 'failed' | 'aborted' | 'missing';

function failure(type: FailureType, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, details: [{ problems: [] }] });
}

function ended(end: Exclude<BuildEnd, 'succeeded'>, buildId: number, theme: string): ApplicationFailure {
  const what = `Build ${buildId} of Concourse${theme === '' ? '' : `, for the theme ‘${theme}’,`}`;
  const after = 'The site may hold a part of what it uploaded.';
  switch (end) {
    case 'failed':
      return failure('BuilderFailed', `${what} failed. ${after} Its log in Concourse says why; mend that, then retry.`);
    case 'aborted':
      return failure('BuilderFailed', `${what} was stopped in Concourse. ${after} Retry to build it again.`);
    case 'missing':
      return failure('BuilderFailed', `${what} is not known there any more. ${after} Retry to build it again.`);
  }
}
