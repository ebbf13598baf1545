import { v4 as uuidv4 } from 'uuid';
import { WithStartWorkflowOperation } from '#temporal/client.ts';
import { type ReserveYoutube, reserveYoutube, youtubeQuotaContract, type YoutubeReserved } from '#temporal/contracts/youtubeQuota.ts';
import { startYoutubeQuota } from '#temporal/startYoutubeQuota.ts';
import type { ActivityDeps } from './deps.ts';

type Temporal = ActivityDeps['temporal'];
type Desk = (ask: ReserveYoutube) => Promise<YoutubeReserved>;

/** As many as are put to the ledger together: their answers are one payload. */
const AT_ONCE = 25;
/** Of each process one for each ledger. */
const desks = new WeakMap<Temporal, Map<string, Desk>>();

/**
 * Asks the ledger of YouTube's quota for a share. What a process asks while an earlier question is under way is put together in the next
 * one: a workflow takes ten updates at a time, and at midnight in California hundreds of videos ask at once.
 * @throws whatever the client says when the ledger did not answer; who asks again asks anew.
 */
export function askLedger(temporal: Temporal, queuePrefix: string, ask: ReserveYoutube): Promise<YoutubeReserved> {
  const own = desks.get(temporal) ?? new Map<string, Desk>();
  desks.set(temporal, own);
  const desk = own.get(queuePrefix) ?? createDesk(temporal, queuePrefix);
  own.set(queuePrefix, desk);
  return desk(ask);
}

function createDesk(temporal: Temporal, queuePrefix: string): Desk {
  const waiting: { readonly ask: ReserveYoutube; readonly answer: (reserved: YoutubeReserved) => void; readonly fail: (error: unknown) => void }[] = [];
  let isAsking = false;

  async function putTogether(): Promise<void> {
    isAsking = true;
    while (waiting.length > 0) {
      const asked = waiting.splice(0, AT_ONCE);
      try {
        const startWorkflowOperation = new WithStartWorkflowOperation(youtubeQuotaContract.workflowType, { ...startYoutubeQuota(queuePrefix), workflowIdConflictPolicy: 'USE_EXISTING' });
        const answers = await temporal.workflow.executeUpdateWithStart(reserveYoutube, { args: [asked.map(({ ask }) => ask)], updateId: uuidv4(), startWorkflowOperation });
        for (const [at, { answer, fail }] of asked.entries()) {
          const reserved = answers[at];
          if (reserved === undefined) fail(new Error('The ledger of YouTube’s quota left an ask without an answer'));
          else answer(reserved);
        }
      } catch (error) {
        for (const { fail } of asked) fail(error);
      }
    }
    isAsking = false;
  }

  return (ask) =>
    new Promise((answer, fail) => {
      waiting.push({ ask, answer, fail: (error) => fail(error instanceof Error ? error : new Error(String(error))) });
      if (!isAsking) void putTogether();
    });
}
