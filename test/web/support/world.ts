import { neverOffline } from '../../cli/support/answers.ts';
import type { z } from 'zod';
import type { meSchema } from '../../../api/contracts/people.ts';
import type { runSchema } from '../../../api/contracts/runs.ts';
import type { Item } from '../../../api/contracts/items.ts';
import type { LinkReport } from '../../../api/contracts/links.ts';
import type { ReviewDetail, ReviewedPageDiff } from '../../../api/contracts/reviews.ts';
import type { EarlierPublish } from '../../../api/contracts/rollbacks.ts';
import type { siteSchema, siteVersionSchema } from '../../../api/contracts/sites.ts';
import type { starterSchema } from '../../../api/contracts/starters.ts';
import type { Output } from '../../../api/contracts/client.ts';
import { type PublishPhaseId, publishSiteProcess, reviewPublishProcess } from '../../../domain/processes.ts';

export type Run = z.infer<typeof runSchema>;
export type Site = z.infer<typeof siteSchema>;
export type Version = z.infer<typeof siteVersionSchema>;
type Phase = Run['phases'][number];

/** What a fixture studio holds; tests change it and say so by an event, or keep silent. */
export interface World {
  me: z.infer<typeof meSchema> | null;
  privacyPolicyUrl: string | null;
  signInServices: { id: 'saml' | 'oidc'; title: string; path: string }[];
  /** Where one is sent after signing out. */
  signOutPlace: string;
  sites: Site[];
  runs: Run[];
  starters: z.infer<typeof starterSchema>[];
  system: Output<'GET /api/v1/system'>;
  reviews: ReviewDetail[];
  /** What differs in the text of each page of every review. */
  diff: Pick<ReviewedPageDiff, 'lines' | 'cut'>;
  /** Publishes that can be shown again, by site and version, newest first. */
  publishes: Map<string, EarlierPublish[]>;
  /** Sites that Concourse builds, by name. */
  builtElsewhere: Set<string>;
  items: Map<string, Item>;
  /** Of every site alike. */
  links: LinkReport['links'];
}

const people = { ada: { id: '0198c5de-0000-7000-8000-0000000000a1', name: 'Ada Okafor' }, lee: { id: '0198c5de-0000-7000-8000-0000000000a2', name: 'Lee Sandoval' } };

let last = 0;
/** A new id, of the studio's own kind. */
export const newId = (): string => `0198c5de-0000-7000-8000-${(last += 1).toString(16).padStart(12, '0')}`;
/** A moment so many seconds ago. */
export const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString();

/** What each phase of a publish says when it is done, and how many seconds it took. */
const donePhases: Readonly<Record<PublishPhaseId, readonly [string, number]>> = {
  freeze: ['Revision 14', 0.4],
  prepublish: ['Nothing to prepare', 0.1],
  commit: ['3 files in 1 commit; preview at 4be01c2', 3.2],
  build: ['1,933 files, 212.4 MB', 21.7],
  plan: ['12 of 1,933 files differ, 4.1 MB', 1.1],
  deploy: ['12 of 1,933 files changed, 4.1 MB', 4.6],
  purge: ['Purged draft', 0.2],
  verify: ['3 pages are the new ones', 0.5],
  record: ['Draft site recorded', 0.2],
};

/** The phases of a publish: those before `current` are done, it is in a state of its own, the rest is to come; at its end all are done. */
export function phasesOf(current: PublishPhaseId | 'end', some: Partial<Phase> = {}): Phase[] {
  const reached = current === 'end' ? publishSiteProcess.phases.length : publishSiteProcess.phases.findIndex((phase) => phase.id === current);
  let at = 40;
  return publishSiteProcess.phases.map((phase, index) => {
    const startedAt = ago(at);
    const [summary, seconds] = donePhases[phase.id];
    at -= seconds;
    const blank: Phase = { ...phase, state: 'pending', startedAt: null, endedAt: null, attempt: 1, nextAttemptAt: null, summary: null, counts: {}, error: null };
    if (index < reached) return { ...blank, state: 'done', startedAt, endedAt: new Date(Date.parse(startedAt) + seconds * 1_000).toISOString(), summary };
    return index === reached ? { ...blank, state: 'running', startedAt, ...some } : blank;
  });
}

function newRun(site: Pick<Site, 'name' | 'title'>, version: 'draft' | 'live', some: Partial<Run>): Run {
  const id = some.id ?? newId();
  return {
    id,
    process: 'publish-site',
    title: 'Publish',
    about: null,
    site: { name: site.name, title: site.title },
    version,
    state: 'running',
    phase: 'build',
    phases: phasesOf('build'),
    requestedBy: [{ person: people.ada, at: ago(41) }],
    startedAt: ago(40),
    endedAt: null,
    reason: null,
    problems: [],
    warnings: [],
    commit: '4be01c2f0d9a4e7fb1f7a5a0c2f0d9a4e7fb1f7a',
    url: `http://${version}.example.edu/courses/${site.name}/`,
    result: null,
    can: { retry: false, cancel: false, giveUp: false },
    workflowId: `publish-site/0198c5de-0000-7000-8000-00000000ffff/${version}`,
    builder: 'temporal',
    previewUrl: null,
    temporalUrl: `http://temporal.example.edu/namespaces/default/workflows/publish-site/${id}/history`,
    ...some,
  };
}

const neverOut: Version = { state: 'never', url: null, runId: null, publishedAt: null, commit: null, hasUnpublishedChanges: true, waiting: [] };

function newSite(name: string, title: string, shortId: string, some: Partial<Site> = {}): Site {
  return {
    id: newId(),
    archive: null,
    name,
    title,
    shortId,
    starter: { slug: 'ocw-course-v2', name: 'OCW Course v2' },
    urlPath: `courses/${name}`,
    updatedAt: ago(3_600),
    isRoot: false,
    repositoryUrl: `http://github.example.edu/ocw-content/${shortId}`,
    itemCount: 1_284,
    sections: [
      { category: 'content', name: 'page', label: 'Pages', count: 38 },
      { category: 'content', name: 'resource', label: 'Resources', count: 1_231 },
      { category: 'content', name: 'video_gallery', label: 'Video galleries', count: 2 },
      { category: 'settings', name: 'metadata', label: 'Metadata', count: 1 },
      { category: 'settings', name: 'navmenu', label: 'Menu', count: 1 },
    ],
    can: { publishDraft: true, publishLive: true, publishLiveAtOnce: true, review: true, inspect: true, unpublish: false },
    unpublished: null,
    offline: { draft: neverOffline, live: neverOffline },
    currentRuns: { draft: null, live: null, unpublish: null },
    draft: neverOut,
    live: neverOut,
    ...some,
  };
}

/** Puts a run onto a site, as the newest of its version. */
export function place(world: World, site: Site, run: Run, some: Partial<Version>): void {
  const version = run.version ?? 'draft';
  world.runs.unshift(run);
  site.currentRuns[version] = run;
  site[version] = { ...site[version], runId: run.id, ...some };
}

/** A run of a site, with what differs from one that is building. */
export function runOf(site: Site, version: 'draft' | 'live', some: Partial<Run> = {}): Run {
  return newRun(site, version, some);
}

/** How a run looks that ended well. */
export const ended = (some: Partial<Run> = {}): Partial<Run> => ({
  state: 'succeeded',
  phase: 'record',
  phases: phasesOf('end'),
  endedAt: ago(9),
  result: { changed: 12, removed: 0, unchanged: 1_921, uploadedBytes: 4_103_220 },
  ...some,
});

/** A review of a site's live version: what it found, and who may decide; `some` is what differs from one that waits for its asker. */
export function reviewOf(site: Site, some: Partial<ReviewDetail['review']> = {}, later: ReviewDetail['later'] = { saves: 0, items: [] }): ReviewDetail {
  const id = newId();
  const version = some.version ?? 'live';
  const counts = { added: 2, changed: 9, removed: 1, unchanged: 1_921, pages: 4, dying: 1, bytes: 4_103_220 };
  const state = some.state ?? 'waiting';
  const isMade = state !== 'building';
  const summaries = ['Revision 15', '3 files in 1 commit', '1,933 files, 212.4 MB', '12 of 1,933 files differ, 4.1 MB'];
  const at = isMade ? 4 : 2;
  const phases = reviewPublishProcess.phases.map((phase, index): Phase => ({ ...phase, state: index < at ? 'done' : index === at ? 'running' : 'pending', startedAt: index <= at ? ago(600 - index * 5) : null, endedAt: index < at ? ago(595 - index * 5) : null, attempt: 1, nextAttemptAt: null, summary: index < at ? (summaries[index] ?? null) : null, counts: {}, error: null }));
  const page = (path: string, change: 'added' | 'changed' | 'removed', title: string, inserted: number | null, deleted: number | null) => ({ theme: '', path, url: `http://live.example.edu/courses/${site.name}/${path}`, change, title, inserted, deleted });
  return {
    review: {
      runId: id,
      site: { name: site.name, title: site.title },
      version,
      state,
      commit: '7d1f03ab9d9a4e7fb1f7a5a0c2f0d9a4e7fb1f7a',
      asked: { person: people.ada, at: ago(600) },
      needsApproval: false,
      approvalAsked: null,
      approved: null,
      scheduled: null,
      counts: isMade ? counts : null,
      reason: null,
      publishRunId: null,
      endedAt: null,
      can: { publish: true, schedule: true, unschedule: false, askApproval: true, approve: false, reject: true },
      ...some,
    },
    run: newRun(site, version, { id, process: 'review-publish', title: 'Review', phase: 'decide', phases, builder: null, startedAt: ago(600), can: { retry: false, cancel: state === 'waiting', giveUp: false }, workflowId: `review-publish/${id}` }),
    report: isMade
      ? {
          counts,
          notCompared: 1,
          dying: [{ path: 'pages/old-syllabus/', url: `http://live.example.edu/courses/${site.name}/pages/old-syllabus/` }],
          pages: [
            page('pages/syllabus/index.html', 'changed', 'Syllabus', 12, 3),
            page('pages/readings/index.html', 'added', 'Readings', 240, 0),
            page('pages/old-syllabus/index.html', 'removed', 'Old syllabus', 0, 310),
            page('resources/a-very-long-name-of-a-resource-that-nobody-would-ever-type-by-hand-but-the-importer-did/index.html', 'changed', 'Lecture 12: Factoring a Matrix', null, null),
          ],
          files: [
            { theme: '', path: 'pages/syllabus/index.html', change: 'changed', size: 20_411, sizeBefore: 19_870 },
            { theme: '', path: 'pages/readings/index.html', change: 'added', size: 18_002, sizeBefore: null },
            { theme: '', path: 'pages/old-syllabus/index.html', change: 'removed', size: null, sizeBefore: 22_100 },
            { theme: '', path: 'static_resources/0e5b3c1f7a2d4b6c8e9f0a1b2c3d4e5f_lecture-12-factoring-a-matrix-slides.pdf', change: 'added', size: 4_020_000, sizeBefore: null },
          ],
        }
      : null,
    later,
  };
}

/** A publish of a site that can be shown again. */
export function publishOf(some: Partial<EarlierPublish> = {}): EarlierPublish {
  const runId = some.runId ?? newId();
  return { runId, at: ago(90_000), requestedBy: [people.ada], commit: '4be01c2f0d9a4e7fb1f7a5a0c2f0d9a4e7fb1f7a', revision: 13, changed: 12, removed: 1, uploadedBytes: 4_103_220, shows: null, previewUrl: `http://${runId.replaceAll('-', '')}-abc.preview.example.edu/`, isCurrent: false, ...some };
}

/** A studio in the middle of a working day: sites that run, wait, failed, are out, and one that never was. */
export function createWorld(): World {
  const matrix = newSite('matrix-methods', 'Matrix Methods in Data Analysis, Signal Processing, and Machine Learning', '18.065-spring-2018', { updatedAt: ago(130) });
  const stats = newSite('introduction-to-probability-and-statistics', 'Introduction to Probability and Statistics', '18.05-spring-2022', { updatedAt: ago(2_000) });
  const maths = newSite('mathematics-for-computer-science', 'Mathematics for Computer Science', '6.042J-spring-2015', { updatedAt: ago(90_000) });
  const circuits = newSite('circuits-and-electronics', 'Circuits and Electronics', '6.002-spring-2007', { updatedAt: ago(300) });
  const physics = newSite('quantum-physics-i', 'Quantum Physics I', '8.04-spring-2016', { updatedAt: ago(700) });
  const fresh = newSite('ocw-ci-test-course', 'OCW CI Test Course', 'ocw-ci-test-course', { updatedAt: ago(400_000), itemCount: 64 });
  const root = newSite('ocw-www', 'MIT OpenCourseWare', 'ocw-www', { isRoot: true, urlPath: null, starter: { slug: 'ocw-www', name: 'OCW WWW' }, updatedAt: ago(9_000_000) });
  const world: World = {
    me: {
      id: people.ada.id,
      name: people.ada.name,
      email: 'ada@example.edu',
      roles: ['global_admin'],
      can: { seeAllSites: true, inspect: true, importSites: true, syncStarters: true, syncImports: true, chooseBuilders: true, grant: true },
      signOutUrl: '/sign-in',
      actedBy: null,
    },
    privacyPolicyUrl: null,
    signInServices: [{ id: 'saml', title: 'SAML', path: '/auth/saml/login' }],
    signOutPlace: '/sign-in?signedOut=1',
    sites: [matrix, circuits, physics, stats, maths, fresh, root],
    runs: [],
    starters: [
      { slug: 'ocw-course-v2', name: 'OCW Course v2', status: 'default', commit: '9d21f04c11', fault: null, removedAt: null, siteCount: 2_697, updatedAt: ago(5_000) },
      { slug: 'ocw-www', name: 'OCW WWW', status: 'active', commit: '77aa010b42', fault: 'collections.3.fields.0.widget: the widget ‘markdwn’ is not known; did you mean ‘markdown’?', removedAt: null, siteCount: 1, updatedAt: ago(500_000) },
      { slug: 'ocw-course-v1', name: 'OCW Course v1', status: 'active', commit: '11aa010b42', fault: null, removedAt: ago(86_400), siteCount: 3, updatedAt: ago(500_000) },
    ],
    system: {
      version: '0.1.0',
      installation: 'local',
      outwardEffects: true,
      parts: [
        { name: 'Database', ok: true, message: 'answers' },
        { name: 'Engine (Temporal)', ok: false, message: 'does not answer: requests are kept and delivered when it is back' },
        { name: 'File store (S3)', ok: true, message: 'answers' },
      ],
      temporalUiUrl: 'http://temporal.example.edu',
      builder: { usual: 'temporal', hasConcourse: true, others: { total: 0, first: [] } },
      driveEgress: null,
      driveWatchedAt: null,
      draftSiteUrl: 'http://draft.example.edu',
      liveSiteUrl: 'http://live.example.edu',
    },
    reviews: [],
    diff: {
      lines: [
        { kind: 'line', parts: [{ kind: 'same', text: 'The midterm is on ' }, { kind: 'deleted', text: 'March 3' }, { kind: 'inserted', text: 'March 10' }, { kind: 'same', text: ', in class.' }] },
        { kind: 'gap', lines: 14 },
        { kind: 'line', parts: [{ kind: 'inserted', text: 'Bring one sheet of notes.' }] },
      ],
      cut: 2,
    },
    publishes: new Map(),
    builtElsewhere: new Set(),
    items: new Map(),
    links: [],
  };
  const isOut = (site: Site, version: 'draft' | 'live', seconds: number): Partial<Version> => ({ state: 'published', url: `http://${version}.example.edu/courses/${site.name}/`, publishedAt: ago(seconds), commit: '4be01c2f0d9a4e7fb1f7', hasUnpublishedChanges: false });

  place(world, root, runOf(root, 'live', ended({ startedAt: ago(8_000_030), endedAt: ago(8_000_000) })), isOut(root, 'live', 8_000_000));
  place(world, maths, runOf(maths, 'draft', ended({ startedAt: ago(86_440), endedAt: ago(86_400) })), isOut(maths, 'draft', 86_400));
  place(
    world,
    maths,
    runOf(maths, 'live', ended({ startedAt: ago(80_040), endedAt: ago(80_000), warnings: [{ message: 'Instructor 4fd6ac7d-3c1e-5a2b-9e37-1f2c8a0b4d55 is not on the root site; the course shows no name for them.', file: 'data/course.json' }] })),
    isOut(maths, 'live', 80_000),
  );
  place(
    world,
    stats,
    runOf(stats, 'draft', {
      state: 'failed',
      phases: phasesOf('build', { state: 'failed', endedAt: ago(20), error: { code: 'HugoFailed', message: 'Hugo could not build the site: 2 errors.' } }),
      reason: { code: 'HugoFailed', message: 'Hugo could not build the site: 2 errors.' },
      problems: [
        { file: 'content/pages/syllabus.md', line: 14, message: 'failed to extract shortcode: template for shortcode "resorce_link" not found' },
        { file: 'layouts/partials/course_banner.html', line: 3, message: 'nil pointer evaluating page.Page.Params', inTheme: true },
      ],
      endedAt: ago(20),
      can: { retry: true, cancel: false, giveUp: true },
    }),
    { ...isOut(stats, 'draft', 500_000), state: 'failed', hasUnpublishedChanges: true },
  );
  stats.live = { ...stats.live, ...isOut(stats, 'live', 1_000_000), hasUnpublishedChanges: true };
  place(
    world,
    physics,
    runOf(physics, 'live', {
      phase: 'commit',
      phases: phasesOf('commit', { state: 'retrying', attempt: 2, nextAttemptAt: new Date(Date.now() + 60_000).toISOString(), error: { code: 'GitHubRateLimited', message: 'GitHub is limiting us.' } }),
      can: { retry: false, cancel: true, giveUp: false },
    }),
    { ...isOut(physics, 'live', 700_000), state: 'running', hasUnpublishedChanges: true },
  );
  circuits.draft = { ...circuits.draft, ...isOut(circuits, 'draft', 100_000), state: 'waiting', hasUnpublishedChanges: true, waiting: [{ id: newId(), person: people.lee, at: ago(50), delivered: false }] };
  place(world, matrix, runOf(matrix, 'live', ended({ startedAt: ago(50_000), endedAt: ago(49_950) })), { ...isOut(matrix, 'live', 49_950), hasUnpublishedChanges: true });
  place(world, matrix, runOf(matrix, 'draft', { can: { retry: false, cancel: true, giveUp: false } }), {
    ...isOut(matrix, 'draft', 50_500),
    state: 'running',
    hasUnpublishedChanges: true,
    waiting: [
      { id: newId(), person: people.lee, at: ago(12), delivered: true },
      { id: newId(), person: people.ada, at: ago(5), delivered: true },
    ],
  });
  world.runs.push(newRun(fresh, 'draft', { process: 'import-site', title: 'Import', site: null, version: null, state: 'cancelled', phases: [], reason: { code: 'Cancelled', message: 'Lee Sandoval stopped it.' }, requestedBy: [{ person: people.lee, at: ago(900_000) }], startedAt: ago(900_000), endedAt: ago(899_990), workflowId: 'import-site/0198c5de' }));
  const soon = new Date(Date.now() + 20 * 3_600_000).toISOString();
  world.reviews.push(
    reviewOf(maths, { asked: { person: people.lee, at: ago(900) }, needsApproval: true, approvalAsked: { person: people.lee, at: ago(800) }, can: { publish: false, schedule: false, unschedule: false, askApproval: true, approve: true, reject: true } }),
    reviewOf(maths, { state: 'scheduled', scheduled: { person: people.ada, at: soon }, can: { publish: true, schedule: true, unschedule: true, askApproval: true, approve: false, reject: true } }),
    reviewOf(stats, { asked: { person: null, at: ago(5_000) } }, {
      saves: 3,
      items: [
        { textId: 'f1a0e7a4-0000-4000-8000-000000000001', type: 'page', title: 'Syllabus', isDeleted: false, by: people.lee, at: ago(60) },
        { textId: 'f1a0e7a4-0000-4000-8000-000000000002', type: 'resource', title: null, isDeleted: true, by: null, at: ago(90) },
      ],
    }),
    reviewOf(stats, { version: 'draft', state: 'building', can: { publish: false, schedule: false, unschedule: false, askApproval: false, approve: false, reject: false } }),
    reviewOf(stats, { state: 'rejected', endedAt: ago(100), reason: { code: 'Rejected', message: 'Lee Sandoval rejected it: the midterm is on another day.' }, can: { publish: false, schedule: false, unschedule: false, askApproval: false, approve: false, reject: false } }),
  );
  const current = publishOf({ runId: matrix.live.runId ?? newId(), at: ago(49_950), isCurrent: true });
  const first = publishOf({ at: ago(950_000), requestedBy: [], changed: 1_933, removed: 0 });
  world.publishes.set(`${matrix.name}/live`, [publishOf({ at: ago(40_000), changed: 0, removed: 0 }), current, publishOf({ at: ago(60_000), requestedBy: [people.ada, people.lee], shows: first.runId }), first]);
  world.runs.push(newRun(matrix, 'live', ended({ builder: 'concourse', startedAt: ago(2_000_600), endedAt: ago(2_000_000), phases: phasesOf('end').map((phase) => (['plan', 'deploy', 'purge', 'verify'].includes(phase.id) ? { ...phase, state: 'skipped', startedAt: null, endedAt: null, summary: null } : phase.id === 'build' ? { ...phase, summary: 'Built and uploaded by Concourse, build 4711' } : phase)), result: { builder: 'concourse', buildId: 4_711, revision: 9, url: 'http://live.example.edu/courses/matrix-methods/' } })));
  world.runs.push(newRun(fresh, 'draft', { process: 'sync-import-bucket', title: 'Import sync', site: null, version: null, builder: null, state: 'succeeded', phase: 'copy', commit: null, url: null, phases: [{ id: 'copy', title: 'Copy new files', doing: 'Comparing both buckets and copying what differs, inside the file store.', state: 'done', startedAt: ago(7_200), endedAt: ago(7_100), attempt: 1, nextAttemptAt: null, summary: '12 files of 3,204 copied, 4.1 MB', counts: {}, error: null }], requestedBy: [], startedAt: ago(7_200), endedAt: ago(7_100), result: { dryRun: false, compared: 3_204, copied: 12, bytes: 4_103_220, keys: ['a.pdf'] }, workflowId: 'sync-import-bucket' }));
  world.items.set('f1a0e7a4-0000-4000-8000-000000000001', { textId: 'f1a0e7a4-0000-4000-8000-000000000001', type: 'page', title: 'Syllabus', revision: 4, updatedAt: ago(60), updatedBy: people.lee, deletedAt: null, path: 'content/pages/syllabus.md', pageUrl: '/pages/syllabus', dirpath: 'content/pages', filename: 'syllabus', isPageContent: true, metadata: { draft: false, description: 'What the course is about', learning_resource_types: ['Readings'] }, markdown: '## Course Meeting Times\n\nLectures: 2 sessions / week, 1.5 hours / session\n', file: null, reason: 'saved', can: { edit: true, delete: true } });
  const link = (item: string, title: string, some: Partial<LinkReport['links'][number]>): LinkReport['links'][number] => ({ item, title, url: `https://example.edu/${item}`, status: null, code: null, failures: 0, trouble: null, checkedAt: ago(86_400), archive: { state: 'none', reason: null, url: null, archivedAt: null }, ...some });
  world.links.push(
    link('f1a0e7a4-0000-4000-8000-000000000003', 'Two New Sciences', { status: 'broken', code: 404, failures: 2, archive: { state: 'archived', reason: null, url: 'https://web.archive.org/web/20260101000000/https://example.edu/galileo', archivedAt: ago(5_000_000) } }),
    link('f1a0e7a4-0000-4000-8000-000000000004', 'Python documentation', { status: 'valid', code: 200, archive: { state: 'queued', reason: null, url: null, archivedAt: null } }),
    link('f1a0e7a4-0000-4000-8000-000000000005', 'A page behind a guard', { status: 'unchecked', code: 403, archive: { state: 'failed', reason: 'error:no-access', url: null, archivedAt: null } }),
    link('f1a0e7a4-0000-4000-8000-000000000006', 'A lost host', { trouble: 'dns' }),
  );
  const page = world.items.get('f1a0e7a4-0000-4000-8000-000000000001');
  if (page !== undefined) world.items.set('f1a0e7a4-0000-4000-8000-000000000003', { ...page, textId: 'f1a0e7a4-0000-4000-8000-000000000003', type: 'external-resource', title: 'Two New Sciences', path: 'content/external-resources/two-new-sciences.md', pageUrl: null, dirpath: 'content/external-resources', filename: 'two-new-sciences', metadata: { external_url: 'https://example.edu/galileo' }, markdown: '' });
  world.runs.sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  return world;
}
