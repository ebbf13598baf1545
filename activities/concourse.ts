import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Build, Concourse } from '#clients/concourse.ts';
import { findBuilderBuild, listBuilderBuilds, noteBuilderBuild, wantBuilderBuild } from '#db/queries/builderBuilds.ts';
import { beginDeployment, findDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { findRun, moveRun, recordPhase, skipPhases } from '#db/queries/runs.ts';
import { findSite, listOtherUrlPaths } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { clearUnpublishedBefore } from '#db/queries/unpublishing.ts';
import { counted } from '#domain/counted.ts';
import type { PipelineRef } from '#domain/concourse/definition.ts';
import { foreignFoldersOf, siteWordsOf } from '#domain/concourse/siteWords.ts';
import { renderDefinition } from '#domain/concourse/renderDefinition.ts';
import { CHECKED_RESOURCES, ONLINE_JOB, sitePipelineRef } from '#domain/concourse/sitePipeline.ts';
import { contentTypeOf } from '#domain/contentType.ts';
import { BUILT_ELSEWHERE, type Manifest, type ManifestEntry } from '#domain/manifest.ts';
import type { PublishVersion } from '#domain/runs.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { siteUrl } from '#domain/siteUrl.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { getJson, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { frozenUrlPath } from './frozenUrlPath.ts';
import { resumeRedirects } from './movePlaces.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { isRootSite, webBucket } from './places.ts';
import { publishMails } from './publishMails.ts';
import { StepError } from './stepError.ts';
import { withMails } from './withMails.ts';

export interface BuilderInput {
  readonly runId: string;
  readonly siteId: string;
  readonly version: PublishVersion;
}

export interface OutputInput extends BuilderInput {
  readonly siteName: string;
  readonly theme: string;
}

export interface TriggerInput extends OutputInput {
  /** The execution that wants the build: another one wants another build. */
  readonly attempt: string;
}

export interface BuilderPhaseInput {
  readonly runId: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly summary: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface RecordBuiltElsewhereInput extends PhaseInput, BuilderInput {
  readonly commit: string;
  readonly revision: number;
  readonly buildId: number;
}

/** Between two looks at a check, in milliseconds. */
const CHECK_LOOK_MS = 250;
/** Phases of a publish that Concourse does inside its build. */
const ELSEWHERE = ['plan', 'deploy', 'purge', 'verify'] as const;

const isOver = (build: Build): boolean => build.status !== 'pending' && build.status !== 'started';

/** Builds that Concourse makes. */
export function createConcourseActivities(deps: ActivityDeps) {
  const { config, db, s3 } = deps;

  function builder(): Concourse & object {
    if (deps.concourse === null) throw new StepError('BuilderMissing', 'This site is to be built by Concourse, but no Concourse is set up here. Set CONCOURSE_URL, CONCOURSE_USERNAME and CONCOURSE_PASSWORD, or give the site another builder, then retry.');
    return deps.concourse;
  }

  async function sourceOf(input: BuilderInput) {
    const present = await findSite(db, input.siteId);
    if (present === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
    const site = { ...present, urlPath: frozenUrlPath(await findRun(db, input.runId), present) };
    const starter = site.starterId === null ? undefined : await findStarter(db, site.starterId);
    if (starter === undefined) throw new StepError('StarterMissing', `The site ‘${site.title}’ has no starter. Give it one, then retry.`);
    const themes = starter.slug === config.defaultCourseTheme ? ['', ...config.extraCourseThemes] : [''];
    return { site, themes, words: siteWordsOf(site, { slug: starter.slug, config: starter.config as SiteConfig }) };
  }

  return {
    /**
     * Gives Concourse the site's present definition, for every theme, and lets its pipelines run. Says which themes there are.
     * Idempotent because a definition is replaced by the same one, and a pipeline that may run may go on.
     * Kill points: before or between pipelines (done again), after them (the same again).
     */
    async defineBuild(input: BuilderInput): Promise<{ themes: readonly string[] }> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const { themes, words } = await sourceOf(input);
      const foreignFolders = foreignFoldersOf(await listOtherUrlPaths(db, input.siteId), config.extraCourseThemes);
      for (const theme of themes) {
        const { ref, pipeline } = renderDefinition(config, { kind: 'site', site: words, version: input.version, theme, foreignFolders });
        await builder().upsert(ref, pipeline, abortSignal);
        await builder().unpause(ref, abortSignal);
      }
      return { themes };
    },

    /**
     * Has Concourse look for the newest content, themes and starters, and waits until it has: it builds what it saw last.
     * Idempotent because looking changes nothing but what is known.
     * Kill points: at any point (looked at again).
     */
    async checkResources(input: OutputInput): Promise<void> {
      const { abortSignal } = activityContext();
      const ref = sitePipelineRef(input.siteName, input.version, input.theme);
      const checks = await Promise.all(CHECKED_RESOURCES.map(async (resource) => ({ resource, build: await builder().checkResource(ref, resource, abortSignal) })));
      for (const { resource, build } of checks) {
        let seen: Build | null = build;
        while (seen !== null && !isOver(seen)) {
          await sleep(CHECK_LOOK_MS, undefined, { signal: abortSignal });
          seen = await builder().build(build.id, abortSignal);
        }
        if (seen?.status !== 'succeeded') throw new StepError('BuilderCheckFailed', `Concourse could not look at ‘${resource}’, so it would build something old. Its pipeline ‘${ref.name}’ of the site says why.`);
      }
    },

    /**
     * Starts the build of one output, once for each try of the run.
     * Idempotent because what is wanted is noted with the newest build there was; one that is newer is ours and is kept.
     * Kill points: before the note, between note and build (started now), between build and its number (found among the job's builds).
     */
    async triggerBuild(input: TriggerInput): Promise<{ buildId: number }> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const ref = sitePipelineRef(input.siteName, input.version, input.theme);
      const known = await findBuilderBuild(db, input);
      if (known?.buildId != null) return { buildId: known.buildId };
      const [newest] = await builder().builds(ref, ONLINE_JOB, abortSignal);
      const wanted = known ?? (await wantBuilderBuild(db, { ...input, newestBefore: newest?.id ?? 0 }));
      const { id } = await startedSince(ref, wanted.newestBefore, abortSignal) ?? (await builder().trigger(ref, ONLINE_JOB, abortSignal));
      await noteBuilderBuild(db, input, id);
      return { buildId: id };
    },

    /**
     * Says where a build stands; null when Concourse does not know it any more.
     * Idempotent because it only reads.
     * Kill points: before the read, after it; either way it is read again.
     */
    async readBuild(input: { buildId: number }): Promise<{ status: Build['status'] | null }> {
      return { status: (await builder().build(input.buildId, activityContext().abortSignal))?.status ?? null };
    },

    /**
     * Stops every build a try of the run started, also one whose number nobody noted.
     * Idempotent because a build that is stopped stays so.
     * Kill points: before or between builds (stopped now), after them (nothing left to stop).
     */
    async abortBuilds(input: BuilderInput & { siteName: string; attempt: string }): Promise<void> {
      const { abortSignal } = activityContext();
      for (const build of await listBuilderBuilds(db, input.runId, input.attempt)) {
        const id = build.buildId ?? (await startedSince(sitePipelineRef(input.siteName, input.version, build.theme), build.newestBefore, abortSignal))?.id;
        if (id !== undefined) await builder().abort(id, abortSignal);
      }
    },

    /**
     * Says in the run how far Concourse is.
     * Idempotent because the last word stands, and is the same when it is said again.
     * Kill points: before the row, after it; either way the next try writes the same.
     */
    async recordBuilderPhase(input: BuilderPhaseInput): Promise<void> {
      await skipPhases(db, input.runId, ELSEWHERE);
      await recordPhase(db, { runId: input.runId, phase: 'build', state: input.state, summary: input.summary, error: input.error ?? null });
    },

    /**
     * Notes what Concourse put into the bucket and ends the run. What stands there is listed with its contents unknown, so that
     * a later deploy of ours writes all of it anew and removes what it does not have.
     * Idempotent because the list is stored under the run's own key, the rows are set to the same values and a run succeeds once.
     * Kill points: before the list, between list and rows, between deployment and run (all written again).
     */
    async recordBuiltElsewhere(input: RecordBuiltElsewhereInput): Promise<PhaseResult> {
      const { abortSignal } = activityContext();
      const { site, themes, words } = await sourceOf(input);
      const run = await findRun(db, input.runId);
      let files = 0;
      const listed: { theme: string; manifestKey: string; manifest: Manifest }[] = [];
      for (const theme of themes) {
        const manifest = await listOutput(input, { name: site.name, shortId: words.shortId, urlPath: words.urlPath, theme }, abortSignal);
        const manifestKey = storeKeys.listed(input.siteId, input.version, input.runId, theme);
        await putJson(deps, manifestKey, manifest);
        files += Object.keys(manifest.files).length;
        listed.push({ theme, manifestKey, manifest });
      }
      if (input.version === 'live') await resumeRedirects(deps, { ...input, outputs: listed }, abortSignal);
      await withMails(deps, async (trx, mail) => {
        for (const { theme, manifestKey } of listed) {
          const key = { siteId: input.siteId, version: input.version, theme };
          await beginDeployment(trx, key, manifestKey);
          await finishDeployment(trx, key, { manifestKey, runId: input.runId, commit: input.commit, contentRevision: input.revision });
        }
        if (input.version === 'live') await clearUnpublishedBefore(trx, input.siteId);
        await moveRun(trx, { runId: input.runId, state: 'succeeded', result: { builder: 'concourse', buildId: input.buildId, revision: input.revision, url: siteUrl(config, { name: site.name, urlPath: frozenUrlPath(run, site) }, input.version) } });
        await mail(await publishMails(trx, config, { runId: input.runId, kind: 'publish-succeeded', reason: null }));
      });
      return { summary: `${input.version === 'live' ? 'Live' : 'Draft'} site recorded, ${counted(files, 'file')} in the bucket, by build ${input.buildId} of Concourse`, counts: { files } };
    },
  };

  async function startedSince(ref: PipelineRef, newestBefore: number, abortSignal: AbortSignal): Promise<Build | undefined> {
    return (await builder().builds(ref, ONLINE_JOB, abortSignal)).filter((build) => build.id > newestBefore).at(-1);
  }

  async function listOutput(input: BuilderInput, output: { name: string; shortId: string; urlPath: string; theme: string }, abortSignal: AbortSignal): Promise<Manifest> {
    const isRoot = isRootSite(config, output.name);
    const prefix = [output.theme, isRoot ? '' : output.urlPath].filter((part) => part !== '').join('/');
    const files: Record<string, ManifestEntry> = {};
    if (prefix === '') {
      // The root site shares its bucket with every other: what it had before is all that can be told to be its own.
      const before = await findDeployment(db, { siteId: input.siteId, version: input.version, theme: output.theme });
      const known = before?.manifestKey == null ? null : await getJson<Manifest>(deps, before.manifestKey);
      for (const [path, entry] of Object.entries(known?.files ?? {})) files[path] = unknownEntry(path, `${input.runId}/${path}`, entry.size);
    } else {
      // Downloads are another process's to write and to remove.
      const downloads = new Set([`${prefix}/${output.shortId}.zip`, `${prefix}/${output.shortId}-video.zip`]);
      for await (const object of s3.list(webBucket(config, { siteName: output.name, version: input.version }), `${prefix}/`)) {
        abortSignal.throwIfAborted();
        if (!downloads.has(object.key)) files[object.key.slice(prefix.length + 1)] = unknownEntry(object.key, `${object.key}\n${object.etag}`, object.size);
      }
    }
    return { format: 1, siteId: input.siteId, siteName: output.name, version: input.version, theme: output.theme, prefix, runId: input.runId, commit: '', themesCommit: '', projectsCommit: '', hugoVersion: BUILT_ELSEWHERE, files };
  }
}

/** An object whose content nobody hashed: its name for it is no hash of any content, so it differs from all. */
function unknownEntry(path: string, mark: string, size: number): ManifestEntry {
  return { sha256: createHash('sha256').update(`built elsewhere\n${mark}`).digest('hex'), size, contentType: contentTypeOf(path) };
}
