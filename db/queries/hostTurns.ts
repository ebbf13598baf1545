import type { Db } from '../knex.ts';

/**
 * Takes the next turn of a host: `everyMs` milliseconds after the one before it, whoever has that.
 * @returns milliseconds to wait for it; none when that is not above 0.
 */
export async function takeHostTurn(db: Db, host: string, everyMs: number): Promise<number> {
  const { rows } = await db.raw<{ rows: [{ wait_ms: string }] }>(
    `insert into host_turns (host, free_at) values (:host, clock_timestamp() + :everyMs * interval '1 millisecond')
     on conflict (host) do update set free_at = greatest(host_turns.free_at, clock_timestamp()) + :everyMs * interval '1 millisecond'
     returning extract(epoch from free_at - clock_timestamp()) * 1000 - :everyMs as wait_ms`,
    { host, everyMs },
  );
  return Number(rows[0].wait_ms);
}
