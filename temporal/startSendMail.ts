import { commonOf } from './commonOf.ts';
import { sendMailContract, type SendMailInput } from './contracts/sendMail.ts';

/** How a mail of the outbox is sent; its id says that it is sent once. */
export function startSendMail(mail: { readonly id: string; readonly kind: string }, queuePrefix: string) {
  return {
    ...commonOf(sendMailContract, sendMailContract.workflowId(mail.id), queuePrefix),
    args: [{ mailId: mail.id }] as [SendMailInput],
    staticSummary: `Mail ${mail.kind}`,
  } as const;
}
