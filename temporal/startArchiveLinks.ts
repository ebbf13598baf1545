import { commonOf } from './commonOf.ts';
import { archiveLinksContract, type ArchiveLinksInput, archiveRequested } from './contracts/archiveLinks.ts';

/** How the archive of links is started, or told that there is more to do, whoever asks. */
export function startArchiveLinks(queuePrefix: string) {
  return {
    ...commonOf(archiveLinksContract, archiveLinksContract.workflowId(), queuePrefix),
    args: [{}] as [ArchiveLinksInput],
    signal: archiveRequested,
    signalArgs: [] as [],
    staticSummary: 'Archive external links',
    staticDetails: 'Has the Wayback Machine capture the links of the queue, seven a minute, and asks what became of each. Ends when the queue is empty; what is queued later starts it again.',
  };
}
