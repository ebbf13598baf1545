import { z } from 'zod';
import { FetchError } from '#clients/boundedFetch.ts';
import { type Sns, type SnsEnvelope, SnsForged } from '#clients/sns.ts';
import { findVideoIdOfJob } from '#db/queries/transcodeJobs.ts';
import { keepWebhookEvent } from '#db/queries/webhookEvents.ts';
import { isUuid } from '#domain/isUuid.ts';
import { readTranscodeEvent } from '#domain/transcodeEvent.ts';
import type { ApiDeps } from '../deps.ts';
import { CompatError } from './CompatError.ts';
import { type CompatHandlers, parseJsonObject, readRawBody } from './compatRouter.ts';

const envelopeSchema = z.object({
  Type: z.string(),
  MessageId: z.string(),
  TopicArn: z.string(),
  Message: z.string(),
  Timestamp: z.string(),
  SignatureVersion: z.string(),
  Signature: z.string(),
  SigningCertURL: z.string(),
  Subject: z.string().nullish(),
  Token: z.string().optional(),
  SubscribeURL: z.string().optional(),
});

/**
 * MediaConvert’s events, through EventBridge and SNS: raw, as SNS sends them to the existing system, or in SNS’s envelope,
 * which is signed. A raw one cannot be verified; it is kept as a hint, and who acts on it asks MediaConvert first.
 */
export function compatTranscodeJobs(deps: Pick<ApiDeps, 'db' | 'config' | 'engine' | 'log'> & { readonly sns: Sns }): Pick<CompatHandlers, 'POST /api/transcode-jobs/'> {
  const { db, config, engine, log, sns } = deps;

  const refuse = (why: string): never => {
    log.warn({ why }, 'A transcoding event was refused');
    throw new CompatError(403, 'You do not have permission to perform this action.');
  };

  /** The envelope, when Amazon signed it and it is of our topic. */
  async function verified(message: Readonly<Record<string, unknown>>): Promise<SnsEnvelope> {
    if (config.transcodeTopicArn === undefined || message['TopicArn'] !== config.transcodeTopicArn) return refuse('it is of another topic than AWS_TRANSCODE_TOPIC_ARN');
    const parsed = envelopeSchema.safeParse(message);
    if (!parsed.success) throw new CompatError(400, Object.fromEntries(parsed.error.issues.map((issue) => [issue.path.join('.'), [issue.message]])));
    try {
      await sns.verify(parsed.data);
    } catch (error) {
      if (error instanceof SnsForged) return refuse(error.message);
      return unavailable(error);
    }
    return parsed.data;
  }

  /** SNS sends again what was answered so. */
  function unavailable(error: unknown): never {
    if (!(error instanceof FetchError)) throw error;
    log.warn({ err: error }, 'SNS could not be asked');
    throw new CompatError(503, 'Amazon SNS cannot be reached now. Send this again.');
  }

  async function keep(event: Readonly<Record<string, unknown>>, isVerified: boolean): Promise<void> {
    if (config.awsAccountId === undefined || event['account'] !== config.awsAccountId) refuse('it is of another account than AWS_ACCOUNT_ID');
    const { id } = event;
    if (typeof id !== 'string' || id === '' || id.length > 200) throw new CompatError(400, { id: ['This field is required.'] });
    const isNew = await keepWebhookEvent(db, { source: 'mediaconvert', eventId: id, payload: { verified: isVerified, event } });
    if (isNew) await tell(event);
    else log.debug({ id }, 'A transcoding event came again');
  }

  /** Lets the video’s workflow look at its job: one we know, or one whose answer was lost and that says whose it is. */
  async function tell(event: Readonly<Record<string, unknown>>): Promise<void> {
    const said = readTranscodeEvent(event);
    if (said === null) return;
    const named = said.userMetadata['videoId'] ?? '';
    const videoId = (await findVideoIdOfJob(db, said.jobId)) ?? (isUuid(named) ? named : undefined);
    if (videoId !== undefined) await engine.transcodeTold({ videoId, jobId: said.jobId });
  }

  return {
    'POST /api/transcode-jobs/': async ({ ctx }) => {
      const message = parseJsonObject(await readRawBody(ctx));
      if ('SubscribeURL' in message) {
        if (config.transcodeTopicArn === undefined || message['TopicArn'] !== config.transcodeTopicArn) return refuse('a subscription to another topic than AWS_TRANSCODE_TOPIC_ARN');
        if (typeof message['Token'] !== 'string' || message['Token'] === '') throw new CompatError(400, { Token: ['This field may not be blank.'] });
        const envelope = await verified(message);
        if (envelope.Type === 'SubscriptionConfirmation') await sns.confirm(envelope.TopicArn, message['Token']).catch(unavailable);
        log.info({ topic: envelope.TopicArn, type: envelope.Type }, 'SNS told of its subscription');
        return {};
      }
      if (message['Type'] === 'Notification') await keep(parseJsonObject(Buffer.from((await verified(message)).Message)), true);
      else await keep(message, false);
      return {};
    },
  };
}
