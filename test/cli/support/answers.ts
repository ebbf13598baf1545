import type { z } from 'zod';
import type { Phase, runSchema, requestSchema } from '#api/contracts/runs.ts';
import type { ListedSite, siteSchema } from '#api/contracts/sites.ts';
import { processById } from '#domain/processes.ts';

type Run = z.input<typeof runSchema>;
type RunRequest = z.input<typeof requestSchema>;
type Site = z.input<typeof siteSchema>;

export const RUN_ID = '01890a5d-ac96-774b-8cce-b302099a8057';
export const REQUEST_ID = '01890a5d-ac96-774b-8cce-b302099a8058';
const AT = '2026-03-01T14:05:00.000Z';
const LATER = '2026-03-01T14:05:12.500Z';

/** Phases of a process, the first `done` of them ended. */
export function phasesOf(process: string, done: number, changes: Partial<Phase> = {}): Phase[] {
  return (processById(process)?.phases ?? []).map((phase, index) => ({
    ...phase,
    state: index < done ? 'done' : 'pending',
    startedAt: index < done ? AT : null,
    endedAt: index < done ? LATER : null,
    attempt: 1,
    nextAttemptAt: null,
    summary: index < done ? `Summary of ${phase.id}` : null,
    counts: {},
    error: null,
    ...(index === done ? changes : {}),
  }));
}

/** A publish of the draft that has succeeded; a test changes what it is about. */
export function publishRun(changes: Partial<Run> = {}): Run {
  return {
    id: RUN_ID,
    process: 'publish-site',
    title: 'Publish',
    about: null,
    site: { name: 'linear-algebra', title: 'Linear Algebra' },
    version: 'draft',
    state: 'succeeded',
    phase: 'record',
    phases: phasesOf('publish-site', 9),
    requestedBy: [],
    startedAt: AT,
    endedAt: LATER,
    reason: null,
    problems: [],
    warnings: [],
    commit: 'c0ffee00'.repeat(5),
    url: 'http://localhost:8044/courses/linear-algebra/',
    builder: 'temporal',
    previewUrl: null,
    result: { changed: 12, removed: 0, unchanged: 300, uploadedBytes: 4_321_000, revision: 3, url: null },
    can: { retry: false, cancel: false, giveUp: false },
    workflowId: 'publish-site/x/draft',
    temporalUrl: null,
    ...changes,
  };
}

export function request(changes: Partial<RunRequest> = {}): RunRequest {
  return { id: REQUEST_ID, process: 'publish-site', site: 'linear-algebra', version: 'draft', at: AT, state: 'taken', message: 'Its run has begun.', runId: RUN_ID, ...changes };
}

/** A version of which nothing can be downloaded yet. */
export const neverOffline: Site['offline']['live'] = { state: 'never', builtAt: null, runId: null, ofRunId: null, isOlder: false, zips: [], tree: null, reason: null };

/** A site as its page and as a list show it. */
export function site(changes: Partial<Site> = {}): Site & Pick<ListedSite, 'siteType' | 'isFavourite' | 'role'> {
  const never: Site['live'] = { state: 'never', url: null, runId: null, publishedAt: null, commit: null, hasUnpublishedChanges: true, waiting: [] };
  return {
    id: '01890a5d-ac96-774b-8cce-b302099a8059',
    siteType: 'ocw',
    isFavourite: false,
    role: null,
    name: 'linear-algebra',
    title: 'Linear Algebra',
    shortId: '18.06',
    starter: { slug: 'ocw-course-v2', name: 'Course' },
    archive: null,
    urlPath: 'courses/linear-algebra',
    updatedAt: AT,
    draft: { ...never, state: 'published', url: 'http://localhost:8044/courses/linear-algebra/', runId: RUN_ID, publishedAt: AT, commit: 'c0ffee00'.repeat(5), hasUnpublishedChanges: false },
    live: never,
    isRoot: false,
    repositoryUrl: null,
    itemCount: 3,
    sections: [],
    can: { publishDraft: true, publishLive: true, publishLiveAtOnce: true, review: true, inspect: true, unpublish: false },
    unpublished: null,
    offline: { draft: neverOffline, live: neverOffline },
    currentRuns: { draft: null, live: null, unpublish: null },
    ...changes,
  };
}

export function starter(slug: string, fault: string | null = null) {
  return { slug, name: slug, status: 'active' as const, commit: null, fault, removedAt: null, siteCount: 0, updatedAt: AT };
}

export const me = (importSites = true) => ({ id: RUN_ID, name: 'command line', email: '', roles: ['global_admin' as const], can: { seeAllSites: true, inspect: true, importSites, syncStarters: true, syncImports: true, chooseBuilders: true, grant: true }, signOutUrl: '/sign-in', actedBy: null });
