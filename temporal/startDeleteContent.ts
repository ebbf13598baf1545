import { TypedSearchAttributes } from '@temporalio/common';
import { deleteContentContract, type DeleteContentInput, deletionsChanged } from './contracts/deleteContent.ts';
import { searchAttributes } from './searchAttributes.ts';
import { taskQueueName } from './taskQueues.ts';

/** How the deletions of a site are told that something changed, by a person or by a sync of its folder. */
export function startDeleteContent(asked: { siteId: string; siteName: string; requestId: string; requestedBy?: string }, queuePrefix: string) {
  const { siteId, siteName } = asked;
  const input: DeleteContentInput = { siteId, siteName };
  return {
    workflowId: deleteContentContract.workflowId(siteName),
    taskQueue: taskQueueName(deleteContentContract.taskQueue, queuePrefix),
    workflowIdReusePolicy: deleteContentContract.workflowIdReusePolicy,
    args: [input] as [DeleteContentInput],
    signal: deletionsChanged,
    signalArgs: [{ requestId: asked.requestId }] as [{ requestId: string }],
    staticSummary: `Deletions of ${siteName.length <= 80 ? siteName : `${siteName.slice(0, 79)}…`}`,
    staticDetails: `Takes resources of \`${siteName}\` away together with their files once their time of grace is over, and brings back what is undone. What goes when stands in \`content_deletions\`.`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.process, value: deleteContentContract.process },
      { key: searchAttributes.siteName, value: siteName.slice(0, 250) },
      ...(asked.requestedBy === undefined ? [] : [{ key: searchAttributes.requestedBy, value: asked.requestedBy }]),
    ]),
  } as const;
}
