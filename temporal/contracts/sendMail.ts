import { taskQueues } from '../taskQueues.ts';

/** Contract of ‘send-mail’: one workflow per row of the outbox, which is what sends a mail once. */
export const sendMailContract = {
  process: 'send-mail',
  workflowType: 'sendMail',
  taskQueue: taskQueues.studio,
  /** A mail is sent once; who starts it again finds it running or done. */
  workflowIdReusePolicy: 'REJECT_DUPLICATE',
  workflowId: (mailId: string): string => `send-mail/${mailId}`,
} as const;

export interface SendMailInput {
  readonly mailId: string;
}

export interface SendMailResult {
  readonly state: 'sent' | 'refused' | 'dropped';
}
