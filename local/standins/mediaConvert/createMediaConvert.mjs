// @ts-check
/**
 * A stand-in for AWS Elemental MediaConvert with what stands behind it in the account: the rule of EventBridge that hands events of its
 * jobs on, and the topic of SNS that posts them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStandIn, readBody, sendJson } from '../base.mjs';
import { createJobs } from './jobs.mjs';
import { createSchedule } from './schedule.mjs';
import { createTopic } from './topic.mjs';

const API = '/2017-08-29';
const JOB_FIELDS = new Set(['role', 'settings', 'queue', 'userMetadata', 'clientRequestToken', 'accelerationSettings', 'statusUpdateInterval', 'priority', 'tags', 'billingTagsSource', 'hopDestinations', 'simulateReservedQueue', 'jobTemplate']);
const QUERIES = /** @type {Record<string, Set<string>>} */ ({ ListJobs: new Set(['maxResults', 'nextToken', 'order', 'queue', 'status']), SearchJobs: new Set(['inputFile', 'maxResults', 'nextToken', 'order', 'queue', 'status']) });
const STATUSES = ['SUBMITTED', 'PROGRESSING', 'COMPLETE', 'CANCELED', 'ERROR'];
const FAULTS = /** @type {Record<string, [string, string]>} */ ({
  400: ['BadRequestException', 'The request is wrong.'],
  403: ['ForbiddenException', 'You don’t have permissions for this action with the credentials you sent.'],
  429: ['TooManyRequestsException', 'Too many requests have been sent in too short of a time. The service limits the rate at which it will accept requests.'],
});

/**
 * @param {object} options
 * @param {string} options.account
 * @param {string} [options.region]
 * @param {string} options.accessKey whose requests are taken
 * @param {string} options.topicArn
 * @param {import('./topic.mjs').TopicKeys} options.keys the topic signs with
 * @param {Pick<ReturnType<typeof import('./transcode.mjs').createTranscoder>, 'transcode' | 'close'>} options.transcoder
 * @param {readonly string[]} [options.queues] names of the account’s queues; the rule matches the first
 * @param {readonly string[]} [options.denied] actions the account may not do, such as SearchJobs
 * @param {string} [options.home] where jobs are kept
 * @param {() => number} [options.now] epoch milliseconds
 */
export function createMediaConvert({ account, region = 'us-east-1', accessKey, topicArn, keys, transcoder, queues = ['Default'], denied = [], home, now: clock = Date.now }) {
  const file = home === undefined ? undefined : join(home, 'media-convert.json');
  /** @type {{ aheadMs?: number, jobs?: import('./jobs.mjs').Job[], subscription?: import('./topic.mjs').Subscription }} */
  const kept = file !== undefined && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  let aheadMs = kept.aheadMs ?? 0;
  let base = '';
  const now = () => clock() + aheadMs;
  /** What went wrong in the stand-in itself, for its page. @type {string[]} */
  const troubles = [];
  const schedule = createSchedule({ now, onError: (error) => troubles.push(error instanceof Error ? (error.stack ?? error.message) : String(error)) });
  const rule = { filter: queues[0] ?? 'Default', statuses: ['COMPLETE', 'ERROR'] };
  const rights = { denied: [...denied] };
  /** Every event, also those that the rule lets go. @type {Record<string, any>[]} */
  const events = [];

  function keep() {
    if (file !== undefined) writeFileSync(file, JSON.stringify({ aheadMs, jobs: jobs.all(), subscription: topic.subscription() }));
  }
  const topic = createTopic({ arn: topicArn, keys, base: () => base, now, schedule, keep, ...(kept.subscription === undefined ? {} : { subscription: kept.subscription }) });
  const jobs = createJobs({
    now,
    region,
    account,
    schedule,
    transcoder,
    keep,
    jobs: kept.jobs ?? [],
    tell: (event) => {
      events.push(event);
      const { status, userMetadata } = event['detail'];
      if (rule.statuses.includes(status) && userMetadata.filter === rule.filter) topic.publish(JSON.stringify(event));
    },
  });

  /** @param {import('node:http').ServerResponse} response @param {number} status @param {string} type @param {string} message @param {boolean} [isUnexpected] */
  function refuse(response, status, type, message, isUnexpected = true) {
    if (isUnexpected) response.setHeader('x-standin-unexpected', '1');
    sendJson(response, status, { message }, { 'x-amzn-errortype': type });
  }

  /** Whether somebody may do this; it is answered when not. @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response @param {string} action */
  function isAllowed(request, response, action) {
    const scope = /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/\d{8}\/([^/]+)\/mediaconvert\/aws4_request, ?SignedHeaders=[^,]+, ?Signature=[0-9a-f]{64}$/.exec(request.headers.authorization ?? '');
    if (scope === null) refuse(response, 403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
    else if (scope[1] !== accessKey) refuse(response, 403, 'UnrecognizedClientException', 'The security token included in the request is invalid.', false);
    else if (scope[2] !== region) refuse(response, 403, 'InvalidSignatureException', `Credential should be scoped to a valid region, not '${scope[2]}'.`);
    else if (rights.denied.includes(action)) refuse(response, 403, 'AccessDeniedException', `User: arn:aws:iam::${account}:user/ocw-studio is not authorized to perform: mediaconvert:${action} on resource: arn:aws:mediaconvert:${region}:${account}:*`, false);
    else return true;
    request.resume();
    return false;
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async function create(request, response) {
    /** @type {Record<string, any>} */
    let wish;
    try {
      wish = JSON.parse((await readBody(request)).toString('utf8'));
    } catch {
      return refuse(response, 400, 'BadRequestException', 'Could not parse the request');
    }
    const strange = Object.keys(wish).find((name) => !JOB_FIELDS.has(name));
    if (strange !== undefined) return refuse(response, 400, 'BadRequestException', `Unexpected field: ${strange}`);
    const token = wish['clientRequestToken'] ?? null;
    if (token !== null && !/^[\x20-\x7e]{1,64}$/.test(token)) return refuse(response, 400, 'BadRequestException', '/clientRequestToken: Should be up to 64 ASCII characters');
    if (!new RegExp(`^arn:aws:iam::${account}:role/.+$`).test(wish['role'] ?? '')) return refuse(response, 400, 'BadRequestException', '/role: Should be the ARN of a role of this account');
    const fault = jobs.faultOf(wish['settings']);
    if (fault !== undefined) return refuse(response, 400, 'BadRequestException', fault);
    const metadata = wish['userMetadata'] ?? {};
    if (Object.values(metadata).some((value) => typeof value !== 'string' || value.length > 256)) return refuse(response, 400, 'BadRequestException', '/userMetadata: Values should be texts of up to 256 characters');
    const named = wish['queue'] ?? queues[0];
    const queue = queues.find((name) => named === name || named === arnOf(name));
    if (queue === undefined) return refuse(response, 404, 'NotFoundException', `Queue ${named} not found`);
    sendJson(response, 201, { job: jobs.shown(jobs.create({ role: wish['role'], queue: arnOf(queue), settings: wish['settings'], userMetadata: metadata, token, priority: wish['priority'] ?? 0 })) });
  }

  const arnOf = (/** @type {string} */ queue) => `arn:aws:mediaconvert:${region}:${account}:queues/${queue}`;

  /** @param {URL} url @param {import('node:http').ServerResponse} response @param {'ListJobs' | 'SearchJobs'} action */
  function list(url, response, action) {
    const query = url.searchParams;
    const strange = [...query.keys()].find((name) => QUERIES[action]?.has(name) !== true);
    if (strange !== undefined) return refuse(response, 400, 'BadRequestException', `Unexpected parameter: ${strange}`);
    const size = Number(query.get('maxResults') ?? 20);
    const inputFile = query.get('inputFile');
    const status = query.get('status');
    if (!Number.isInteger(size) || size < 1 || size > 20) return refuse(response, 400, 'BadRequestException', 'maxResults should be between 1 and 20');
    if (inputFile !== null && inputFile.length > 300) return refuse(response, 400, 'BadRequestException', 'inputFile should have at most 300 characters');
    if (status !== null && !STATUSES.includes(status)) return refuse(response, 400, 'BadRequestException', 'status is none of those there are');
    const from = Number(query.get('nextToken') ?? 0);
    const found = jobs.find({ inputFile, status, queue: query.get('queue'), order: query.get('order') });
    const page = found.slice(from, from + size);
    sendJson(response, 200, { jobs: page.map(jobs.shown), ...(from + size < found.length ? { nextToken: String(from + size) } : {}) });
  }

  /** @param {URL} url @param {import('node:http').ServerResponse} response */
  function confirm(url, response) {
    const query = url.searchParams;
    const isConfirmed = query.get('Action') === 'ConfirmSubscription' && topic.confirm(query.get('TopicArn') ?? '', query.get('Token') ?? '');
    if (!isConfirmed) response.setHeader('x-standin-unexpected', '1');
    response.writeHead(isConfirmed ? 200 : 400, { 'content-type': 'text/xml' });
    response.end(
      isConfirmed
        ? `<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ConfirmSubscriptionResult><SubscriptionArn>${topicArn}:subscription</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>`
        : '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>InvalidParameter</Code><Message>Invalid parameter: Token</Message></Error></ErrorResponse>',
    );
  }

  /**
   * `advanceMs` puts the clock forward; `plan` says what becomes of jobs of sources that match; `settings` are those of all others;
   * `subscribe` is what a person does at SNS’s pages; `fate` says what becomes of messages that match.
   * @param {Record<string, any>} wish
   */
  function control(wish) {
    if (typeof wish['advanceMs'] === 'number') {
      aheadMs += wish['advanceMs'];
      keep();
      schedule.wake();
      return { now: now() };
    }
    if (wish['plan'] !== undefined) return { plans: jobs.plan({ times: 1, ...wish['plan'], match: new RegExp(wish['plan'].match ?? '.') }) };
    if (wish['fate'] !== undefined) return { fates: topic.decide({ times: 1, ...wish['fate'], match: new RegExp(wish['fate'].match ?? '.') }) };
    if (wish['subscribe'] !== undefined) {
      topic.subscribe(wish['subscribe'].endpoint, wish['subscribe'].raw !== false);
      return { topic: topicArn };
    }
    if (wish['settings'] !== undefined) {
      const { queueMs, workMs, searchLagMs, retryMs, signatureVersion, denied: withheld, statuses } = wish['settings'];
      Object.assign(jobs.settings, JSON.parse(JSON.stringify({ queueMs, workMs, searchLagMs })));
      Object.assign(topic.settings, JSON.parse(JSON.stringify({ retryMs, signatureVersion })));
      if (withheld !== undefined) rights.denied = withheld;
      if (statuses !== undefined) rule.statuses = statuses;
      return { settings: { ...jobs.settings, ...topic.settings, denied: rights.denied, statuses: rule.statuses } };
    }
    return undefined;
  }

  const standIn = createStandIn({
    name: 'MediaConvert',
    servesRoot: true,
    control,
    statePage: () =>
      [
        `Its clock: ${new Date(now()).toISOString()}`,
        `Subscription: ${topic.subscription()?.endpoint ?? 'none'}${topic.subscription()?.isConfirmed === true ? '' : ' (not confirmed)'}`,
        `What the account may not do: ${rights.denied.join(', ') || 'nothing'}`,
        ...troubles.map((trouble) => `Trouble: ${trouble}`),
        '',
        'Jobs, newest first:',
        ...jobs.find({}).slice(0, 50).map((job) => `${new Date(job.createdAt).toISOString()}  ${job.id}  ${job.status}${job.failure === null ? '' : ` (${job.failure.code} ${job.failure.message})`}  ${String(job.settings['inputs'][0].fileInput)}`),
        '',
        'Deliveries, newest first:',
        ...topic.deliveries.slice(-50).reverse().map((delivery) => `${new Date(delivery.at).toISOString()}  ${delivery.type}  attempt ${delivery.attempt}  ${delivery.status ?? 'no answer'}${delivery.fate === undefined ? '' : `  ${delivery.fate}`}`),
      ].join('\n'),
    answerFault: (response, fault) => {
      const [type, message] = FAULTS[fault.fault] ?? ['InternalServerErrorException', 'The service encountered an unexpected condition and can’t fulfill your request.'];
      sendJson(response, Number(fault.fault), { message }, { 'x-amzn-errortype': fault.reason ?? type, ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }) });
    },
    async handle(request, response, url) {
      const { method } = request;
      const path = url.pathname;
      if (method === 'GET' && path === '/SimpleNotificationService.pem') {
        response.writeHead(200, { 'content-type': 'application/x-x509-ca-cert' });
        return void response.end(keys.certificate);
      }
      if (path === '/' && (method === 'GET' || method === 'POST')) {
        request.resume();
        return confirm(url, response);
      }
      const id = new RegExp(`^${API}/jobs/([^/]+)$`).exec(path)?.[1];
      if (path === `${API}/jobs` && method === 'POST') return void (isAllowed(request, response, 'CreateJob') && (await create(request, response)));
      if (path === `${API}/jobs` && method === 'GET') return void (isAllowed(request, response, 'ListJobs') && list(url, response, 'ListJobs'));
      if (path === `${API}/search` && method === 'GET') return void (isAllowed(request, response, 'SearchJobs') && list(url, response, 'SearchJobs'));
      if (path === `${API}/endpoints` && method === 'POST') {
        if (!isAllowed(request, response, 'DescribeEndpoints')) return;
        request.resume();
        return sendJson(response, 200, { endpoints: [{ url: base }] });
      }
      if (id !== undefined && (method === 'GET' || method === 'DELETE')) {
        if (!isAllowed(request, response, method === 'GET' ? 'GetJob' : 'CancelJob')) return;
        request.resume();
        const job = jobs.get(decodeURIComponent(id));
        if (job === undefined) return refuse(response, 404, 'NotFoundException', `The requested job ${id} was not found`, false);
        if (method === 'GET') return sendJson(response, 200, { job: jobs.shown(job) });
        if (!jobs.cancel(job)) return refuse(response, 409, 'ConflictException', `Job ${id} is in status ${job.status} and cannot be canceled`, false);
        return sendJson(response, 202, {});
      }
      request.resume();
      refuse(response, 404, 'UnknownOperationException', 'There is no such operation here');
    },
  });

  return {
    ...standIn,
    control,
    now,
    topic,
    events,
    jobs: () => jobs.all(),
    /** What went wrong in the stand-in itself. */
    troubles,
    listen: async (/** @type {number} */ port = 0) => {
      base = await standIn.listen(port);
      return base;
    },
    close: async () => {
      schedule.close();
      transcoder.close();
      await standIn.close();
    },
  };
}
