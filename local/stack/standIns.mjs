// @ts-check
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { saysReady, untilReady } from './children.mjs';
import { LOCAL_ARCHIVE, LOCAL_BUILDER, LOCAL_CAPTIONS, LOCAL_DRIVE_ID, LOCAL_GIT_TOKEN, LOCAL_MAIL, LOCAL_SERVICES, LOCAL_TELEMETRY, LOCAL_TRANSCODING, LOCAL_YOUTUBE } from './environment.mjs';

/** @typedef {{home: string, root: string, env: NodeJS.ProcessEnv, children: import('./children.mjs').Children, signal: AbortSignal}} Context */

/**
 * Starts the GitHub stand-in, with the sample theme and the sample starters as its first repositories.
 * @param {Context & {port: number, organization: string}} options
 */
export async function startGithub({ port, organization, ...context }) {
  const sample = join(context.root, 'local', 'sample');
  await startStandIn({
    ...context,
    name: 'github',
    folder: 'github',
    args: [
      '--port', String(port),
      '--home', stateFolder(context.home, 'github'),
      '--org', organization,
      '--public-url', `http://127.0.0.1:${port}`,
      '--seed', `ocw-hugo-themes=${join(sample, 'themes')}`,
      '--seed', `ocw-hugo-projects=${join(sample, 'projects')}`,
    ],
    env: { ...context.env, GITHUB_STANDIN_TOKEN: LOCAL_GIT_TOKEN },
  });
}

/**
 * Starts the SAML identity provider. It listens on another site than the studio (127.0.0.1 against localhost), as a real one does.
 * @param {Context & {port: number, studioUrl: string}} options
 */
export async function startSamlIdp({ port, studioUrl, ...context }) {
  await startStandIn({
    ...context,
    name: 'samlIdp',
    folder: 'samlIdp',
    args: ['--port', String(port), '--home', stateFolder(context.home, 'samlIdp'), '--sp-metadata-url', `${studioUrl}/saml/metadata`],
  });
}

/**
 * Starts the mail service, which keeps what it is given, shows it as a mailbox and tells the studio what a person lets become of it.
 * @param {Context & {port: number, studioPort: number}} options
 */
export async function startMailgun({ port, studioPort, ...context }) {
  await startStandIn({
    ...context,
    name: 'mailgun',
    folder: 'mailgun',
    args: ['--port', String(port), '--home', stateFolder(context.home, 'mailgun'), '--domain', LOCAL_MAIL.domain, '--key', LOCAL_MAIL.key, '--events-url', `http://127.0.0.1:${studioPort}/api/mail-events/`, '--signing-key', LOCAL_MAIL.signingKey],
  });
}

/**
 * Starts Google Drive: one shared drive, which a person fills at its own page, and Google's tokens for its service account.
 * @param {Context & {port: number}} options
 */
export async function startDrive({ port, ...context }) {
  await startStandIn({
    ...context,
    name: 'drive',
    folder: 'drive',
    args: ['--port', String(port), '--home', stateFolder(context.home, 'drive'), '--drive-id', LOCAL_DRIVE_ID],
  });
}

/**
 * Starts YouTube: the studio's channel and another one of the person who manages it, with Google's page of consent and its tokens.
 * @param {Context & {port: number, studioUrl: string}} options
 */
export async function startYoutube({ port, studioUrl, ...context }) {
  await startStandIn({
    ...context,
    name: 'youtube',
    folder: 'youtube',
    args: [
      '--port', String(port),
      '--home', stateFolder(context.home, 'youtube'),
      '--client-id', LOCAL_YOUTUBE.clientId,
      '--redirect-uri', `${studioUrl}/api/youtube-tokens/`,
      '--channel', `${LOCAL_YOUTUBE.channelId}=Studio Courses`,
      '--channel', 'UCsomebodysOwn0000000000=Somebody’s own channel',
    ],
    env: { ...context.env, YT_CLIENT_SECRET: LOCAL_YOUTUBE.clientSecret, YT_REFRESH_TOKEN: LOCAL_YOUTUBE.refreshToken },
  });
}

/**
 * Starts the Wayback Machine, which captures what it is asked to without fetching it.
 * @param {Context & {port: number}} options
 */
export async function startWayback({ port, ...context }) {
  await startStandIn({
    ...context,
    name: 'wayback',
    folder: 'wayback',
    args: ['--port', String(port), '--home', stateFolder(context.home, 'wayback')],
    env: { ...context.env, WAYBACK_MACHINE_ACCESS_KEY: LOCAL_ARCHIVE.accessKey, WAYBACK_MACHINE_SECRET_KEY: LOCAL_ARCHIVE.secretKey },
  });
}

/**
 * Starts MediaConvert, which really transcodes, and the topic of SNS that posts its events to the studio.
 * @param {Context & {port: number, studioPort: number}} options
 */
export async function startMediaConvert({ port, studioPort, ...context }) {
  const { env } = context;
  await startStandIn({
    ...context,
    name: 'mediaConvert',
    folder: 'mediaConvert',
    args: [
      '--port', String(port),
      '--home', stateFolder(context.home, 'mediaConvert'),
      '--account', LOCAL_TRANSCODING.account,
      '--region', env['AWS_REGION'] ?? 'us-east-1',
      '--queue', env['VIDEO_TRANSCODE_QUEUE'] || 'Default',
      '--topic-arn', env['AWS_TRANSCODE_TOPIC_ARN'] ?? '',
      '--s3-endpoint', env['AWS_ENDPOINT_URL_S3'] ?? '',
      '--subscribe', `http://localhost:${studioPort}/api/transcode-jobs/`,
    ],
  });
}

/** How long the local 3Play works on an order, milliseconds; its sandbox does so, too. */
const CAPTIONS_MS = 10_000;

/**
 * Starts 3Play Media, which has captions of a few lines ready in seconds and enters what they cost in its ledger.
 * @param {Context & {port: number}} options
 */
export async function startThreePlay({ port, ...context }) {
  await startStandIn({
    ...context,
    name: 'threePlay',
    folder: 'threePlay',
    args: ['--port', String(port), '--home', stateFolder(context.home, 'threePlay'), '--project', LOCAL_CAPTIONS.projectId, '--turnaround-ms', String(CAPTIONS_MS)],
    env: { ...context.env, THREEPLAY_API_KEY: LOCAL_CAPTIONS.apiKey },
  });
}

/**
 * Starts Sentry, which shows the faults it was told of.
 * @param {Context & {port: number}} options
 */
export async function startSentry({ port, ...context }) {
  await startStandIn({ ...context, name: 'sentry', folder: 'sentry', args: ['--port', String(port), '--project', LOCAL_TELEMETRY.sentryProject, '--key', LOCAL_TELEMETRY.sentryKey] });
}

/**
 * Starts PostHog, which shows the events it was told of and has the flags somebody sets there.
 * @param {Context & {port: number}} options
 */
export async function startPostHog({ port, ...context }) {
  await startStandIn({ ...context, name: 'posthog', folder: 'posthog', args: ['--port', String(port), '--project-key', LOCAL_TELEMETRY.posthogKey, '--secure-key', LOCAL_TELEMETRY.posthogSecureKey] });
}

/**
 * How long the local caches believe that there is nothing at an address, seconds. The live CDN believes it for five minutes: here
 * somebody who looked a moment before the first publish, or a build that read instructors too early, must not wait that long to see it.
 * Long enough that a page full of missing pictures asks the buckets once.
 */
const MISSING_SECONDS = 2;

/**
 * Starts Fastly: its API, and the caches in front of the draft, live and test buckets that are not served by somebody else.
 * Where its API is a real one, nobody could purge the local caches: then they keep nothing.
 * @param {Context & {ports: import('./ports.mjs').Ports, buckets: import('./environment.mjs').Buckets, replaced: ReturnType<typeof import('./environment.mjs').replacedParts>}} options
 */
export async function startFastly({ ports, buckets, replaced, ...context }) {
  const { env } = context;
  const sites = [
    { site: 'draft', isReplaced: replaced.draftSite, port: ports.draftSite, bucket: buckets.preview },
    { site: 'live', isReplaced: replaced.liveSite, port: ports.liveSite, bucket: buckets.publish },
    { site: 'test', isReplaced: replaced.testSite, port: ports.testSite, bucket: buckets.test },
  ];
  await startStandIn({
    ...context,
    name: 'fastly',
    folder: 'fastly',
    args: [
      '--port', String(ports.fastly),
      '--s3-endpoint', env['AWS_ENDPOINT_URL_S3'] ?? '',
      '--region', env['AWS_REGION'] ?? 'us-east-1',
      ...(replaced.fastlyApi ? ['--ttl-seconds', '0', '--missing-ttl-seconds', '0'] : ['--missing-ttl-seconds', env['FASTLY_STANDIN_MISSING_SECONDS'] || String(MISSING_SECONDS)]),
      ...(replaced.fastlyApi ? [] : Object.entries(LOCAL_SERVICES).flatMap(([site, service]) => ['--service', `${service}=${env[`FASTLY_${site.toUpperCase()}_API_TOKEN`] ?? ''}`])),
      ...sites.filter(({ isReplaced }) => !isReplaced).flatMap(({ site, port, bucket }) => ['--distribution', `${site}=${port},${LOCAL_SERVICES[/** @type {keyof typeof LOCAL_SERVICES} */ (site)]},${bucket}`]),
    ],
  });
}

/**
 * Starts MIT Learn: its webhook, and the reading of the published bucket that follows a notice.
 * @param {Context & {port: number, bucket: string}} options
 */
export async function startLearn({ port, bucket, ...context }) {
  const { env } = context;
  await startStandIn({
    ...context,
    name: 'learn',
    folder: 'learn',
    args: ['--port', String(port), '--webhook-key', env['OPEN_CATALOG_WEBHOOK_KEY'] ?? '', '--s3-endpoint', env['AWS_ENDPOINT_URL_S3'] ?? '', '--bucket', bucket, '--region', env['AWS_REGION'] ?? 'us-east-1'],
  });
}

/**
 * Starts Concourse, which runs what the definitions say with our Hugo.
 * @param {Context & {port: number, hugoBin: string}} options
 */
export async function startConcourse({ port, hugoBin, ...context }) {
  await startStandIn({
    ...context,
    name: 'concourse',
    folder: 'concourse',
    args: ['--port', String(port), '--home', stateFolder(context.home, 'concourse'), '--username', LOCAL_BUILDER.username, '--team', LOCAL_BUILDER.team, ...(hugoBin === '' ? [] : ['--path', dirname(hugoBin)])],
    env: { ...context.env, CONCOURSE_STANDIN_PASSWORD: LOCAL_BUILDER.password },
  });
}

/**
 * Starts one stand-in and waits for its ready line.
 * @param {Context & {name: string, folder: string, args: readonly string[]}} options
 * @throws {import('../tools/SetupError.mjs').SetupError} when it does not come up.
 */
export async function startStandIn({ name, folder, args, root, env, children, signal }) {
  const child = children.spawn({ name, command: process.execPath, args: [join(root, 'local', 'standins', folder, 'main.mjs'), ...args], env, cwd: root });
  await untilReady({ child, probe: () => saysReady(child), seconds: 30, signal });
}

/**
 * @param {string} home
 * @param {string} name
 */
function stateFolder(home, name) {
  const folder = join(home, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
