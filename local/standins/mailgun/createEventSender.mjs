// @ts-check
import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a person can let happen to a mail, in the words of its page. */
export const HAPPENINGS = /** @type {const} */ ({ deliver: 'It arrives', delay: 'It is put off', bounce: 'It comes back for good', complain: 'It is reported as spam', unsubscribe: 'No more of these' });

/** @typedef {keyof typeof HAPPENINGS} Happening */

/** @type {Record<Happening, (recipient: string) => Record<string, unknown>>} */
const EVENTS = {
  deliver: () => ({ event: 'delivered', 'log-level': 'info', 'delivery-status': { code: 250, message: 'OK', description: '' } }),
  delay: () => ({ event: 'failed', severity: 'temporary', reason: 'greylisted', 'log-level': 'warn', 'delivery-status': { code: 451, message: '4.7.1 Greylisted, try again later', description: '' } }),
  bounce: (recipient) => ({ event: 'failed', severity: 'permanent', reason: 'bounce', 'log-level': 'error', 'delivery-status': { code: 550, message: `5.1.1 The email account that you tried to reach does not exist: ${recipient}`, description: '' } }),
  complain: () => ({ event: 'complained', 'log-level': 'warn' }),
  unsubscribe: () => ({ event: 'unsubscribed', 'log-level': 'warn' }),
};

/**
 * Sends signed events as Mailgun does: again after a pause until it is answered 200 or 406.
 * @param {object} options
 * @param {string} options.url where they are sent
 * @param {string} options.signingKey not the API key
 * @param {readonly number[]} [options.pausesMs] before each further try
 */
export function createEventSender({ url, signingKey, pausesMs = [1_000, 5_000, 15_000] }) {
  /**
   * @param {{ id: string, to: string, from: string, subject: string }} mail
   * @param {Happening} happening
   * @returns {Promise<number[]>} what was answered, try by try; 0 where nothing was
   */
  return async function tell(mail, happening) {
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const token = randomBytes(25).toString('hex');
    const recipient = /<([^>]+)>/.exec(mail.to)?.[1] ?? mail.to;
    const body = JSON.stringify({
      signature: { timestamp, token, signature: createHmac('sha256', signingKey).update(timestamp + token).digest('hex') },
      'event-data': { id: randomBytes(16).toString('base64url'), timestamp: Date.now() / 1_000, recipient, tags: [], 'user-variables': {}, ...EVENTS[happening](recipient), message: { headers: { to: mail.to, from: mail.from, subject: mail.subject, 'message-id': mail.id.replace(/^<|>$/g, '') }, size: 1_000 } },
    });
    /** @type {number[]} */
    const answers = [];
    for (const pauseMs of [0, ...pausesMs]) {
      if (pauseMs > 0) await sleep(pauseMs);
      const status = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, redirect: 'manual', signal: AbortSignal.timeout(10_000) }).then(
        (answer) => answer.body?.cancel().then(() => answer.status) ?? answer.status,
        () => 0,
      );
      answers.push(status);
      if (status === 200 || status === 406) break;
    }
    return answers;
  };
}
