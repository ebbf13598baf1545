import { GitHubError } from '#clients/github.ts';
import { readStartersHook, recordStartersHook } from '#db/queries/installation.ts';
import { bumpSitesOfStarter } from '#db/queries/sites.ts';
import { insertStarterChange, keepStarterSource } from '#db/queries/starterAdmin.ts';
import { findStarterBySlug, listStarters, markRemovedStarters, moveStarter, recordStarterFault, upsertStarter } from '#db/queries/starters.ts';
import { gitHubRepositoryOf } from '#domain/gitHubRepository.ts';
import { parseSiteConfig, type SiteConfig, SiteConfigError } from '#domain/siteConfig.ts';
import { starterDifference } from '#domain/starterChanges.ts';
import { identifyStarters } from '#domain/starterIdentity.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { ActivityDeps } from './deps.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { branchMissing } from './sharedTree.ts';
import { StepError } from './stepError.ts';

export interface ReadStartersResult extends PhaseResult {
  readonly taken: readonly string[];
  /** Slugs whose configuration has a fault; the one in use stays. */
  readonly refused: readonly string[];
  /** Slugs that are no longer in the repository; their sites go on with the configuration in use. */
  readonly removed?: readonly string[];
}

export interface StartersHookResult {
  /** `off` where the studio is not asked to keep the hook. */
  readonly state: 'off' | 'created' | 'changed' | 'unchanged';
  readonly summary: string;
}

const HOOK_SUMMARIES = { created: 'The webhook that tells of pushes was made.', changed: 'The webhook that tells of pushes was brought in line.', unchanged: 'The webhook that tells of pushes is in order.' } as const;
/** Where GitHub tells of pushes; `api/compat` answers there. */
const HOOK_PATH = '/api/starters/site_configs/';
const MAX_FAULT_CHARACTERS = 4_000;
/** What is a file, and no link or submodule that bears the name. */
const FILE_MODES: readonly string[] = ['100644', '100755'];

/** Starter configurations, read from the projects repository, and the webhook that tells of pushes to it. */
export function createStartersActivities(deps: ActivityDeps) {
  const { config, db, git, workspace, projectsHooks } = deps;
  return {
    /**
     * Reads every starter configuration at the head of the projects’ branch and takes those without fault.
     * Idempotent because a configuration that is the same as the stored one changes nothing.
     * Kill points: during the fetch, between two starters (the next try takes the rest), after the last.
     */
    async readStarters(_input: PhaseInput): Promise<ReadStartersResult> {
      const { abortSignal } = activityContext();
      const url = config.projectsGitUrl;
      const branch = config.githubWebhookBranch ?? config.projectsBranch;
      const mirror = workspace.mirrorDir(url);
      const { commit, texts } = await workspace.exclusive(mirror, async () => {
        await git.updateMirror(url, mirror, { abortSignal });
        const head = await git.headOf(mirror, branch, { abortSignal });
        if (head === null) throw branchMissing('projects', branch);
        const files = (await git.listTree(mirror, head, { abortSignal })).filter(({ path, mode }) => path.split('/').at(-1) === config.siteConfigFile && FILE_MODES.includes(mode));
        return { commit: head, texts: new Map(await Promise.all(files.map(async ({ path }) => [path, (await git.readFile(mirror, head, path, { abortSignal })) ?? ''] as const))) };
      });
      const taken: string[] = [];
      const refused: string[] = [];
      const found = identifyStarters(url, [...texts.keys()], await listStarters(db));
      for (const { file, path, slug, movedId } of found) {
        const read = readConfig(texts.get(file) ?? '');
        await db.transaction(async (trx) => {
          if (movedId !== null) await moveStarter(trx, movedId, path);
          if (read.fault !== undefined) return recordStarterFault(trx, { slug, path, fault: read.fault });
          const before = ((await findStarterBySlug(trx, slug))?.config ?? null) as SiteConfig | null;
          const { changed } = await upsertStarter(trx, { slug, path, commit, config: read.config });
          await keepStarterSource(trx, path, { text: texts.get(file) ?? '', file });
          if (changed) await insertStarterChange(trx, slug, { commit, changes: starterDifference(before, read.config as SiteConfig).sentences, sites: await bumpSitesOfStarter(trx, slug) });
        });
        (read.fault === undefined ? taken : refused).push(slug);
      }
      const removed = await markRemovedStarters(db, found.map(({ path }) => path));
      const parts = [`${taken.length} taken at ${commit.slice(0, 8)}`];
      if (refused.length > 0) parts.push(`${refused.join(', ')} refused for faults`);
      if (removed.length > 0) parts.push(`${removed.join(', ')} no longer in the repository`);
      return { taken, refused, removed, summary: parts.join('; '), counts: { taken: taken.length, refused: refused.length, removed: removed.length } };
    },

    /**
     * Sees that GitHub tells this studio of pushes to the projects repository, where it is configured to.
     * Idempotent because the hook is found again by its address, and one that is in line is left alone.
     * Kill points: before the hook, after it (it is given the same secret again), after its fingerprint is noted.
     */
    async ensureStartersHook(_input: { runId: string }): Promise<StartersHookResult> {
      const { abortSignal } = activityContext();
      const { githubWebhookKey: secret, projectsGitToken, projectsGitUrl, studioBaseUrl } = config;
      if (projectsHooks === null || secret === undefined || projectsGitToken === undefined) return { state: 'off', summary: 'The webhook that tells of pushes is left to people.' };
      const repository = gitHubRepositoryOf(projectsGitUrl);
      if (repository === null) throw new StepError('GitHubRefused', `OCW_HUGO_PROJECTS_GIT_URL (‘${projectsGitUrl}’) names no repository of a GitHub host. Unset OCW_HUGO_PROJECTS_API_URL, or name one.`);
      await assertOutwardEffects(deps);
      try {
        const { state, fingerprint } = await projectsHooks.ensureHook({ ...repository, url: `${studioBaseUrl}${HOOK_PATH}`, secret, events: ['push'], lastSet: await readStartersHook(db) }, abortSignal);
        if (state !== 'unchanged') await recordStartersHook(db, fingerprint);
        return { state, summary: HOOK_SUMMARIES[state] };
      } catch (error) {
        if (error instanceof GitHubError && (error.kind === 'refused' || error.kind === 'missing')) throw new StepError('GitHubRefused', whyNotKept(error, `${repository.owner}/${repository.repo}`));
        throw error;
      }
    },
  };
}

/** What a refusal of GitHub means to who reads the run. */
function whyNotKept(error: GitHubError, repository: string): string {
  if (error.status === 401) return `GitHub does not know the token in OCW_HUGO_PROJECTS_GIT_TOKEN any more. Set another for ${repository}.`;
  // To who lacks the right GitHub often says that there is nothing.
  if (error.status === 403 || error.status === 404) return `The token in OCW_HUGO_PROJECTS_GIT_TOKEN may not administer the webhooks of ${repository} (GitHub answered ${error.status}). Give it that right, or set the webhook up by hand and unset OCW_HUGO_PROJECTS_API_URL.`;
  return `GitHub refused it for ${repository}: ${error.message.split('\n')[0]?.slice(0, 300) ?? ''}`;
}

function readConfig(text: string): { readonly config: unknown; readonly fault?: undefined } | { readonly fault: string } {
  try {
    return { config: parseSiteConfig(text) };
  } catch (error) {
    if (!(error instanceof SiteConfigError)) throw error;
    return { fault: error.message.length > MAX_FAULT_CHARACTERS ? `${error.message.slice(0, MAX_FAULT_CHARACTERS - 1)}…` : error.message };
  }
}
