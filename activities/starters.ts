import { bumpSitesOfStarter } from '#db/queries/sites.ts';
import { findStarterBySlug, listStarters, recordStarterFault, upsertStarter } from '#db/queries/starters.ts';
import { parseSiteConfig, SiteConfigError } from '#domain/siteConfig.ts';
import { slugify } from '#domain/slug.ts';
import { isDeepStrictEqual } from 'node:util';
import { activityContext } from './activityContext.ts';
import type { ActivityDeps } from './deps.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';

export interface ReadStartersResult extends PhaseResult {
  readonly taken: readonly string[];
  /** Slugs whose configuration has a fault; the one in use stays. */
  readonly refused: readonly string[];
}

/** Starter configurations, read from the projects repository. */
export function createStartersActivities(deps: ActivityDeps) {
  const { config, db, git, workspace } = deps;
  return {
    /**
     * Reads every starter configuration at the head of the projects' branch and takes those without fault.
     * Idempotent because a configuration that is the same as the stored one changes nothing.
     * Kill points: during the fetch, between two starters (the next try takes the rest), after the last.
     */
    async readStarters(_input: PhaseInput): Promise<ReadStartersResult> {
      const { abortSignal } = activityContext();
      const url = config.projectsGitUrl;
      const mirror = workspace.mirrorDir(url);
      const { commit, files } = await workspace.exclusive(mirror, async () => {
        await git.updateMirror(url, mirror, { abortSignal });
        const head = await git.headOf(mirror, config.projectsBranch, { abortSignal });
        if (head === null) throw new StepError('BranchMissing', `The projects repository has no branch ‘${config.projectsBranch}’.`);
        const paths = (await git.listTree(mirror, head, { abortSignal })).map((entry) => entry.path).filter((path) => path.split('/').at(-1) === config.siteConfigFile);
        const texts = await Promise.all(paths.map(async (path) => ({ path, text: (await git.readFile(mirror, head, path, { abortSignal })) ?? '' })));
        return { commit: head, files: texts };
      });
      const taken: string[] = [];
      const refused: string[] = [];
      for (const { path, text } of files) {
        const slug = slugify(path.split('/')[0] ?? '').slice(0, 30);
        const starterPath = `${url.replace(/\.git$/, '')}/${path.split('/').slice(0, -1).join('/')}`;
        try {
          const parsed = parseSiteConfig(text);
          const known = await findStarterBySlug(db, slug);
          await db.transaction(async (trx) => {
            await upsertStarter(trx, { slug, path: starterPath, commit, config: parsed });
            if (known !== undefined && !isDeepStrictEqual(known.config, JSON.parse(JSON.stringify(parsed)))) await bumpSitesOfStarter(trx, slug);
          });
          taken.push(slug);
        } catch (error) {
          if (!(error instanceof SiteConfigError)) throw error;
          const fault = error.issues.map((issue) => `${issue.path}: ${issue.reason}`).join('; ');
          await recordStarterFault(db, { slug, path: starterPath, fault: fault.slice(0, 4_000) });
          refused.push(slug);
        }
      }
      const gone = (await listStarters(db)).map((starter) => starter.slug).filter((slug) => !taken.includes(slug) && !refused.includes(slug));
      const parts = [`${taken.length} taken at ${commit.slice(0, 8)}`];
      if (refused.length > 0) parts.push(`${refused.join(', ')} refused for faults`);
      if (gone.length > 0) parts.push(`${gone.join(', ')} no longer in the repository`);
      return { taken, refused, summary: parts.join('; '), counts: { taken: taken.length, refused: refused.length } };
    },
  };
}
