import { TypedSearchAttributes, type WorkflowIdReusePolicy } from '@temporalio/common';
import type { PublishVersion } from '#domain/runs.ts';
import { searchAttributes } from './searchAttributes.ts';
import { shortened } from './shortened.ts';
import { type TaskQueue, taskQueueName } from './taskQueues.ts';

/** Characters of a name by which runs are found. */
const NAME_CHARACTERS = 250;

export interface StartedContract {
  readonly process: string;
  readonly taskQueue: TaskQueue;
  readonly workflowIdReusePolicy: WorkflowIdReusePolicy;
}

/** What a workflow is found by in the Temporal UI. */
export interface FoundBy {
  readonly siteName?: string | null;
  readonly version?: PublishVersion | null;
  readonly requestedBy?: string | undefined;
}

/** What every workflow is started with, whoever starts it. */
export function commonOf(contract: StartedContract, workflowId: string, queuePrefix: string, { siteName, version, requestedBy }: FoundBy = {}) {
  return {
    workflowId,
    taskQueue: taskQueueName(contract.taskQueue, queuePrefix),
    workflowIdReusePolicy: contract.workflowIdReusePolicy,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.process, value: contract.process },
      ...(requestedBy === undefined ? [] : [{ key: searchAttributes.requestedBy, value: requestedBy }]),
      ...(siteName == null ? [] : [{ key: searchAttributes.siteName, value: shortened(siteName, NAME_CHARACTERS) }]),
      ...(version == null ? [] : [{ key: searchAttributes.publishVersion, value: version }]),
    ]),
  };
}
