// @ts-check
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT, setup } from '../setup.mjs';
import { openServiceAccount } from '../standins/drive/serviceAccount.mjs';
import { SetupError } from '../tools/SetupError.mjs';
import { tryLock } from '../tools/lock.mjs';
import { migrateDatabase, startApi } from './api.mjs';
import { Children } from './children.mjs';
import { PEOPLE, bucketsOf, productEnvironment, replacedParts } from './environment.mjs';
import { endRecorded, endingOrder, readPids } from './pids.mjs';
import { PORTS, choosePorts } from './ports.mjs';
import { startPostgres } from './postgres.mjs';
import { startS3 } from './s3.mjs';
import { ensureSecrets, homeFiles, readJson, writePrivateJson } from './stackFile.mjs';
import { startConcourse, startDrive, startFastly, startGithub, startLearn, startMailgun, startMediaConvert, startPostHog, startSamlIdp, startSentry, startThreePlay, startWayback, startYoutube } from './standIns.mjs';
import { startTemporal } from './temporal.mjs';
import { startWorker } from './worker.mjs';

/** @typedef {'postgres' | 'temporal' | 's3' | 'github' | 'samlIdp' | 'mailgun' | 'drive' | 'youtube' | 'wayback' | 'mediaConvert' | 'threePlay' | 'sentry' | 'posthog' | 'fastly' | 'learn' | 'concourse' | 'api' | 'worker'} PartName */

/** Every part of a stack, in the order of starting. */
export const PART_NAMES = /** @type {const} */ (['postgres', 'temporal', 's3', 'github', 'samlIdp', 'mailgun', 'drive', 'youtube', 'wayback', 'mediaConvert', 'threePlay', 'sentry', 'posthog', 'fastly', 'learn', 'concourse', 'api', 'worker']);

/** Those the product does without when it is told of none. */
const OPTIONAL_PARTS = /** @type {const} */ (['concourse', 'drive', 'youtube', 'wayback', 'mediaConvert', 'threePlay']);

/** Those that start only for who asks, by name or by STUDIO_LOCAL_TELEMETRY: the studio is quiet unless it is told of one. */
const PARTS_ON_DEMAND = /** @type {const} */ (['sentry', 'posthog']);

/**
 * @typedef {object} RunningStack
 * @property {import('./stackFile.mjs').Stack} stack what stack.json says
 * @property {NodeJS.ProcessEnv} env the environment of the product's processes, for a CLI or a test that connects to the parts
 * @property {() => Promise<void>} stop ends everything, in order
 * @property {(part: string, options?: {env?: NodeJS.ProcessEnv}) => Promise<void>} startPart starts a part that does not run; `worker2`, `worker3` … are further workers
 * @property {(part: string) => Promise<void>} stopPart ends a part in good order
 * @property {(part: string, options?: {env?: NodeJS.ProcessEnv}) => Promise<void>} restart
 * @property {(part: string, signal?: NodeJS.Signals) => Promise<void>} kill sends a signal (KILL unless told) and for KILL waits for the end
 * @property {(part: string) => boolean} isRunning
 */

/**
 * Starts a whole local stack, or the parts of one, and resolves when it is ready.
 * @param {object} options
 * @param {string} options.home STUDIO_HOME: everything the stack keeps
 * @param {NodeJS.ProcessEnv} [options.env] the environment that names ports and replaces parts
 * @param {Partial<Record<PartName, boolean>>} [options.parts] false leaves a part out
 * @param {boolean} [options.ephemeralPorts] any free port where the environment sets none, for stacks beside others
 * @param {import('../setup.mjs').Tools} [options.tools] found by set-up unless given
 * @param {string} [options.workerMain] the workers' program, in place of the product's own
 * @param {(line: string) => void} [options.log]
 * @param {AbortSignal} [options.signal] gives the start up; what was started is ended
 * @param {(part: string, how: string) => void} [options.onUnexpectedEnd] when a part ends that nobody told to
 * @returns {Promise<RunningStack>}
 * @throws {SetupError} when the home is in use, a port is taken or a part does not come up.
 */
export async function startStack(options) {
  const { env = process.env, parts = {}, workerMain = join(ROOT, 'worker', 'main.ts'), log = () => undefined, signal = new AbortController().signal } = options;
  const home = resolve(options.home);
  mkdirSync(home, { recursive: true });
  const files = homeFiles(home);
  const lock = tryLock(files.lock);
  if ('holder' in lock) {
    throw new SetupError(`A studio already runs in ${home} (process ${lock.holder.pid}): use that one, end it, or set STUDIO_HOME to another folder.`);
  }
  const children = new Children(home, options.onUnexpectedEnd ?? (() => undefined));
  let stopping = /** @type {Promise<void> | null} */ (null);
  const stop = () => (stopping ??= endAll(children, () => {
    rmSync(files.ready, { force: true });
    lock.release();
  }));
  try {
    const tools = options.tools ?? (await setup({ env, log }));
    rmSync(files.ready, { force: true }); // left by a kill: whoever waits for it must not believe it
    const left = await endRecorded(readPids(children.pidFile));
    if (left.length > 0) log(`Ended what an earlier start left running: ${left.join(', ')}.`);

    // Without them the product must not believe that it could build there, find files, transcode or show videos, order captions, or have links captured.
    const isAbsent = (/** @type {PartName} */ name) => parts[name] === false || (PARTS_ON_DEMAND.some((each) => each === name) && parts[name] !== true && env['STUDIO_LOCAL_TELEMETRY'] !== 'true');
    const replaced = { ...replacedParts(env), ...Object.fromEntries([...OPTIONAL_PARTS, ...PARTS_ON_DEMAND].filter(isAbsent).map((name) => [name, true])) };
    const wanted = PART_NAMES.filter((name) => parts[name] !== false && !(name in replaced && replaced[/** @type {keyof typeof replaced} */ (name)]));
    const ports = await choosePorts({ names: portsOf(), env, remembered: /** @type {object} */ (readJson(files.ports) ?? {}), ephemeral: options.ephemeralPorts ?? false, log });
    writePrivateJson(files.ports, ports);
    const secrets = ensureSecrets(home);
    const product = productEnvironment({ env, home, ports, secrets, tools, replaced, driveCredentials: replaced.drive ? '' : openServiceAccount(join(home, 'drive')).credentials });
    const context = { home, root: ROOT, env: product, children, signal, log };
    const buckets = bucketsOf(product);
    const value = (/** @type {string} */ name) => product[name] ?? '';

    /** @type {Record<PartName, (env: NodeJS.ProcessEnv) => Promise<void>>} */
    const starters = {
      postgres: () => startPostgres({ ...context, port: ports.postgres, password: secrets.databasePassword }),
      temporal: () => startTemporal({ ...context, cli: tools.temporalCli, port: ports.temporal, uiPort: ports.temporalUi, namespace: value('TEMPORAL_NAMESPACE') }),
      s3: () => startS3({ ...context, binary: tools.versitygwBin, port: ports.s3, accessKey: secrets.s3AccessKey, secretKey: secrets.s3SecretKey, region: value('AWS_REGION'), buckets, studioUrl: value('STUDIO_BASE_URL') }),
      github: (own) => startGithub({ ...context, env: own, port: ports.github, organization: value('GIT_ORGANIZATION') }),
      samlIdp: (own) => startSamlIdp({ ...context, env: own, port: ports.samlIdp, studioUrl: value('STUDIO_BASE_URL') }),
      mailgun: (own) => startMailgun({ ...context, env: own, port: ports.mailgun, studioPort: ports.studio }),
      drive: (own) => startDrive({ ...context, env: own, port: ports.drive }),
      youtube: (own) => startYoutube({ ...context, env: own, port: ports.youtube, studioUrl: value('STUDIO_BASE_URL') }),
      wayback: (own) => startWayback({ ...context, env: own, port: ports.wayback }),
      mediaConvert: (own) => startMediaConvert({ ...context, env: own, port: ports.mediaConvert, studioPort: ports.studio }),
      threePlay: (own) => startThreePlay({ ...context, env: own, port: ports.threePlay }),
      sentry: (own) => startSentry({ ...context, env: own, port: ports.sentry }),
      posthog: (own) => startPostHog({ ...context, env: own, port: ports.posthog }),
      fastly: (own) => startFastly({ ...context, env: own, ports, buckets, replaced }),
      concourse: (own) => startConcourse({ ...context, env: own, port: ports.concourse, hugoBin: tools.hugoBin }),
      learn: (own) => startLearn({ ...context, env: own, port: ports.learn, bucket: buckets.publish }),
      api: (own) => startApi({ ...context, env: own, port: ports.studio }),
      worker: (own) => startWorker({ ...context, main: workerMain, env: own, name: 'worker', healthPort: ports.workerHealth }),
    };
    /** @type {RunningStack['startPart']} */
    const startPart = async (part, { env: own = {} } = {}) => {
      const partEnv = { ...product, ...own };
      if (/^worker\d+$/.test(part)) {
        const extra = await choosePorts({ names: ['workerHealth'], env: {}, remembered: {}, ephemeral: true, log });
        await startWorker({ ...context, main: workerMain, env: partEnv, name: part, healthPort: extra.workerHealth });
        return;
      }
      const start = starters[/** @type {PartName} */ (part)];
      if (start === undefined) throw new Error(`There is no part ${part}: the parts are ${PART_NAMES.join(', ')}.`);
      await start(partEnv);
    };

    const start = (/** @type {readonly PartName[]} */ names) => allOrFirstFault(names.filter((name) => wanted.includes(name)).map((name) => startPart(name)));
    await start(['postgres', 'temporal', 's3', 'github', 'samlIdp', 'mailgun', 'drive', 'youtube', 'wayback', 'mediaConvert', 'threePlay', 'sentry', 'posthog']);
    signal.throwIfAborted();
    const needsDatabase = wanted.includes('postgres') || wanted.includes('api') || wanted.includes('worker');
    await Promise.all([needsDatabase ? migrateDatabase(context) : undefined, start(['fastly', 'learn', 'concourse'])]);
    signal.throwIfAborted();
    await start(['api', 'worker']);

    const describe = () => describeStack({ product, ports, wanted, replaced, buckets, secrets, children });
    const record = () => writePrivateJson(files.ready, describe());
    record();
    return {
      get stack() {
        return describe();
      },
      env: product,
      stop,
      async startPart(part, own) {
        await startPart(part, own);
        record();
      },
      async stopPart(part) {
        await children.stop(part);
        record();
      },
      async restart(part, own) {
        await children.stop(part);
        await startPart(part, own);
        record();
      },
      async kill(part, how = 'SIGKILL') {
        await children.kill(part, how);
        record();
      },
      isRunning: (part) => children.get(part) !== undefined,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Every listener has its port, also of a part that is left out: a test may start that part later. */
function portsOf() {
  return /** @type {import('./ports.mjs').PortName[]} */ (Object.keys(PORTS));
}

/**
 * Waits for all, then throws the first fault: a part that is still starting must not be left behind unrecorded.
 * @param {Promise<void>[]} starts
 */
async function allOrFirstFault(starts) {
  const results = await Promise.allSettled(starts);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/**
 * @param {Children} children
 * @param {() => void} last
 */
async function endAll(children, last) {
  try {
    for (const group of endingOrder(Object.keys(children.pids()))) await Promise.all(group.map((name) => children.stop(name)));
    await children.end();
  } finally {
    last();
  }
}

/**
 * @param {{product: NodeJS.ProcessEnv, ports: import('./ports.mjs').Ports, wanted: readonly PartName[], replaced: ReturnType<typeof replacedParts>, buckets: import('./environment.mjs').Buckets,
 *   secrets: import('./stackFile.mjs').Secrets, children: Children}} options
 * @returns {import('./stackFile.mjs').Stack}
 */
function describeStack({ product, ports, wanted, replaced, buckets, secrets, children }) {
  const or = (/** @type {string} */ name) => product[name] || null;
  const text = (/** @type {string} */ name) => product[name] ?? '';
  const samlIdpUrl = wanted.includes('samlIdp') ? `http://127.0.0.1:${ports.samlIdp}` : null;
  const mailboxUrl = wanted.includes('mailgun') ? or('MAILGUN_API_URL') : null;
  const addresses = {
    github: wanted.includes('github') ? or('GIT_API_URL') : null,
    samlIdp: samlIdpUrl,
    mailgun: mailboxUrl,
    drive: wanted.includes('drive') ? or('DRIVE_API_URL') : null,
    youtube: wanted.includes('youtube') ? or('YT_API_URL') : null,
    wayback: wanted.includes('wayback') ? or('WAYBACK_API_URL') : null,
    mediaConvert: wanted.includes('mediaConvert') ? or('VIDEO_S3_TRANSCODE_ENDPOINT') : null,
    threePlay: wanted.includes('threePlay') ? or('THREEPLAY_API_URL') : null,
    sentry: wanted.includes('sentry') ? `http://127.0.0.1:${ports.sentry}` : null,
    posthog: wanted.includes('posthog') ? or('POSTHOG_API_HOST') : null,
    fastly: wanted.includes('fastly') ? `http://127.0.0.1:${ports.fastly}` : null,
    // The caches readers meet, each with a journal of its own.
    draftSite: wanted.includes('fastly') && !replaced.draftSite ? or('OCW_STUDIO_DRAFT_URL') : null,
    liveSite: wanted.includes('fastly') && !replaced.liveSite ? or('OCW_STUDIO_LIVE_URL') : null,
    testSite: wanted.includes('fastly') && !replaced.testSite ? or('OCW_STUDIO_TEST_URL') : null,
    concourse: wanted.includes('concourse') ? or('CONCOURSE_URL') : null,
    learn: wanted.includes('learn') ? `http://127.0.0.1:${ports.learn}` : null,
  };
  const standIns = Object.fromEntries(Object.entries(addresses).filter(([, url]) => url !== null));
  return {
    studioUrl: text('STUDIO_BASE_URL'),
    temporalUiUrl: or('TEMPORAL_UI_URL'),
    temporalAddress: text('TEMPORAL_ADDRESS'),
    temporalNamespace: text('TEMPORAL_NAMESPACE'),
    databaseUrl: text('DATABASE_URL'),
    s3Endpoint: or('AWS_ENDPOINT_URL_S3'),
    s3AccessKey: or('AWS_ACCESS_KEY_ID'),
    s3SecretKey: or('AWS_SECRET_ACCESS_KEY'),
    buckets,
    draftSiteUrl: text('OCW_STUDIO_DRAFT_URL'),
    liveSiteUrl: text('OCW_STUDIO_LIVE_URL'),
    githubUrl: or('GIT_API_URL'),
    githubOrg: text('GIT_ORGANIZATION'),
    apiToken: text('STUDIO_INITIAL_API_TOKEN') || secrets.apiToken,
    mailboxUrl,
    standIns: /** @type {Record<string, string>} */ (standIns),
    people: PEOPLE.map(({ name, email, roles }) => ({ name, email, roles: [...roles] })),
    samlIdpUrl,
    previewUrlTemplate: or('STUDIO_PREVIEW_URL_TEMPLATE'),
    version: JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version,
    pids: children.pids(),
  };
}
