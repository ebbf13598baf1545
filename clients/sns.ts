import { createVerify, X509Certificate } from 'node:crypto';
import { boundedFetch } from './boundedFetch.ts';

/** What SNS posts when a topic does not deliver raw. */
export interface SnsEnvelope {
  readonly Type: string;
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Message: string;
  readonly Timestamp: string;
  readonly SignatureVersion: string;
  readonly Signature: string;
  readonly SigningCertURL: string;
  readonly Subject?: string | null | undefined;
  readonly Token?: string | undefined;
  readonly SubscribeURL?: string | undefined;
}

/** An envelope that Amazon did not sign. */
export class SnsForged extends Error {
  override readonly name = 'SnsForged';
}

const ALGORITHMS: ReadonlyMap<string, string> = new Map([['1', 'RSA-SHA1'], ['2', 'RSA-SHA256']]);
const NOTIFICATION_KEYS = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const;
const SUBSCRIPTION_KEYS = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const;
const AMAZON_HOST = /^sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?$/;
const MAX_AGE_MS = 60 * 60_000;
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 64 * 1024;
const CERTIFICATES_KEPT = 20;

export type Sns = ReturnType<typeof createSns>;

/** Amazon’s notification service, at `endpointUrl` or at AWS. */
export function createSns(config: { readonly endpointUrl?: string | undefined; readonly now: () => number }) {
  const certificates = new Map<string, X509Certificate>();

  function isTrustedAddress(address: string): boolean {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url === undefined || !url.pathname.endsWith('.pem') || url.username !== '' || url.search !== '') return false;
    if (config.endpointUrl !== undefined) return url.origin === new URL(config.endpointUrl).origin;
    return url.protocol === 'https:' && url.port === '' && AMAZON_HOST.test(url.hostname);
  }

  async function certificateAt(address: string): Promise<X509Certificate> {
    const known = certificates.get(address);
    if (known !== undefined) return known;
    const { text } = await boundedFetch(address, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES });
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(text);
    } catch {
      throw new SnsForged('The address of its certificate holds none');
    }
    if (certificates.size >= CERTIFICATES_KEPT) certificates.clear();
    certificates.set(address, certificate);
    return certificate;
  }

  return {
    /**
     * Checks that Amazon signed this envelope within the last hour.
     * @throws {SnsForged} when it did not.
     * @throws {FetchError} when the certificate cannot be read now.
     */
    async verify(envelope: SnsEnvelope): Promise<void> {
      const algorithm = ALGORITHMS.get(envelope.SignatureVersion);
      if (algorithm === undefined) throw new SnsForged(`Its signature has the unknown version ‘${envelope.SignatureVersion}’`);
      if (!isTrustedAddress(envelope.SigningCertURL)) throw new SnsForged('Its certificate does not lie with Amazon');
      const age = config.now() - Date.parse(envelope.Timestamp);
      if (!(Math.abs(age) <= MAX_AGE_MS)) throw new SnsForged('It is older than an hour');
      const certificate = await certificateAt(envelope.SigningCertURL);
      if (config.now() < Date.parse(certificate.validFrom) || config.now() > Date.parse(certificate.validTo)) throw new SnsForged('Its certificate is not valid now');
      const keys: readonly (keyof SnsEnvelope)[] = envelope.Type === 'Notification' ? NOTIFICATION_KEYS : SUBSCRIPTION_KEYS;
      const verifier = createVerify(algorithm);
      for (const key of keys) if (envelope[key] != null) verifier.update(`${key}\n${envelope[key]}\n`);
      if (!verifier.verify(certificate.publicKey, envelope.Signature, 'base64')) throw new SnsForged('Its signature does not fit');
    },

    /**
     * Says yes to the subscription of a topic. The address is made from the topic, never taken from the message.
     * @throws {FetchError} when SNS refuses or cannot be reached.
     */
    async confirm(topicArn: string, token: string): Promise<void> {
      const [, partition, , region] = topicArn.split(':');
      const url = new URL(config.endpointUrl ?? `https://sns.${region ?? ''}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`);
      for (const [name, value] of Object.entries({ Action: 'ConfirmSubscription', Version: '2010-03-31', TopicArn: topicArn, Token: token })) url.searchParams.set(name, value);
      await boundedFetch(url.toString(), { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES });
    },
  };
}
