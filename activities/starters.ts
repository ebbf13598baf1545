import { bumpSitesOfStarter } from '#db/queries/sites.ts';
import { listStarters, markRemovedStarters, moveStarter, recordStarterFault, upsertStarter } from '#db/queries/starters.ts';
import { parseSiteConfig, SiteConfigError } from '#domain/siteConfig.ts';
import { identifyStarters } from '#domain/starterIdentity.ts';
import { activityContext } from './activityContext.ts';
import type { ActivityDeps } from './deps.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';

export interface ReadStartersResult extends PhaseResult {
  readonly taken: readonly string[];
  /** Slugs whose configuration has a fault; the one in use stays. */
  readonly refused: readonly string[];
  /** Slugs that are no longer in the repository; their sites go on with the configuration in use. */
  readonly removed?: readonly string[];
}

const MAX_FAULT_CHARACTERS = 4_000;
/** What is a file, and no link or submodule that bears the name. */
const FILE_MODES: readonly string[] = ['100644', '100755'];

/** Starter configurations, read from the projects repository. */
export function createStartersActivities(deps: ActivityDeps) {
  const { config, db, git, workspace } = deps;
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
        if (head === null) throw new StepError('BranchMissing', `The projects repository has no branch ‘${branch}’.`);
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
          if (read.fault !== undefined) await recordStarterFault(trx, { slug, path, fault: read.fault });
          else if ((await upsertStarter(trx, { slug, path, commit, config: read.config })).changed) await bumpSitesOfStarter(trx, slug);
        });
        (read.fault === undefined ? taken : refused).push(slug);
      }
      const removed = await markRemovedStarters(db, found.map(({ path }) => path));
      const parts = [`${taken.length} taken at ${commit.slice(0, 8)}`];
      if (refused.length > 0) parts.push(`${refused.join(', ')} refused for faults`);
      if (removed.length > 0) parts.push(`${removed.join(', ')} no longer in the repository`);
      return { taken, refused, removed, summary: parts.join('; '), counts: { taken: taken.length, refused: refused.length, removed: removed.length } };
    },
  };
}

function readConfig(text: string): { readonly config: unknown; readonly fault?: undefined } | { readonly fault: string } {
  try {
    return { config: parseSiteConfig(text) };
  } catch (error) {
    if (!(error instanceof SiteConfigError)) throw error;
    return { fault: error.message.length > MAX_FAULT_CHARACTERS ? `${error.message.slice(0, MAX_FAULT_CHARACTERS - 1)}…` : error.message };
  }
}
