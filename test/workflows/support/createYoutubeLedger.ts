import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowHandle } from '@temporalio/client';
import type { Activities } from '#activities/index.ts';
import { WithStartWorkflowOperation } from '#temporal/client.ts';
import { type ReserveYoutube, reserveYoutube, youtubeQuotaContract, type YoutubeReserved } from '#temporal/contracts/youtubeQuota.ts';
import type { youtubeQuota } from '#workflows/youtubeQuota.ts';

const LIMITS = { units: 100, inserts: 1, uploads: 50 };

/** A ledger of YouTube’s quota with its rows in memory: a day has 100 units and one new video. */
export function createYoutubeLedger(environment: TestWorkflowEnvironment) {
  let shown: Parameters<Activities['saveYoutubeSpending']>[0]['spending'] = [];
  const activities: Pick<Activities, 'saveYoutubeSpending'> = { saveYoutubeSpending: ({ spending }) => Promise.resolve(void (shown = spending)) };
  return {
    activities,
    /** What people read of a bucket. */
    shown: (bucket: string) => shown.find((row) => row.bucket === bucket),
    async ask(taskQueue: string, ask: Partial<ReserveYoutube>): Promise<YoutubeReserved> {
      const start = new WithStartWorkflowOperation<typeof youtubeQuota>(youtubeQuotaContract.workflowType, { workflowId: youtubeQuotaContract.workflowId(), taskQueue, args: [{}], workflowIdConflictPolicy: 'USE_EXISTING', workflowIdReusePolicy: youtubeQuotaContract.workflowIdReusePolicy });
      const [answer] = await environment.client.workflow.executeUpdateWithStart(reserveYoutube, { args: [[{ id: 'a', demand: { units: 60 }, priority: 'publish', limits: LIMITS, ...ask }]], startWorkflowOperation: start });
      if (answer === undefined) throw new Error('The ledger left an ask without an answer');
      return answer;
    },
    handle: (runId?: string): WorkflowHandle<typeof youtubeQuota> => environment.client.workflow.getHandle<typeof youtubeQuota>(youtubeQuotaContract.workflowId(), runId),
  };
}
