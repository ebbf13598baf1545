import { commonOf } from './commonOf.ts';
import { deleteContentContract, type DeleteContentInput, deletionsChanged } from './contracts/deleteContent.ts';
import { shortened } from './shortened.ts';

/** How the deletions of a site are told that something changed, by a person or by a sync of its folder. */
export function startDeleteContent(asked: { siteId: string; siteName: string; requestId: string; requestedBy?: string }, queuePrefix: string) {
  const { siteId, siteName } = asked;
  const input: DeleteContentInput = { siteId, siteName };
  return {
    ...commonOf(deleteContentContract, deleteContentContract.workflowId(siteName), queuePrefix, { siteName, requestedBy: asked.requestedBy }),
    args: [input] as [DeleteContentInput],
    signal: deletionsChanged,
    signalArgs: [{ requestId: asked.requestId }] as [{ requestId: string }],
    staticSummary: `Deletions of ${shortened(siteName, 80)}`,
    staticDetails: `Takes resources of \`${siteName}\` away together with their files once their time of grace is over, and brings back what is undone. What goes when stands in \`content_deletions\`.`,
  } as const;
}
