import { describe, expect, it } from 'vitest';
import { createHostTurns } from '#activities/hostTurns.ts';
import { takeHostTurn } from '#db/queries/hostTurns.ts';
import { useDatabase } from '../support/postgres.ts';

const database = useDatabase();
/** Longer than any test lasts. */
const DAY_MS = 86_400_000;
let hosts = 0;
const newHost = (): string => `host-${(hosts += 1)}.example.org`;
/** How many turns a wait is behind the one that was free at once. */
const turnsBehind = (waitMs: number): number => Math.max(0, Math.ceil(waitMs / DAY_MS));

describe('turns of hosts', () => {
  it('of one host come one after the other, whoever takes them at once', async () => {
    const host = newHost();
    const waits = await Promise.all(Array.from({ length: 5 }, () => takeHostTurn(database.db, host, DAY_MS)));
    expect(waits.map(turnsBehind).sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('of another host, or after long enough, come at once', async () => {
    const host = newHost();
    await takeHostTurn(database.db, host, DAY_MS);
    expect(await takeHostTurn(database.db, newHost(), DAY_MS)).toBeLessThanOrEqual(0);
    await database.db('host_turns').where({ host }).update({ free_at: new Date(Date.now() - DAY_MS) });
    expect(await takeHostTurn(database.db, host, DAY_MS)).toBeLessThanOrEqual(0);
    expect(turnsBehind(await takeHostTurn(database.db, host, DAY_MS))).toBe(1);
  });

  it('are waited for, by nobody who does not want one any more', async () => {
    const host = newHost();
    const turns = createHostTurns(database.db, DAY_MS);
    await expect(turns.turn(host, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    expect(await database.db('host_turns').where({ host })).toEqual([]);
    await turns.turn(host);
    const stop = new AbortController();
    const waiting = turns.turn(host, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow('aborted');
  });
});
