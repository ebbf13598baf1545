import type { AuditEntry } from '../../../api/contracts/audit.ts';
import type { EngineSchedule } from '../../../api/contracts/engineSchedules.ts';
import type { Output } from '../../../api/contracts/client.ts';
import { auditKindOf } from '#domain/audit.ts';
import { runStates } from '#domain/runs.ts';
import { ago, newId, type Run } from './world.ts';

const entry = (given: Partial<AuditEntry> & Pick<AuditEntry, 'action'>): AuditEntry => ({
  id: newId(),
  at: ago(3_600),
  kind: auditKindOf(given.action),
  actor: { kind: 'person', id: newId(), name: 'Ada Okafor' },
  impersonator: null,
  site: { name: 'matrix-methods', isThere: true },
  target: {},
  detail: {},
  ip: '192.0.2.7',
  outcome: 'done',
  code: null,
  ...given,
});

/** What the pages of administration are shown of the audit log, of recurring work and of jobs. */
export class AdminFixture {
  entries: AuditEntry[] = [
    entry({ action: 'publish', detail: { version: 'live', process: 'publish-site' }, target: { site: 'matrix-methods' } }),
    entry({ action: 'role-give', impersonator: { id: newId(), name: 'Lee Sandoval' }, detail: { email: 'new@example.edu', role: 'editor' } }),
    entry({ action: 'captions-order', actor: { kind: 'process', id: null, name: 'Captions of a video' }, detail: { cents: 7_250 }, ip: null, outcome: null }),
    entry({ action: 'unpublish', site: { name: 'gone-course', isThere: false }, outcome: 'refused', code: 'forbidden' }),
    entry({ action: 'run-retry', site: null, target: { run: newId() }, detail: { process: 'sync-import-bucket' }, actor: { kind: 'token', id: null, name: 'operator' }, outcome: 'failed', code: 'engineUnavailable' }),
  ];
  readonly schedules: EngineSchedule[] = [
    { id: 'reconcile-runs', title: 'Reconcile', summary: 'Compare the rows of runs with what Temporal runs', isSetUp: true, everyMs: 120_000, paused: null, nextAt: new Date(Date.now() + 90_000).toISOString(), isRunning: false, skipped: 0, recent: [{ at: ago(60), run: null, temporalUrl: 'http://temporal.example.edu/a' }] },
    { id: 'check-links', title: 'Link check', summary: 'Look whether external links lead somewhere', isSetUp: true, everyMs: 604_800_000, paused: { reason: 'A host asked for a rest. (Lee Sandoval)' }, nextAt: null, isRunning: false, skipped: 2, recent: [] },
    { id: 'sync-import-bucket', title: 'Import sync', summary: 'Copy the import bucket into storage', isSetUp: true, everyMs: 3_600_000, paused: null, nextAt: new Date(Date.now() + 900_000).toISOString(), isRunning: true, skipped: 0, recent: [] },
    { id: 'watch-drive', title: 'Watch over Google Drive', summary: 'Look what changed in Google Drive', isSetUp: false, everyMs: null, paused: null, nextAt: null, isRunning: false, skipped: 0, recent: [] },
  ];
  differences: Output<'GET /api/v1/run-differences'> = { rowsWithoutExecution: [], executionsWithoutRow: [], compared: { rows: 3, executions: 9, isWhole: true } };

  /** Two entries a page, so that there are several. */
  audit(query: Readonly<Record<string, string | number | undefined>>, site?: string): { entries: AuditEntry[]; next: string | null } {
    const fits = this.entries.filter((one) => (query['kind'] ?? one.kind) === one.kind && (query['outcome'] ?? one.outcome ?? 'unknown') === (one.outcome ?? 'unknown') && (site ?? query['site'] ?? one.site?.name) === one.site?.name && (query['person'] === undefined || one.actor.name.includes(String(query['person']))));
    const rest = query['before'] === undefined ? fits : fits.slice(fits.findIndex(({ id }) => id === query['before']) + 1);
    const entries = rest.slice(0, 3).map((one) => (site === undefined ? one : { ...one, ip: null }));
    return { entries, next: rest.length > 3 ? (entries.at(-1)?.id ?? null) : null };
  }

  steer(id: string | undefined, step: string, reason?: string): EngineSchedule | undefined {
    const schedule = this.schedules.find((candidate) => candidate.id === id);
    if (schedule === undefined) return undefined;
    if (step === 'pause') Object.assign(schedule, { paused: { reason: `${reason ?? ''} (Ada Okafor)` }, nextAt: null });
    else if (step === 'resume') Object.assign(schedule, { paused: null, nextAt: new Date(Date.now() + 3_600_000).toISOString() });
    else Object.assign(schedule, { isRunning: true, recent: [{ at: ago(0), run: null, temporalUrl: 'http://temporal.example.edu/b' }] });
    return schedule;
  }

  counts(runs: readonly Run[]): Output<'GET /api/v1/run-counts'> {
    const of = (state: Run['state']): number => runs.filter((run) => run.state === state).length;
    return { counts: { ...(Object.fromEntries(runStates.map((state) => [state, of(state)])) as Record<Run['state'], number>), succeeded: 1_000, waiting: runs.filter(({ can }) => can.retry).length }, countedTo: 1_000 };
  }

  request(process: string, site: string | null): unknown {
    return { id: newId(), process, site, version: null, at: new Date().toISOString(), state: 'queued', message: 'Asked for. It starts as soon as the run before it ends.', runId: null };
  }
}
