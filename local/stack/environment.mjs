// @ts-check
import { join } from 'node:path';

/** The token the GitHub stand-in accepts; it guards nothing but a server on loopback. */
export const LOCAL_GIT_TOKEN = 'local-git-token';

/** What the Fastly stand-in's distributions are called, each with a token that may purge it. */
export const LOCAL_SERVICES = /** @type {const} */ ({ draft: 'local-draft', live: 'local-live', test: 'local-test' });
const LOCAL_PURGE_TOKEN = 'local-purge-token';

/** The key the MIT Learn stand-in accepts. */
const LOCAL_CATALOG_KEY = 'local-catalog-key';

/** The domain and the key of the mail stand-in; no mail leaves this machine. */
export const LOCAL_MAIL = { domain: 'mail.example.edu', key: 'local-mail-key', signingKey: 'local-mail-signing-key' };

/** The one account of the Wayback Machine's stand-in. */
export const LOCAL_ARCHIVE = { accessKey: 'local-archive-key', secretKey: 'local-archive-secret' };

/** The account of the MediaConvert stand-in, its role, and the topic that tells of its jobs. */
export const LOCAL_TRANSCODING = { account: '123456789012', role: 'local-transcoder', topic: 'local-transcodes' };

/** The project at the 3Play stand-in, and what its calls to the studio carry. */
export const LOCAL_CAPTIONS = { apiKey: 'local-captions-key', projectId: '2', callbackKey: 'local-captions-callback' };

/** The one shared drive of the Google Drive stand-in. */
export const LOCAL_DRIVE_ID = '0AOcwStudioLocal';

/** What the YouTube stand-in knows of the studio: its OAuth client, a consent that was given, and the channel that is for. */
export const LOCAL_YOUTUBE = { clientId: 'studio.apps.local', clientSecret: 'local-youtube-secret', refreshToken: 'local-youtube-consent', channelId: 'UCocwStudioLocal00000000' };

/** The projects at the Sentry and PostHog stand-ins, with their keys. */
export const LOCAL_TELEMETRY = { sentryProject: '1', sentryKey: 'localsentrykey', posthogKey: 'phc_local', posthogSecureKey: 'phs_local' };

/** Whom the Concourse stand-in lets in. */
export const LOCAL_BUILDER = { username: 'studio', password: 'local-builder-password', team: 'ocw' };

/** The fictional people a fresh stack knows, and what the first start lets them do. */
export const PEOPLE = [
  { name: 'ada', email: 'ada@example.edu', roles: ['global_admin'] },
  { name: 'gus', email: 'gus@example.edu', roles: ['global_author'] },
  { name: 'olga', email: 'olga@example.edu', roles: ['owner of sample-course'] },
  { name: 'ed', email: 'ed@example.edu', roles: ['editor of sample-course'] },
  { name: 'stan', email: 'stan@example.edu', roles: [] },
];

/** Bucket of `stack.json` -> the variable that names it and its default. */
const BUCKETS = /** @type {const} */ ({
  storage: ['AWS_STORAGE_BUCKET_NAME', 'ocw-storage'],
  preview: ['AWS_PREVIEW_BUCKET_NAME', 'ocw-draft'],
  publish: ['AWS_PUBLISH_BUCKET_NAME', 'ocw-live'],
  offlinePreview: ['AWS_OFFLINE_PREVIEW_BUCKET_NAME', 'ocw-draft-offline'],
  offlinePublish: ['AWS_OFFLINE_PUBLISH_BUCKET_NAME', 'ocw-live-offline'],
  test: ['AWS_TEST_BUCKET_NAME', 'ocw-test'],
  offlineTest: ['AWS_OFFLINE_TEST_BUCKET_NAME', 'ocw-test-offline'],
  artifacts: ['AWS_ARTIFACTS_BUCKET_NAME', 'ocw-artifacts'],
  import: ['AWS_IMPORT_STORAGE_BUCKET_NAME', 'ocw-import'],
  buildStore: ['BUILD_STORE_BUCKET_NAME', 'ocw-build-store'],
});

/** @typedef {{[name in keyof typeof BUCKETS]: string}} Buckets */

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Buckets}
 */
export function bucketsOf(env) {
  const entries = Object.entries(BUCKETS).map(([name, [variable, fallback]]) => [name, env[variable] || fallback]);
  return /** @type {Buckets} */ (Object.fromEntries(entries));
}

/**
 * Which parts the environment replaces by the real thing. A variable that is set but empty means the vendor's own address where there is one
 * (AWS, github.com), so only an unset one starts the local part.
 * @param {NodeJS.ProcessEnv} env
 */
export function replacedParts(env) {
  const filled = (/** @type {string} */ name) => env[name] !== undefined && env[name] !== '';
  const s3 = env['AWS_ENDPOINT_URL_S3'] !== undefined;
  const noEndpoint = env['AWS_ENDPOINT_URL_S3'] === '';
  // The local caches and the local catalogue speak to an endpoint; in front of AWS stand the real ones.
  const sites = { draftSite: filled('OCW_STUDIO_DRAFT_URL') || noEndpoint, liveSite: filled('OCW_STUDIO_LIVE_URL') || noEndpoint, testSite: filled('OCW_STUDIO_TEST_URL') || noEndpoint };
  const fastlyApi = env['FASTLY_API_URL'] !== undefined || noEndpoint;
  return {
    postgres: filled('DATABASE_URL'),
    temporal: filled('TEMPORAL_ADDRESS'),
    s3,
    github: env['GIT_API_URL'] !== undefined,
    samlIdp: filled('SAML_IDP_METADATA'),
    mailgun: ['MAILGUN_KEY', 'MAILGUN_API_URL', 'MAIL_SMTP_URL'].some((name) => env[name] !== undefined),
    drive: env['DRIVE_API_URL'] !== undefined || env['DRIVE_SERVICE_ACCOUNT_CREDS'] !== undefined,
    youtube: ['YT_API_URL', 'YT_CLIENT_ID', 'YT_REFRESH_TOKEN'].some((name) => env[name] !== undefined),
    wayback: env['WAYBACK_API_URL'] !== undefined || env['ENABLE_WAYBACK_TASKS'] !== undefined,
    // It reads and writes at an endpoint.
    mediaConvert: ['VIDEO_S3_TRANSCODE_ENDPOINT', 'AWS_ACCOUNT_ID', 'AWS_ROLE_NAME'].some((name) => env[name] !== undefined) || noEndpoint,
    sentry: filled('SENTRY_DSN'),
    posthog: env['POSTHOG_API_HOST'] !== undefined || env['POSTHOG_ENABLED'] !== undefined,
    threePlay: env['THREEPLAY_API_URL'] !== undefined || env['THREEPLAY_API_KEY'] !== undefined,
    ...sites,
    fastlyApi,
    fastly: fastlyApi && Object.values(sites).every((isReplaced) => isReplaced),
    learn: env['OPEN_CATALOG_URLS'] !== undefined || noEndpoint,
    // Its builds speak to an endpoint, and to the local repositories without a key.
    concourse: env['CONCOURSE_URL'] !== undefined || noEndpoint || env['GIT_API_URL'] !== undefined,
  };
}

/**
 * The environment of the product's processes: what the caller set, and for each local part where it is.
 * @param {{env: NodeJS.ProcessEnv, home: string, ports: import('./ports.mjs').Ports, secrets: import('./stackFile.mjs').Secrets,
 *   tools: import('../setup.mjs').Tools, replaced: ReturnType<typeof replacedParts>, driveCredentials: string}} options
 * @returns {NodeJS.ProcessEnv}
 */
export function productEnvironment({ env, home, ports, secrets, tools, replaced, driveCredentials }) {
  const studioUrl = env['STUDIO_BASE_URL'] || `http://localhost:${ports.studio}`;
  const githubUrl = `http://127.0.0.1:${ports.github}`;
  /** @type {NodeJS.ProcessEnv} */
  const made = {
    ...env,
    STUDIO_HOME: home,
    STUDIO_PORT: String(ports.studio),
    STUDIO_BASE_URL: studioUrl,
    STUDIO_PREVIEW_PORT: String(ports.preview),
    STUDIO_PREVIEW_URL_TEMPLATE: env['STUDIO_PREVIEW_URL_TEMPLATE'] || `http://{run}.localhost:${ports.preview}`,
    STUDIO_WORK_DIR: env['STUDIO_WORK_DIR'] || join(home, 'work'),
    STUDIO_INITIAL_API_TOKEN: env['STUDIO_INITIAL_API_TOKEN'] || secrets.apiToken,
    STUDIO_INITIAL_ADMINS: env['STUDIO_INITIAL_ADMINS'] ?? 'ada@example.edu',
    WORKER_HEALTH_PORT: String(ports.workerHealth),
    HUGO_BIN: tools.hugoBin,
    TEMPORAL_NAMESPACE: env['TEMPORAL_NAMESPACE'] || 'ocw-studio',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', // its version is pinned while it runs on Node 20
    GIT_ORGANIZATION: env['GIT_ORGANIZATION'] || 'ocw-content',
  };
  if (!replaced.postgres) made['DATABASE_URL'] = databaseUrl(ports.postgres, secrets.databasePassword);
  if (!replaced.temporal) {
    made['TEMPORAL_ADDRESS'] = `127.0.0.1:${ports.temporal}`;
    made['TEMPORAL_UI_URL'] = `http://localhost:${ports.temporalUi}`;
  }
  if (!replaced.s3) {
    made['AWS_ENDPOINT_URL_S3'] = `http://127.0.0.1:${ports.s3}`;
    made['AWS_ACCESS_KEY_ID'] = secrets.s3AccessKey;
    made['AWS_SECRET_ACCESS_KEY'] = secrets.s3SecretKey;
    made['AWS_REGION'] = env['AWS_REGION'] || 'us-east-1';
    delete made['AWS_SESSION_TOKEN']; // a person's own session would be sent along with our keys, and refused
  }
  if (!replaced.github) {
    made['GIT_API_URL'] = githubUrl;
    made['GIT_CLONE_BASE_URL'] = githubUrl;
    made['GIT_TOKEN'] = LOCAL_GIT_TOKEN;
    const organization = made['GIT_ORGANIZATION'];
    made['OCW_HUGO_THEMES_GIT_URL'] = env['OCW_HUGO_THEMES_GIT_URL'] || `${githubUrl}/${organization}/ocw-hugo-themes.git`;
    if (!env['OCW_HUGO_THEMES_GIT_URL']) made['THEME_BUILD_COMMAND'] = env['THEME_BUILD_COMMAND'] || 'node build-assets.mjs';
    made['OCW_HUGO_PROJECTS_GIT_URL'] = env['OCW_HUGO_PROJECTS_GIT_URL'] || `${githubUrl}/${organization}/ocw-hugo-projects.git`;
  }
  if (!replaced.samlIdp) made['SAML_IDP_METADATA'] = `http://127.0.0.1:${ports.samlIdp}/metadata`;
  if (!replaced.mailgun) {
    made['MAILGUN_API_URL'] = `http://127.0.0.1:${ports.mailgun}`;
    made['MAILGUN_KEY'] = LOCAL_MAIL.key;
    made['MAILGUN_SENDER_DOMAIN'] = LOCAL_MAIL.domain;
    made['MAILGUN_WEBHOOK_SIGNING_KEY'] = LOCAL_MAIL.signingKey;
    made['MITOL_MAIL_FROM_EMAIL'] = env['MITOL_MAIL_FROM_EMAIL'] || `OCW Studio <studio@${LOCAL_MAIL.domain}>`;
  }
  if (!replaced.drive) {
    made['DRIVE_API_URL'] = `http://127.0.0.1:${ports.drive}`;
    made['GOOGLE_TOKEN_URL'] = env['GOOGLE_TOKEN_URL'] || `http://127.0.0.1:${ports.drive}/token`;
    made['DRIVE_SERVICE_ACCOUNT_CREDS'] = driveCredentials;
    made['DRIVE_SHARED_ID'] = LOCAL_DRIVE_ID;
  }
  if (!replaced.youtube) {
    const youtubeUrl = `http://127.0.0.1:${ports.youtube}`;
    made['YT_API_URL'] = youtubeUrl;
    made['YT_TOKEN_URL'] = `${youtubeUrl}/token`;
    made['YT_WATCH_URL'] = `${youtubeUrl}/watch`;
    made['GOOGLE_AUTH_URL'] = `${youtubeUrl}/o/oauth2/v2/auth`;
    made['YT_CLIENT_ID'] = LOCAL_YOUTUBE.clientId;
    made['YT_CLIENT_SECRET'] = LOCAL_YOUTUBE.clientSecret;
    made['YT_REFRESH_TOKEN'] = LOCAL_YOUTUBE.refreshToken;
    made['YT_CHANNEL_ID'] = LOCAL_YOUTUBE.channelId;
  }
  if (!replaced.wayback) {
    made['ENABLE_WAYBACK_TASKS'] = 'true';
    made['WAYBACK_API_URL'] = `http://127.0.0.1:${ports.wayback}`;
    made['WAYBACK_MACHINE_ACCESS_KEY'] = LOCAL_ARCHIVE.accessKey;
    made['WAYBACK_MACHINE_SECRET_KEY'] = LOCAL_ARCHIVE.secretKey;
  }
  if (!replaced.mediaConvert) {
    const mediaConvertUrl = `http://127.0.0.1:${ports.mediaConvert}`;
    made['AWS_REGION'] ??= 'us-east-1';
    made['VIDEO_S3_TRANSCODE_ENDPOINT'] = mediaConvertUrl;
    made['AWS_ENDPOINT_URL_SNS'] = mediaConvertUrl;
    made['AWS_ACCOUNT_ID'] = LOCAL_TRANSCODING.account;
    made['AWS_ROLE_NAME'] = LOCAL_TRANSCODING.role;
    made['AWS_TRANSCODE_TOPIC_ARN'] = `arn:aws:sns:${made['AWS_REGION']}:${LOCAL_TRANSCODING.account}:${LOCAL_TRANSCODING.topic}`;
  }
  if (!replaced.threePlay) {
    const threePlayUrl = `http://127.0.0.1:${ports.threePlay}`;
    made['THREEPLAY_API_URL'] = threePlayUrl;
    made['THREEPLAY_STATIC_URL'] = threePlayUrl;
    made['THREEPLAY_API_KEY'] = LOCAL_CAPTIONS.apiKey;
    made['THREEPLAY_PROJECT_ID'] = LOCAL_CAPTIONS.projectId;
    made['THREEPLAY_CALLBACK_KEY'] = env['THREEPLAY_CALLBACK_KEY'] || LOCAL_CAPTIONS.callbackKey;
  }
  if (!replaced.sentry) made['SENTRY_DSN'] = `http://${LOCAL_TELEMETRY.sentryKey}@127.0.0.1:${ports.sentry}/${LOCAL_TELEMETRY.sentryProject}`;
  if (!replaced.posthog) {
    made['POSTHOG_ENABLED'] = 'true';
    made['POSTHOG_API_HOST'] = `http://127.0.0.1:${ports.posthog}`;
    made['POSTHOG_PROJECT_API_KEY'] = LOCAL_TELEMETRY.posthogKey;
    made['POSTHOG_SECURE_KEY'] = LOCAL_TELEMETRY.posthogSecureKey;
  }
  if (!replaced.draftSite) made['OCW_STUDIO_DRAFT_URL'] = `http://localhost:${ports.draftSite}`;
  if (!replaced.liveSite) made['OCW_STUDIO_LIVE_URL'] = `http://localhost:${ports.liveSite}`;
  if (!replaced.testSite) made['OCW_STUDIO_TEST_URL'] = `http://localhost:${ports.testSite}`;
  if (!replaced.fastlyApi) {
    made['FASTLY_API_URL'] = `http://127.0.0.1:${ports.fastly}`;
    for (const [distribution, service] of Object.entries(LOCAL_SERVICES)) {
      made[`FASTLY_${distribution.toUpperCase()}_SERVICE_ID`] = service;
      made[`FASTLY_${distribution.toUpperCase()}_API_TOKEN`] = LOCAL_PURGE_TOKEN;
    }
  }
  if (!replaced.concourse) {
    made['CONCOURSE_URL'] = `http://127.0.0.1:${ports.concourse}`;
    made['CONCOURSE_USERNAME'] = LOCAL_BUILDER.username;
    made['CONCOURSE_PASSWORD'] = LOCAL_BUILDER.password;
    made['CONCOURSE_TEAM'] = LOCAL_BUILDER.team;
    made['CONCOURSE_IS_PRIVATE_REPO'] = 'false';
    made['API_BEARER_TOKEN'] = env['API_BEARER_TOKEN'] || secrets.builderToken; // its builds report with it
  }
  if (!replaced.learn) {
    made['OPEN_CATALOG_URLS'] = `http://127.0.0.1:${ports.learn}/api/v1/ocw_next_webhook/`;
    made['OPEN_CATALOG_WEBHOOK_KEY'] = LOCAL_CATALOG_KEY;
  }
  return made;
}

/**
 * @param {number} port
 * @param {string} password
 */
export function databaseUrl(port, password, database = 'ocw_studio') {
  return `postgres://studio:${password}@127.0.0.1:${port}/${database}`;
}
