import { commonOf } from './commonOf.ts';
import { youtubeQuotaContract, type YoutubeQuotaInput } from './contracts/youtubeQuota.ts';

/** How the ledger of YouTube’s quota is opened by whoever asks first, or tells it something. */
export function startYoutubeQuota(queuePrefix: string) {
  return {
    ...commonOf(youtubeQuotaContract, youtubeQuotaContract.workflowId(), queuePrefix),
    args: [{}] as [YoutubeQuotaInput],
    staticSummary: 'YouTube’s quota',
    staticDetails: 'Gives out what YouTube lets the studio do in a day: units of its API, new videos, and uploads to the channel. Ends when nothing of it counts any more.',
  };
}
