import type { Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';

/** A step that lasts until it is released, so that a kill meets it in the middle. */
export interface Held {
  /** Whether the work has come to the held point. */
  readonly isHeld: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

/** A fault that holds what it meets far longer than a kill takes. */
export const SLOW = { fault: 'slow', times: 0, delayMs: 15_000 } as const;

/** Holds requests to a stand-in, `METHOD /path` of which fits; it is held once so many of them have come. */
export async function heldAt(studio: Studio, standIn: string, match: string, requests = 1, fault: { readonly fault: string; readonly times: number; readonly delayMs: number } = SLOW): Promise<Held> {
  const isMet = new RegExp(match);
  const met = async (): Promise<number> => (await studio.journal(standIn)).filter((entry) => entry.fault === fault.fault && isMet.test(`${entry.method} ${entry.path}`)).length;
  const before = await met();
  await studio.fault(standIn, { ...fault, match });
  return { isHeld: async () => (await met()) >= before + requests, release: () => studio.fault(standIn, { clear: true }) };
}

/**
 * Holds who needs what a statement locks: it is held once somebody waits for that.
 * @param endsWaiting whether what waits is ended when the lock is released: a statement that a worker sent before it was killed is carried out otherwise.
 */
export async function heldByLock(studio: Studio, statement: string, values: readonly unknown[] = [], { endsWaiting = false }: { endsWaiting?: boolean } = {}): Promise<Held> {
  const holder = await studio.connect();
  await holder.query('begin');
  await holder.query(statement, [...values]);
  const [own] = (await holder.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;
  const waiting = `from pg_stat_activity where $1 = any(pg_blocking_pids(pid))`;
  return {
    isHeld: async () => (await studio.query(`select 1 ${waiting}`, [own?.pid])).length > 0,
    async release() {
      if (endsWaiting) await studio.query(`select pg_terminate_backend(pid, 10000) ${waiting}`, [own?.pid]);
      await holder.query('rollback');
      holder.release();
    },
  };
}

/** Kills the worker with -9 when a run is held in the phase, lets the work go and starts another worker. */
export async function killIn(studio: Studio, runId: string, phase: string, held: Held): Promise<void> {
  try {
    await until(`run ${runId} is held in ${phase}`, async () => {
      const isHeld = await held.isHeld();
      const run = await studio.getRun(runId);
      return isHeld && run.state === 'running' && run.phase === phase;
    }, { withinMs: 120_000 });
    await studio.running.kill('worker');
  } finally {
    // One that was never met must not hold what comes after it.
    await held.release();
  }
  await studio.restartWorker();
}
