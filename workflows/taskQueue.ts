import { workflowInfo } from '@temporalio/workflow';
import { type TaskQueue, taskQueues } from '#temporal/taskQueues.ts';

/** The name of a queue in the installation this workflow runs in: its own queue's prefix is the installation's. */
export function queueOf(queue: TaskQueue): string {
  const own = workflowInfo().taskQueue;
  const prefix = own.endsWith(taskQueues.studio) ? own.slice(0, own.length - taskQueues.studio.length) : '';
  return `${prefix}${queue}`;
}
