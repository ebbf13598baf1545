import { createBucketsActivities } from './buckets.ts';
import { createCleanupActivities } from './cleanup.ts';
import { createConcourseActivities } from './concourse.ts';
import { createContentActivities } from './content.ts';
import type { ActivityDeps } from './deps.ts';
import { createHugoActivities } from './hugo.ts';
import { createImportsActivities } from './imports.ts';
import { createPullsActivities } from './pulls.ts';
import { createMovesActivities } from './moves.ts';
import { createReconcileActivities } from './reconcile.ts';
import { createRepositoryActivities } from './repository.ts';
import { createRunsActivities } from './runs.ts';
import { createSiteRepositoryActivities } from './siteRepository.ts';
import { createStartersActivities } from './starters.ts';

/** Every activity a worker offers, by name; names are unique across capabilities. */
export function createActivities(deps: ActivityDeps) {
  return {
    ...createBucketsActivities(deps),
    ...createCleanupActivities(deps),
    ...createConcourseActivities(deps),
    ...createContentActivities(deps),
    ...createHugoActivities(deps),
    ...createImportsActivities(deps),
    ...createPullsActivities(deps),
    ...createMovesActivities(deps),
    ...createReconcileActivities(deps),
    ...createRepositoryActivities(deps),
    ...createRunsActivities(deps),
    ...createSiteRepositoryActivities(deps),
    ...createStartersActivities(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
