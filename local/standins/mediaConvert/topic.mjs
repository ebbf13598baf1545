// @ts-check
/**
 * One topic of SNS with one HTTP subscription: it is confirmed by its token, gets messages raw or in a signed envelope, and has those again
 * that it did not take.
 */
import { createSign, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** @typedef {{ privateKey: string, certificate: string }} TopicKeys both PEM */

/**
 * @typedef {object} Subscription
 * @property {string} endpoint
 * @property {boolean} raw
 * @property {string} token
 * @property {boolean} isConfirmed
 */

/**
 * @typedef {object} Fate what becomes of messages whose text matches
 * @property {RegExp} match
 * @property {number} times how many messages it is for; 0 means without end
 * @property {'lost' | 'twice' | 'late' | 'forged'} fate
 * @property {number} [lateMs]
 */

/**
 * @typedef {object} Delivery
 * @property {number} at epoch milliseconds
 * @property {string} type
 * @property {string} messageId
 * @property {number} attempt from 1
 * @property {number | null} status null when nothing was answered, or nothing was sent
 * @property {string} [fate]
 */

const NOTIFICATION_KEYS = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];
const SUBSCRIPTION_KEYS = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
/** A first attempt and three more. */
const MAX_ATTEMPTS = 4;
const ANSWER_MS = 15_000;

/**
 * The key pair a topic signs with, made once for a folder.
 * @param {string} [home] kept nowhere without one
 * @returns {Promise<TopicKeys>}
 */
export async function topicKeys(home) {
  const file = home === undefined ? undefined : join(home, 'signing-keys.json');
  if (file !== undefined && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const made = await generate([{ name: 'commonName', value: 'sns.amazonaws.com' }], { keySize: 2048, algorithm: 'sha256', notAfterDate: new Date(Date.now() + 10 * 365 * 24 * 3_600_000) });
  const keys = { privateKey: made.private, certificate: made.cert };
  if (file !== undefined) writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  return keys;
}

/**
 * @param {object} options
 * @param {string} options.arn
 * @param {TopicKeys} options.keys
 * @param {() => string} options.base the address SNS has, which signs and is asked
 * @param {() => number} options.now epoch milliseconds
 * @param {ReturnType<typeof import('./schedule.mjs').createSchedule>} options.schedule
 * @param {() => void} options.keep called when the subscription changed
 * @param {Subscription} [options.subscription] of before
 */
export function createTopic({ arn, keys, base, now, schedule, keep, subscription: before }) {
  /** @type {Subscription | undefined} */
  let subscription = before;
  /** @type {Fate[]} */
  let fates = [];
  /** @type {Delivery[]} */
  const deliveries = [];
  const settings = { retryMs: 20_000, signatureVersion: /** @type {'1' | '2'} */ ('1') };

  /** @param {Record<string, string>} fields @param {readonly string[]} names */
  function signed(fields, names) {
    const text = names.flatMap((name) => (fields[name] === undefined ? [] : [`${name}\n${fields[name]}\n`])).join('');
    const signature = createSign(settings.signatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256').update(text).sign(keys.privateKey, 'base64');
    return { ...fields, SignatureVersion: settings.signatureVersion, Signature: signature, SigningCertURL: `${base()}/SimpleNotificationService.pem` };
  }

  /** @param {string} text */
  function takeFate(text) {
    const fate = fates.find((candidate) => candidate.match.test(text));
    if (fate?.times === 1) fates = fates.filter((candidate) => candidate !== fate);
    else if (fate !== undefined && fate.times > 1) fate.times -= 1;
    return fate;
  }

  /** @param {{ endpoint: string, type: string, messageId: string, body: string, headers: Record<string, string>, attempt: number, fate?: string }} message */
  async function deliver(message) {
    const { endpoint, type, messageId, body, headers, attempt, fate } = message;
    /** @type {Delivery} */
    const delivery = { at: now(), type, messageId, attempt, status: null, ...(fate === undefined ? {} : { fate }) };
    deliveries.push(delivery);
    try {
      const answer = await fetch(endpoint, {
        method: 'POST',
        body,
        headers: { 'content-type': 'text/plain; charset=UTF-8', 'user-agent': 'Amazon Simple Notification Service Agent', 'x-amz-sns-message-type': type, 'x-amz-sns-message-id': messageId, 'x-amz-sns-topic-arn': arn, ...headers },
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      await answer.arrayBuffer();
      delivery.status = answer.status;
    } catch {
      // Nobody is there, or nobody answers: sent again like a 5xx.
      delivery.status = null;
    }
    const isAgain = delivery.status === null || delivery.status >= 500 || delivery.status === 429;
    if (isAgain && attempt < MAX_ATTEMPTS) schedule.at(now() + settings.retryMs, () => deliver({ ...message, attempt: attempt + 1 }));
  }

  return {
    arn,
    settings,
    certificate: keys.certificate,
    deliveries,

    /** @param {Fate} fate */
    decide(fate) {
      fates.push(fate);
      return fates.length;
    },

    subscription: () => subscription,

    /**
     * Subscribes an address, and asks it to confirm. One that has is left alone.
     * @param {string} endpoint
     * @param {boolean} raw
     */
    subscribe(endpoint, raw) {
      if (subscription?.endpoint === endpoint && subscription.isConfirmed && subscription.raw === raw) return;
      const token = randomBytes(32).toString('hex');
      subscription = { endpoint, raw, token, isConfirmed: false };
      keep();
      const messageId = randomUUID();
      const fields = {
        Type: 'SubscriptionConfirmation',
        MessageId: messageId,
        Token: token,
        TopicArn: arn,
        Message: `You have chosen to subscribe to the topic ${arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
        SubscribeURL: `${base()}/?Action=ConfirmSubscription&TopicArn=${arn}&Token=${token}`,
        Timestamp: new Date(now()).toISOString(),
      };
      const body = JSON.stringify(signed(fields, SUBSCRIPTION_KEYS), null, 2);
      schedule.at(now(), () => deliver({ endpoint, type: 'SubscriptionConfirmation', messageId, body, headers: {}, attempt: 1 }));
    },

    /** Whether the token was the subscription’s. @param {string} topicArn @param {string} token */
    confirm(topicArn, token) {
      if (topicArn !== arn || subscription === undefined || subscription.token !== token) return false;
      subscription = { ...subscription, isConfirmed: true };
      keep();
      return true;
    },

    /** @param {string} message */
    publish(message) {
      if (subscription === undefined || !subscription.isConfirmed) return;
      const { endpoint, raw } = subscription;
      const messageId = randomUUID();
      const fate = takeFate(message);
      if (fate?.fate === 'lost') {
        deliveries.push({ at: now(), type: 'Notification', messageId, attempt: 1, status: null, fate: 'lost' });
        return;
      }
      const fields = signed({ Type: 'Notification', MessageId: messageId, TopicArn: arn, Message: message, Timestamp: new Date(now()).toISOString() }, NOTIFICATION_KEYS);
      // Somebody else’s hand: the signature is of another message.
      const envelope = fate?.fate === 'forged' ? { ...fields, Message: message.replace('"status":"', '"status":"NOT_') } : fields;
      const sent = { endpoint, type: 'Notification', messageId, body: raw ? message : JSON.stringify(envelope, null, 2), headers: /** @type {Record<string, string>} */ (raw ? { 'x-amz-sns-rawdelivery': 'true' } : {}), attempt: 1, ...(fate === undefined ? {} : { fate: fate.fate }) };
      schedule.at(now() + (fate?.fate === 'late' ? (fate.lateMs ?? 60_000) : 0), () => deliver(sent));
      if (fate?.fate === 'twice') schedule.at(now(), () => deliver(sent));
    },
  };
}
