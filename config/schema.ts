import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { readList, readMapping } from './readMapping.ts';

/**
 * Every environment variable the product reads: name, default, what it is for. `config/load.ts` is the only reader of
 * `process.env`; `.env.example` is generated from this list and checked against it.
 */
export interface ConfigVariable {
  readonly name: string;
  readonly schema: z.ZodType<unknown, string | undefined>;
  /** The default as one would write it in the environment; null when the variable must be set. */
  readonly default: string | null;
  readonly description: string;
  readonly secret?: boolean;
}

const text = z.string().min(1);
const optionalText = z.preprocess((value) => (value === '' ? undefined : value), z.string().optional()) as unknown as z.ZodType<string | undefined, string | undefined>;
/** What can stand in a header of a request. */
const headerText = z.string().regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'it has characters that cannot stand in a header') as z.ZodType<string, string | undefined>;
const optionalHeaderText = z.preprocess((value) => (value === '' ? undefined : value), headerText.optional()) as unknown as z.ZodType<string | undefined, string | undefined>;
const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max) as unknown as z.ZodType<number, string | undefined>;
const url = z.url() as z.ZodType<string, string | undefined>;
const optionalUrl = z.preprocess((value) => (value === '' ? undefined : value), z.url().optional()) as unknown as z.ZodType<string | undefined, string | undefined>;
/** An address that may have a place for the name of the machine, and one for its port. */
const optionalWorkerUrl = z
  .string()
  .transform((value) => (value === '' ? undefined : value.replace(/\/+$/, '')))
  .refine((value) => value === undefined || isWebAddress(value.replace('{host}', 'host').replace('{port}', '1')), 'it is no address such as http://{host}:{port}') as unknown as z.ZodType<string | undefined, string | undefined>;
const flag = z.enum(['true', 'false', '1', '0', '']).transform((value) => value === 'true' || value === '1') as unknown as z.ZodType<boolean, string | undefined>;
const list = z.string().transform((value) => value.split(',').map((part) => part.trim()).filter((part) => part !== '')) as unknown as z.ZodType<string[], string | undefined>;
const texts = readBy(readList);
const mapping = readBy(readMapping);
const bucket = z.string().min(3).max(63) as z.ZodType<string, string | undefined>;

/** `24h`, `30m` or `45s` as milliseconds; `0` is never. */
const interval = z.string().regex(/^(?:0|[1-9][0-9]{0,5}[hms])$/, 'it is a whole number with h, m or s, such as 24h, or 0').transform((value) => Number.parseInt(value, 10) * (value.endsWith('h') ? 3_600_000 : value.endsWith('m') ? 60_000 : 1_000)) as unknown as z.ZodType<number, string | undefined>;

/** The same, but never is none. */
const listingInterval: z.ZodType<number, string | undefined> = interval.refine((value) => value > 0, 'it is a whole number with h, m or s, such as 24h');

const optionalPrivateKey = z
  .string()
  .transform((value) => (value === '' ? undefined : value.replaceAll('\\n', '\n')))
  .refine((value) => value === undefined || isPrivateKey(value), 'it is no private key in PEM form') as unknown as z.ZodType<string | undefined, string | undefined>;

/** A value that `read` makes of the text; what it throws is the fault. */
function readBy<T>(read: (text: string) => T) {
  return z.string().transform((value, context) => {
    try {
      return read(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  }) as unknown as z.ZodType<T, string | undefined>;
}

const purgeTargets = z
  .string()
  .transform((value, context): unknown => {
    if (value === '') return [];
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'it is no JSON: write [{"name": …, "distribution": "draft", "live" or "test", "serviceId": …, "apiToken": …}]' });
      return z.NEVER;
    }
  })
  .pipe(z.array(z.strictObject({ name: z.string().min(1), distribution: z.enum(['draft', 'live', 'test']), serviceId: z.string().min(1), apiToken: z.string().min(1) }), { error: 'it is no JSON list of targets' })) as unknown as z.ZodType<
  readonly { readonly name: string; readonly distribution: 'draft' | 'live' | 'test'; readonly serviceId: string; readonly apiToken: string }[],
  string | undefined
>;

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** Null for what is percent-encoded in a way that means nothing. */
function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** Where mails are handed over by SMTP. */
const smtpServer = z
  .string()
  .transform((value, context) => {
    if (value === '') return undefined;
    const parsed = URL.canParse(value) ? new URL(value) : null;
    if (parsed !== null && ['smtp:', 'smtps:'].includes(parsed.protocol) && parsed.hostname !== '' && /^\/?$/.test(parsed.pathname) && parsed.search === '' && (parsed.username === '') === (parsed.password === '')) {
      const isSecure = parsed.protocol === 'smtps:';
      const [user, password] = [decoded(parsed.username), decoded(parsed.password)];
      if (user !== null && password !== null) return { host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'), port: parsed.port === '' ? (isSecure ? 465 : 587) : Number(parsed.port), isSecure, login: user === '' ? null : { user, password } };
    }
    context.addIssue({ code: 'custom', message: 'it is no address of an SMTP server: smtp://user:password@host:587 or smtps://user:password@host:465, user and password both or neither' });
    return z.NEVER;
  }) as unknown as z.ZodType<{ readonly host: string; readonly port: number; readonly isSecure: boolean; readonly login: { readonly user: string; readonly password: string } | null } | undefined, string | undefined>;

/** What the studio needs of the key file Google hands out for a service account. */
const serviceAccount = z
  .string()
  .transform((value, context) => {
    if (value === '') return undefined;
    try {
      const { client_email: clientEmail, private_key: privateKey } = JSON.parse(value) as Readonly<Record<string, unknown>>;
      if (typeof clientEmail === 'string' && clientEmail !== '' && typeof privateKey === 'string' && isPrivateKey(privateKey)) return { clientEmail, privateKey };
    } catch {
      // The issue below says what is to be done; the text itself holds a secret.
    }
    context.addIssue({ code: 'custom', message: 'it is no key file of a service account: JSON with client_email and private_key' });
    return z.NEVER;
  }) as unknown as z.ZodType<{ readonly clientEmail: string; readonly privateKey: string } | undefined, string | undefined>;

/** An address with `{run}` in its host, where a name that cannot be guessed is put. */
const runUrlTemplate = z
  .string()
  .refine((value) => value.split('{run}').length === 2 && URL.canParse(value.replace('{run}', 'run')) && /^https?:\/\/[^/]*\{run\}[^/]*\/?$/.test(value), 'it is no address with {run} in its host, such as https://{run}.preview.example.edu') as unknown as z.ZodType<string, string | undefined>;
/** Where Sentry takes events, with the project’s public key before the host. */
const optionalDsn = z
  .string()
  .transform((value) => (value === '' ? undefined : value))
  .refine((value) => value === undefined || /^https?:\/\/[A-Za-z0-9]+@[^/@]+(?:\/[^/]+)*\/[0-9]+$/.test(value), 'it is no DSN of Sentry, such as https://<key>@<host>/<project>') as unknown as z.ZodType<string | undefined, string | undefined>;

/** A key that stays on the server; the project’s own, which may be public, does not read definitions. */
const optionalPosthogKey = z
  .string()
  .transform((value) => (value === '' ? undefined : value))
  .refine((value) => value?.includes('phc_') !== true, 'it is the project’s public key; definitions of flags need its secure one') as unknown as z.ZodType<string | undefined, string | undefined>;

const share = z.coerce.number().min(0).max(1) as unknown as z.ZodType<number, string | undefined>;

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

function variable<T>(name: string, schema: z.ZodType<T, string | undefined>, fallback: string | null, description: string, secret = false) {
  return { name, schema, default: fallback, description, secret } as const;
}

export const variables = {
  studioHome: variable('STUDIO_HOME', text as z.ZodType<string, string | undefined>, '.studio', 'Folder of the local stack’s state and of stack.json.'),
  studioPort: variable('STUDIO_PORT', integer(0, 65535), '8400', 'Port of the API and the web app. 0 takes any free one.'),
  studioHost: variable('STUDIO_HOST', text as z.ZodType<string, string | undefined>, 'localhost', 'Address the API listens on; 0.0.0.0 behind a proxy.'),
  studioBaseUrl: variable('STUDIO_BASE_URL', url, 'http://localhost:8400', 'The address people use, without a slash at the end. SAML and links are built from it.'),
  privacyPolicyUrl: variable('PRIVACY_POLICY_URL', optionalUrl, '', 'Where people read what becomes of what the studio knows of them; linked where they sign in and on their account’s page. Unset, nothing is linked.'),
  studioPreviewPort: variable('STUDIO_PREVIEW_PORT', integer(0, 65535), '8444', 'Port, beside the API’s, on which the output of each publish can be looked at. 0 takes any free one.'),
  studioPreviewTemplate: variable('STUDIO_PREVIEW_URL_TEMPLATE', runUrlTemplate, 'http://{run}.localhost:8444', 'Address of one publish’s preview; {run} stands for a name that cannot be guessed. Every such host must lead to STUDIO_PREVIEW_PORT, best on a domain that holds nothing else.'),
  trustedProxyHops: variable('TRUSTED_PROXY_HOPS', integer(0, 10), '0', 'Proxies in front of the API whose X-Forwarded-For is believed.'),
  publishApproval: variable('STUDIO_PUBLISH_APPROVAL', z.enum(['off', 'live']) as z.ZodType<'off' | 'live', string | undefined>, 'off', 'Which publishes need a second person’s approval: off, or live.'),
  studioInstallation: variable('STUDIO_INSTALLATION', text as z.ZodType<string, string | undefined>, 'local', 'Name of this installation. A database that carries another name publishes nothing until an admin adopts it.'),
  studioInitialAdmins: variable('STUDIO_INITIAL_ADMINS', list, '', 'E-mail addresses that become global admin at sign-in while there is none, separated by commas.'),
  studioInitialApiToken: variable('STUDIO_INITIAL_API_TOKEN', optionalText, '', 'A token with all rights that is stored (hashed) at start, for the command line.', true),
  uploadMaxBytes: variable('UPLOAD_MAX_BYTES', integer(1, 5_368_709_120), '524288000', 'Bytes a file may have that an author uploads; S3 takes at most 5 GiB at once.'),
  rateLimitPercent: variable('RATE_LIMIT_PERCENT', integer(0, 10_000), '100', 'How often one address or person may ask, in percent of what the studio allows by itself; 0 allows everything.'),
  studioWorkDir: variable('STUDIO_WORK_DIR', text as z.ZodType<string, string | undefined>, '.studio/work', 'Folder of a worker’s repository mirrors and builds. It may be lost at any time.'),
  studioWebDir: variable('STUDIO_WEB_DIR', text as z.ZodType<string, string | undefined>, 'web/dist', 'The built web app the API serves.'),
  logLevel: variable('LOG_LEVEL', z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']) as z.ZodType<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent', string | undefined>, 'info', 'Least severe level that is logged.'),

  searchPath: variable('PATH', text as z.ZodType<string, string | undefined>, '/usr/local/bin:/usr/bin:/bin', 'Folders in which git is looked for.'),

  databaseUrl: variable('DATABASE_URL', text as z.ZodType<string, string | undefined>, null, 'Postgres connection string.', true),
  databasePoolMax: variable('DATABASE_POOL_MAX', integer(1, 200), '10', 'Connections a process keeps at most.'),

  temporalAddress: variable('TEMPORAL_ADDRESS', text as z.ZodType<string, string | undefined>, '127.0.0.1:8433', 'Host and port of the Temporal frontend.'),
  temporalNamespace: variable('TEMPORAL_NAMESPACE', text as z.ZodType<string, string | undefined>, 'ocw-studio', 'Temporal namespace.'),
  temporalUiUrl: variable('TEMPORAL_UI_URL', optionalUrl, '', 'Address of the Temporal UI, for admins’ links.'),
  temporalApiKey: variable('TEMPORAL_API_KEY', optionalText, '', 'API key of Temporal Cloud.', true),
  temporalTls: variable('TEMPORAL_TLS', flag, 'false', 'Whether to speak TLS to Temporal.'),
  temporalTaskQueuePrefix: variable('TEMPORAL_TASK_QUEUE_PREFIX', z.string() as z.ZodType<string, string | undefined>, '', 'Put before every task queue’s name, so that two installations can share a namespace.'),
  workerHealthPort: variable('WORKER_HEALTH_PORT', integer(0, 65535), '8441', 'Port on 127.0.0.1 where a worker answers /health. 0 takes any free one.'),
  buildSlots: variable('BUILD_SLOTS', integer(1, 64), '1', 'Hugo builds a worker runs at once.'),
  previewSlots: variable('PREVIEW_SLOTS', integer(0, 64), '2', 'Sites whose preview a worker shows at once while people write; each is a Hugo of some 220 MB. The one not looked at for longest makes room. 0 shows none.'),
  previewIdleMinutes: variable('PREVIEW_IDLE_MINUTES', integer(1, 1440), '10', 'Minutes after which a preview ends that nobody looks at.'),
  previewMemoryMb: variable('PREVIEW_MEMORY_MB', integer(128, 65_536), '1024', 'Megabytes the Hugo of one preview may take, before it is started anew.'),
  previewWorkerHost: variable('PREVIEW_WORKER_HOST', text as z.ZodType<string, string | undefined>, '127.0.0.1', 'Address a worker listens on for the API, which shows people its previews; one the API reaches, and nobody outside, where the two are on different machines.'),
  previewWorkerPort: variable('PREVIEW_WORKER_PORT', integer(0, 65535), '0', 'Port of that. 0 takes any free one.'),
  previewWorkerUrl: variable('PREVIEW_WORKER_URL', optionalWorkerUrl, '', 'Where the API reaches it, such as http://{host}:{port}, where {host} is the machine’s name; unset, PREVIEW_WORKER_HOST and the port.'),

  awsEndpointUrl: variable('AWS_ENDPOINT_URL_S3', optionalUrl, '', 'S3 endpoint; unset means AWS.'),
  awsAccessKeyId: variable('AWS_ACCESS_KEY_ID', optionalText, '', 'S3 access key; unset uses the machine’s own credentials.', true),
  awsSecretAccessKey: variable('AWS_SECRET_ACCESS_KEY', optionalText, '', 'S3 secret key.', true),
  awsRegion: variable('AWS_REGION', text as z.ZodType<string, string | undefined>, 'us-east-1', 'S3 region.'),
  storageBucket: variable('AWS_STORAGE_BUCKET_NAME', bucket, 'ocw-storage', 'Bucket of uploaded and ingested files.'),
  previewBucket: variable('AWS_PREVIEW_BUCKET_NAME', bucket, 'ocw-draft', 'Web bucket of the draft sites.'),
  publishBucket: variable('AWS_PUBLISH_BUCKET_NAME', bucket, 'ocw-live', 'Web bucket of the live sites.'),
  offlinePreviewBucket: variable('AWS_OFFLINE_PREVIEW_BUCKET_NAME', bucket, 'ocw-draft-offline', 'Bucket of the offline draft sites.'),
  offlinePublishBucket: variable('AWS_OFFLINE_PUBLISH_BUCKET_NAME', bucket, 'ocw-live-offline', 'Bucket of the offline live sites.'),
  testBucket: variable('AWS_TEST_BUCKET_NAME', bucket, 'ocw-test', 'Web bucket of the test sites.'),
  offlineTestBucket: variable('AWS_OFFLINE_TEST_BUCKET_NAME', bucket, 'ocw-test-offline', 'Bucket of the offline test sites.'),
  artifactsBucket: variable('AWS_ARTIFACTS_BUCKET_NAME', bucket, 'ocw-artifacts', 'Versioned bucket of the themes’ webpack manifest.'),
  importBucket: variable('AWS_IMPORT_STORAGE_BUCKET_NAME', bucket, 'ocw-import', 'Bucket whose files are copied into storage.'),
  offlineAfterPublish: variable('OFFLINE_AFTER_PUBLISH', flag, 'true', 'Whether each publish has its offline form built afterwards; otherwise it is built when somebody asks.'),
  offlineFetchMaxBytes: variable('OFFLINE_FETCH_MAX_BYTES', integer(0, 1_000_000_000), '4000000', 'Pictures and texts up to this many bytes are fetched for an offline build, since themes may look into them; of other files Hugo gets the name only.'),
  buildStoreBucket: variable('BUILD_STORE_BUCKET_NAME', bucket, 'ocw-build-store', 'Our own bucket of build output, manifests and snapshots.'),
  retainLogDays: variable('RETAIN_LOG_DAYS', integer(8, 3650), '30', 'Days logs, snapshots, reports and archives of runs stay in the build store. A failed run waits seven days for a retry.'),
  retainPreviewDays: variable('RETAIN_PREVIEW_DAYS', integer(1, 3650), '14', 'Days what was built stays there when it is not among the publishes that can be shown again; it can be looked at that long.'),
  retainPublishes: variable('RETAIN_PUBLISHES', integer(1, 1000), '20', 'Publishes of a site and version that can be shown again.'),
  retainBlobDays: variable('RETAIN_BLOB_DAYS', integer(1, 365), '2', 'Days a file stays there that no manifest names.'),
  awsAccountId: variable('AWS_ACCOUNT_ID', optionalText, '', 'Account whose MediaConvert events are believed. Unset, every one is refused.'),
  transcodeTopicArn: variable('AWS_TRANSCODE_TOPIC_ARN', optionalText, '', 'SNS topic of the MediaConvert events: the only one a subscription is confirmed for.'),
  awsSnsEndpointUrl: variable('AWS_ENDPOINT_URL_SNS', optionalUrl, '', 'SNS endpoint; unset means AWS, in the region of the topic.'),
  transcodeEndpointUrl: variable('VIDEO_S3_TRANSCODE_ENDPOINT', optionalUrl, '', 'MediaConvert endpoint; unset means AWS, in AWS_REGION.'),
  transcodeRoleName: variable('AWS_ROLE_NAME', optionalText, '', 'Role as which MediaConvert reads and writes the buckets. Without it, and without AWS_ACCOUNT_ID, no video is transcoded.'),
  transcodeQueue: variable('VIDEO_TRANSCODE_QUEUE', text as z.ZodType<string, string | undefined>, 'Default', 'MediaConvert queue; the rule that hands its events on looks for this name in their user metadata.'),
  transcodeBucket: variable('VIDEO_S3_TRANSCODE_BUCKET', optionalText, '', 'Bucket of the transcoded videos; unset is the storage bucket.'),
  transcodePrefix: variable('VIDEO_S3_TRANSCODE_PREFIX', text as z.ZodType<string, string | undefined>, 'aws_mediaconvert_transcodes', 'Where in that bucket they lie, in place of DRIVE_S3_UPLOAD_PREFIX; the same as that puts them beside their sources.'),
  awsMaxConnections: variable('AWS_MAX_CONCURRENT_CONNECTIONS', integer(1, 500), '24', 'Requests to S3 at once in one activity.'),

  gitApiUrl: variable('GIT_API_URL', optionalUrl, '', 'GitHub’s API; unset means github.com. An Enterprise Server’s ends in /api/v3.'),
  gitCloneBaseUrl: variable('GIT_CLONE_BASE_URL', url, 'https://github.com', 'Where content repositories are cloned from: <this>/<organization>/<repository>.git.'),
  gitOrganization: variable('GIT_ORGANIZATION', text as z.ZodType<string, string | undefined>, 'ocw-content', 'Organization of the content repositories.'),
  gitToken: variable('GIT_TOKEN', optionalText, '', 'Token for the content repositories, where no GitHub App is set up.', true),
  githubAppId: variable('GITHUB_APP_ID', optionalText, '', 'Id of the GitHub App that is installed in the organization of the content repositories; it signs in instead of GIT_TOKEN.'),
  githubAppPrivateKey: variable('GITHUB_APP_PRIVATE_KEY', optionalPrivateKey, '', 'The App’s private key, PEM, its line ends written as \\n.', true),
  gitBranchMain: variable('GIT_BRANCH_MAIN', text as z.ZodType<string, string | undefined>, 'main', 'Branch the studio commits to.'),
  gitBranchPreview: variable('GIT_BRANCH_PREVIEW', text as z.ZodType<string, string | undefined>, 'preview', 'Branch the draft site is built from.'),
  gitBranchRelease: variable('GIT_BRANCH_RELEASE', text as z.ZodType<string, string | undefined>, 'release', 'Branch the live site is built from.'),
  gitDefaultUserName: variable('GIT_DEFAULT_USER_NAME', text as z.ZodType<string, string | undefined>, 'OCW Studio', 'Author of commits that no person made.'),
  gitDefaultUserEmail: variable('GIT_DEFAULT_USER_EMAIL', text as z.ZodType<string, string | undefined>, 'anonymous@example.edu', 'E-mail of that author.'),
  gitAnonymousCommits: variable('GIT_ANONYMOUS_COMMITS', flag, 'false', 'Whether commits name their authors as user_<id>, without name and e-mail address.'),
  githubRateLimitCutoff: variable('GITHUB_RATE_LIMIT_CUTOFF', integer(0, 4_000), '100', 'Calls of GitHub’s hourly quota that are left for people: when fewer remain the studio waits for the next hour.'),
  githubTimeoutSeconds: variable('GITHUB_TIMEOUT', integer(1, 600), '15', 'Seconds a GitHub API call may last.'),

  themesGitUrl: variable('OCW_HUGO_THEMES_GIT_URL', text as z.ZodType<string, string | undefined>, 'https://github.com/mitodl/ocw-hugo-themes.git', 'Repository of the Hugo themes: any git URL or local path.'),
  themesBranch: variable('OCW_HUGO_THEMES_BRANCH', text as z.ZodType<string, string | undefined>, 'main', 'Branch of the themes.'),
  themeBuildCommand: variable('THEME_BUILD_COMMAND', text as z.ZodType<string, string | undefined>, 'corepack yarn install --immutable && corepack yarn run build:webpack && corepack yarn run build:githash', 'Installs what the themes need and builds their assets; run by sh at the top of a clean checkout. It leaves base-theme/dist, base-theme/static and base-theme/data/webpack.json.'),
  themeBuildTimeoutSeconds: variable('THEME_BUILD_TIMEOUT_SECONDS', integer(1, 7200), '3600', 'Seconds that may last.'),
  themeBuildEnv: variable('THEME_BUILD_ENV', mapping, '{}', 'What the command finds in its environment beside PATH, HOME and NODE_ENV, as a JSON object: SEARCH_API_URL, SENTRY_DSN and so on. Nothing of the studio’s own environment reaches it.'),
  themeCheckMinutes: variable('THEME_CHECK_MINUTES', integer(0, 1440), '10', 'Minutes between two looks for a push to the themes that nobody told of; 0 leaves it to the webhook and the button.'),
  projectsGitUrl: variable('OCW_HUGO_PROJECTS_GIT_URL', text as z.ZodType<string, string | undefined>, 'https://github.com/mitodl/ocw-hugo-projects.git', 'Repository of the starters and Hugo configurations: any git URL or local path.'),
  projectsBranch: variable('OCW_HUGO_PROJECTS_BRANCH', text as z.ZodType<string, string | undefined>, 'main', 'Branch of the projects.'),
  projectsGitToken: variable('OCW_HUGO_PROJECTS_GIT_TOKEN', optionalText, '', 'Token for the projects repository, which may lie on another host than the content; unset reads it without one.', true),
  projectsApiUrl: variable('OCW_HUGO_PROJECTS_API_URL', optionalUrl, '', 'GitHub’s API of the projects repository (https://api.github.com, or an Enterprise Server’s ending in /api/v3), where the studio then keeps the webhook of pushes by itself. Unset, a person sets it up.'),
  githubWebhookKey: variable('GITHUB_WEBHOOK_KEY', optionalText, '', 'Secret with which GitHub signs the pushes of the projects repository. Unset, every push is refused.', true),
  githubWebhookBranch: variable('GITHUB_WEBHOOK_BRANCH', optionalText, '', 'Branch the starters are read from, and whose pushes make them be read; unset means OCW_HUGO_PROJECTS_BRANCH.'),
  siteConfigFile: variable('OCW_STUDIO_SITE_CONFIG_FILE', text as z.ZodType<string, string | undefined>, 'ocw-studio.yaml', 'Name of a starter’s configuration file.'),
  hugoBin: variable('HUGO_BIN', text as z.ZodType<string, string | undefined>, 'hugo', 'The Hugo binary (extended).'),
  hugoBins: variable('HUGO_BINS', mapping, '', 'Further Hugo binaries by their version, as JSON: {"0.142.0": "/opt/hugo-0.142.0/hugo"}.'),
  hugoVersions: variable('HUGO_VERSION', mapping, '', 'Version of Hugo that builds a starter or extra theme, as JSON: {"ocw-www": "0.142.0"}. A starter’s own hugo-version goes before; others are built by HUGO_BIN.'),
  hugoTimeoutSeconds: variable('HUGO_TIMEOUT_SECONDS', integer(1, 7200), '1200', 'Seconds a Hugo build may last.'),

  draftSiteUrl: variable('OCW_STUDIO_DRAFT_URL', url, 'http://localhost:8439', 'Base address of the draft sites.'),
  liveSiteUrl: variable('OCW_STUDIO_LIVE_URL', url, 'http://localhost:8440', 'Base address of the live sites.'),
  testSiteUrl: variable('OCW_STUDIO_TEST_URL', url, 'http://localhost:8443', 'Base address of the sites that only tests publish.'),
  staticApiDraftUrl: variable('STATIC_API_BASE_URL_DRAFT', optionalUrl, '', 'Where builds of draft sites read what other sites publish, without a slash at the end; unset means OCW_STUDIO_DRAFT_URL.'),
  staticApiLiveUrl: variable('STATIC_API_BASE_URL_LIVE', optionalUrl, '', 'The same for live sites; unset means OCW_STUDIO_LIVE_URL.'),
  staticApiTestUrl: variable('STATIC_API_BASE_URL_TEST', optionalUrl, '', 'The same for sites that only tests publish, and where those find their uploaded files; unset means OCW_STUDIO_TEST_URL.'),
  resourceDraftUrl: variable('RESOURCE_BASE_URL_DRAFT', optionalUrl, '', 'What themes put before the address of an uploaded file of a draft site; unset means nothing, for it lies beside the site.'),
  resourceLiveUrl: variable('RESOURCE_BASE_URL_LIVE', optionalUrl, '', 'The same for a live site.'),
  envName: variable('ENV_NAME', text as z.ZodType<string, string | undefined>, 'rc', 'Live sites may be indexed only where this is prod or production.'),
  rootWebsiteName: variable('ROOT_WEBSITE_NAME', text as z.ZodType<string, string | undefined>, 'ocw-www', 'Name of the root site.'),
  fieldMetadataTitle: variable('FIELD_METADATA_TITLE', text as z.ZodType<string, string | undefined>, 'course_title', 'Field of a site’s metadata that is the site’s title.'),
  testRootWebsiteName: variable('TEST_ROOT_WEBSITE_NAME', text as z.ZodType<string, string | undefined>, 'ocw-ci-test-www', 'Name of the root site of the sites that only tests publish.'),
  testSiteSlugs: variable('OCW_TEST_SITE_SLUGS', texts, '', 'Names of the sites that only tests publish, separated by commas: lists for builders leave them out.'),
  newsFeedAddress: variable('OCW_NEWS_FEED_URL', url, 'https://www.ocw-openmatters.org/feed/', 'RSS feed of the news on the home page.'),
  courseStarterSlug: variable('OCW_COURSE_STARTER_SLUG', text as z.ZodType<string, string | undefined>, 'ocw-course-v2', 'Starter of the courses.'),
  defaultCourseTheme: variable('OCW_DEFAULT_COURSE_THEME', text as z.ZodType<string, string | undefined>, 'ocw-course-v2', 'Starter whose sites are built once more for each extra theme.'),
  extraCourseThemes: variable('OCW_EXTRA_COURSE_THEMES', texts, '', 'Extra themes of these sites, separated by commas: folders of the projects repository, and of the web buckets.'),
  extraThemesBaseUrls: variable('OCW_EXTRA_THEMES_BASE_URLS', mapping, '', 'Addresses that sites of an extra theme are read at, where they are not /<theme>/<url>, as JSON: {"ocw-course-v3": "/courses/o"}.'),
  extraThemesGtmIds: variable('OCW_EXTRA_THEMES_GTM_IDS', mapping, '', 'Google Tag Manager ids of extra themes, as JSON; the others have OCW_GTM_ACCOUNT_ID.'),
  sitemapDomain: variable('SITEMAP_DOMAIN', text as z.ZodType<string, string | undefined>, 'ocw.mit.edu', 'Host in the sitemaps.'),
  courseV3CanonicalDomain: variable('COURSE_V3_CANONICAL_DOMAIN', text as z.ZodType<string, string | undefined>, 'learn.mit.edu', 'Host of canonical links of the second course theme.'),
  gtmAccountId: variable('OCW_GTM_ACCOUNT_ID', optionalText, '', 'Google Tag Manager id given to the themes.'),
  themesSentryDsn: variable('OCW_HUGO_THEMES_SENTRY_DSN', optionalText, '', 'Sentry address given to the themes.'),
  apiBearerToken: variable('API_BEARER_TOKEN', optionalText, '', 'Shared token of the existing builders; seen by Hugo for the root site only. Unset, their part of the API asks for an API token with all rights.', true),

  ytClientId: variable('YT_CLIENT_ID', optionalText, '', 'OAuth client of the YouTube account.'),
  ytClientSecret: variable('YT_CLIENT_SECRET', optionalText, '', 'Its secret.', true),
  ytRefreshToken: variable('YT_REFRESH_TOKEN', optionalText, '', 'What a consent for the YouTube channel gave, at /api/youtube-tokens/. Unset, no video goes to YouTube.', true),
  ytChannelId: variable('YT_CHANNEL_ID', optionalText, '', 'Id of the channel that consent has to be for (UC…); unset takes any.'),
  ytCategoryId: variable('YT_CATEGORY_ID', text as z.ZodType<string, string | undefined>, '27', 'YouTube’s category of the videos; 27 is Education.'),
  ytQuotaUnits: variable('YT_QUOTA_UNITS', integer(0, 1e9), '10000', 'Units of the YouTube API that Google gives the project for a day of California; insertions of videos take none.'),
  ytQuotaInserts: variable('YT_QUOTA_INSERTS', integer(0, 1e6), '100', 'Insertions of videos that Google gives the project for a day of California.'),
  ytUploadLimit: variable('YT_UPLOAD_LIMIT', integer(0, 1e6), '50', 'Videos uploaded to the channel in 24 hours at most. YouTube has a limit of its own and publishes no number.'),
  ytApiUrl: variable('YT_API_URL', url, 'https://youtube.googleapis.com', 'YouTube’s API, and where videos are uploaded.'),
  ytWatchUrl: variable('YT_WATCH_URL', url, 'https://www.youtube.com/watch', 'YouTube’s page of a video, without its id.'),
  ytTokenUrl: variable('YT_TOKEN_URL', url, 'https://oauth2.googleapis.com/token', 'Where Google gives tokens for what somebody consented to.'),
  googleAuthUrl: variable('GOOGLE_AUTH_URL', url, 'https://accounts.google.com/o/oauth2/v2/auth', 'Google’s page of consent.'),
  googleTokenUrl: variable('GOOGLE_TOKEN_URL', url, 'https://oauth2.googleapis.com/token', 'Where Google exchanges what a service account signed for tokens.'),
  driveServiceAccount: variable('DRIVE_SERVICE_ACCOUNT_CREDS', serviceAccount, '', 'The key file of the service account that is a member of the shared drive, as Google hands it out: JSON. Unset, no file comes from Drive.', true),
  driveSharedId: variable('DRIVE_SHARED_ID', optionalText, '', 'Id of the shared drive. Unset, no file comes from Drive.'),
  driveUploadsParentFolderId: variable('DRIVE_UPLOADS_PARENT_FOLDER_ID', optionalText, '', 'Folder of the drive in which sites have theirs; unset is the drive itself.'),
  driveApiUrl: variable('DRIVE_API_URL', url, 'https://www.googleapis.com', 'Google’s API, where Drive is asked.'),
  driveS3UploadPrefix: variable('DRIVE_S3_UPLOAD_PREFIX', text as z.ZodType<string, string | undefined>, 'gdrive_uploads', 'Where in the storage bucket videos from Drive are put; other files lie where their course has its own.'),
  driveDailyEgressBytes: variable('DRIVE_DAILY_EGRESS_BYTES', integer(0, 1e15), '1000000000000', 'Bytes read from Drive in a day of UTC at most; what is left waits for the next. `0` is no limit. New projects pay Google above 1 TB a day.'),
  contentDeletionGraceDays: variable('CONTENT_DELETION_GRACE_DAYS', integer(0, 3650), '30', 'Days between asking for a resource to be deleted with its file and doing it; it can be undone before and after. Google keeps its own trash for 30 days from then on. `0` deletes at once.'),
  driveWatchIntervalMs: variable('DRIVE_WATCH_INTERVAL', interval, '5m', 'Time between two looks at what changed in the drive, such as 5m; 0 leaves syncs to people.'),
  driveListingIntervalMs: variable('DRIVE_LISTING_INTERVAL', listingInterval, '24h', 'Time after which a site’s folders are read whole although nothing is known to have changed.'),
  threePlayApiUrl: variable('THREEPLAY_API_URL', url, 'https://api.3playmedia.com', 'The API of 3Play Media.'),
  threePlayStaticUrl: variable('THREEPLAY_STATIC_URL', url, 'https://static.3playmedia.com', 'Where captions and transcripts that are ready are fetched.'),
  threePlayApiKey: variable('THREEPLAY_API_KEY', optionalText, '', 'Key of the project at 3Play Media. Unset, no captions are ordered.', true),
  threePlayProjectId: variable('THREEPLAY_PROJECT_ID', text as z.ZodType<string, string | undefined>, '2', 'Id of that project, in the addresses captions are fetched from.'),
  threePlayTurnaroundLevelId: variable('THREEPLAY_TURNAROUND_LEVEL_ID', z.string().regex(/^(?:[0-9]+|cheapest)$/, 'it is no id of a turnaround level, and not cheapest') as z.ZodType<string, string | undefined>, '5', 'Turnaround level of an order, by the account’s own ids, or cheapest, where the account says what each costs.'),
  threePlayCallbackKey: variable('THREEPLAY_CALLBACK_KEY', optionalText, '', 'Key in the address 3Play calls when captions are ready. Unset, no call is believed.', true),
  threePlayDayLimitCents: variable('THREEPLAY_DAY_LIMIT_CENTS', integer(0, 1e9), '50000', 'US cents that orders of captions may cost in a day of UTC for all sites; what is more waits for the next day, or for a person who may spend.'),
  threePlaySiteLimitCents: variable('THREEPLAY_SITE_LIMIT_CENTS', integer(0, 1e9), '20000', 'The same for one site.'),
  threePlayApprovalAboveCents: variable('THREEPLAY_APPROVAL_ABOVE_CENTS', integer(0, 1e9), '5000', 'An order of captions that costs more US cents than this waits for a person who may spend; so does every order of which the account says no price.'),
  threePlayUpdatesIntervalMs: variable('THREEPLAY_UPDATES_INTERVAL', interval, '1h', 'Time between two looks for captions that were corrected at 3Play, such as 1h; 0 looks never.'),

  fastlyApiUrl: variable('FASTLY_API_URL', url, 'https://api.fastly.com', 'The CDN’s API.'),
  fastlyDraftServiceId: variable('FASTLY_DRAFT_SERVICE_ID', optionalText, '', 'CDN service of the draft sites; unset purges nothing there.'),
  fastlyDraftApiToken: variable('FASTLY_DRAFT_API_TOKEN', optionalText, '', 'Token that may purge it.', true),
  fastlyLiveServiceId: variable('FASTLY_LIVE_SERVICE_ID', optionalText, '', 'CDN service of the live sites; unset purges nothing there.'),
  fastlyLiveApiToken: variable('FASTLY_LIVE_API_TOKEN', optionalText, '', 'Token that may purge it.', true),
  fastlyTestServiceId: variable('FASTLY_TEST_SERVICE_ID', optionalText, '', 'CDN service of the test sites; unset purges nothing there.'),
  fastlyTestApiToken: variable('FASTLY_TEST_API_TOKEN', optionalText, '', 'Token that may purge it.', true),
  fastlyHardPurge: variable('CONCOURSE_HARD_PURGE', flag, 'true', 'Whether a purge takes cached pages away at once; otherwise they are served while the new ones are fetched.'),
  fastlyExtraPurgeTargets: variable('FASTLY_EXTRA_PURGE_TARGETS', purgeTargets, '', 'Services of others that show our pages and are purged with a distribution, as a JSON list: [{"name": "learn", "distribution": "live", "serviceId": "…", "apiToken": "…"}].', true),
  publishVerifySeconds: variable('PUBLISH_VERIFY_SECONDS', integer(0, 600), '60', 'Seconds a publish waits until readers’ address serves the new pages. 0 does not look, for workers that cannot reach the draft and live sites.'),
  openCatalogUrls: variable('OPEN_CATALOG_URLS', list, '', 'Webhooks of the catalogues that list live courses (MIT Learn), separated by commas.'),
  openCatalogWebhookKey: variable('OPEN_CATALOG_WEBHOOK_KEY', optionalText, '', 'Key those webhooks accept; unset tells nobody.', true),

  mailgunApiUrl: variable('MAILGUN_API_URL', url, 'https://api.mailgun.net', 'Mailgun’s API; accounts of the EU have another address.'),
  mailgunKey: variable('MAILGUN_KEY', optionalText, '', 'Mailgun’s API key. Unset, no mail leaves; each says so in the outbox.', true),
  mailgunSenderDomain: variable('MAILGUN_SENDER_DOMAIN', optionalText, '', 'Domain mails are sent from.'),
  mailFrom: variable('MITOL_MAIL_FROM_EMAIL', text as z.ZodType<string, string | undefined>, 'OCW Studio <webmaster@localhost>', 'Sender of mails.'),
  mailReplyTo: variable('MITOL_MAIL_REPLY_TO_ADDRESS', text as z.ZodType<string, string | undefined>, 'webmaster@localhost', 'Where answers to mails go.'),
  mailRecipientOverride: variable('MITOL_MAIL_RECIPIENT_OVERRIDE', optionalText, '', 'One address that gets every mail instead of the people they are for, for installations that are tried out.'),
  mailSmtpUrl: variable('MAIL_SMTP_URL', smtpServer, '', 'SMTP server that takes mails instead of Mailgun: smtp://user:password@host:587, or smtps:// where TLS comes first.', true),
  mailSmtpRequireTls: variable('MAIL_SMTP_REQUIRE_TLS', flag, 'true', 'Whether nothing is sent to that server before the connection is encrypted; false only for a relay on the same machine.'),
  mailFooter: variable('MAIL_FOOTER', text as z.ZodType<string, string | undefined>, 'OCW Studio is where courses of this installation are written and published.', 'Sentence at the end of every mail, such as whose installation this is and its postal address.'),
  mailgunWebhookSigningKey: variable('MAILGUN_WEBHOOK_SIGNING_KEY', optionalText, '', 'Key Mailgun signs its events with, which is not the API key. Unset, every event is refused.', true),
  massPublishWindow: variable('MASS_PUBLISH_WINDOW', integer(1, 50), '4', 'Sites that a mass publish has published at once, unless it is told otherwise.'),
  importSyncIntervalMs: variable('AWS_S3_SYNC_INTERVAL', interval, '24h', 'How often the import bucket is copied into storage, such as 24h or 30m; 0 leaves it to the button.'),
  publishBuilder: variable('PUBLISH_BUILDER', z.enum(['temporal', 'concourse']) as z.ZodType<'temporal' | 'concourse', string | undefined>, 'temporal', 'What builds and deploys sites that name no builder of their own: our workers, or Concourse.'),
  concourseUrl: variable('CONCOURSE_URL', optionalUrl, '', 'Address of Concourse, without a slash at the end; unset where nothing is built there.'),
  concourseUsername: variable('CONCOURSE_USERNAME', optionalText, '', 'Local user the studio signs in to Concourse as.'),
  concoursePassword: variable('CONCOURSE_PASSWORD', optionalText, '', 'That user’s password.', true),
  concourseTeam: variable('CONCOURSE_TEAM', text as z.ZodType<string, string | undefined>, 'ocw', 'Team of Concourse the pipelines belong to.'),
  concourseIsPrivateRepo: variable('CONCOURSE_IS_PRIVATE_REPO', flag, 'true', 'Whether Concourse clones content by its key from GIT_DOMAIN; otherwise from GIT_CLONE_BASE_URL.'),
  gitDomain: variable('GIT_DOMAIN', text as z.ZodType<string, string | undefined>, 'www.github.com', 'Host Concourse clones content from by its key.'),
  studioEnvironment: variable('OCW_STUDIO_ENVIRONMENT', text as z.ZodType<string, string | undefined>, 'dev', 'Name of this environment, in Sentry and PostHog too. In dev pipelines of Concourse purge no cache, tell no catalogue and alert nobody.'),
  massBuildBatchSize: variable('OCW_MASS_BUILD_BATCH_SIZE', integer(1, 1000), '20', 'Sites in a batch of Concourse’s mass build.'),
  massBuildMaxInFlight: variable('OCW_MASS_BUILD_MAX_IN_FLIGHT', integer(1, 100), '10', 'Sites of a batch that Concourse builds at once.'),
  searchApiUrl: variable('SEARCH_API_URL', z.string() as z.ZodType<string, string | undefined>, '', 'Search address given to the build of the themes’ assets.'),
  courseSearchApiUrl: variable('COURSE_SEARCH_API_URL', z.string() as z.ZodType<string, string | undefined>, '', 'The same for courses.'),
  contentFileSearchApiUrl: variable('CONTENT_FILE_SEARCH_API_URL', z.string() as z.ZodType<string, string | undefined>, '', 'The same for files of courses.'),
  mitLearnBaseUrl: variable('MIT_LEARN_BASE_URL', z.string() as z.ZodType<string, string | undefined>, '', 'Address of MIT Learn given to that build.'),
  mitLearnApiBaseUrl: variable('MIT_LEARN_API_BASE_URL', z.string() as z.ZodType<string, string | undefined>, '', 'Address of its API given to that build.'),

  linkCheckSeconds: variable('CHECK_EXTERNAL_RESOURCE_STATUS_FREQUENCY', integer(0, 31_536_000), '604800', 'Seconds between two checks of all external links; 0 leaves it to people.'),
  linkCheckUserAgent: variable('LINK_CHECK_USER_AGENT', headerText, 'OCW-Studio-LinkCheck/1.0', 'Name under which external links are checked; the contact is put behind it.'),
  linkCheckContact: variable('LINK_CHECK_CONTACT', headerText, 'https://ocw.mit.edu/contact/', 'Page or address where owners of checked servers can complain; they read it in their logs.'),
  enableWaybackTasks: variable('ENABLE_WAYBACK_TASKS', flag, 'false', 'Whether external links are archived at the Wayback Machine; needs both of its keys.'),
  waybackAccessKey: variable('WAYBACK_MACHINE_ACCESS_KEY', optionalHeaderText, '', 'Access key of the account at the Internet Archive.', true),
  waybackSecretKey: variable('WAYBACK_MACHINE_SECRET_KEY', optionalHeaderText, '', 'Its secret key.', true),
  waybackSubmissionIntervalDays: variable('WAYBACK_SUBMISSION_INTERVAL_DAYS', integer(1, 3650), '30', 'Days an archived copy of a link is new enough.'),
  waybackApiUrl: variable('WAYBACK_API_URL', url, 'https://web.archive.org', 'The Wayback Machine’s API.'),

  samlIdpMetadata: variable('SAML_IDP_METADATA', optionalText, '', 'File or URL of the identity provider’s metadata.'),
  samlSpEntityId: variable('SAML_SP_ENTITY_ID', optionalText, '', 'Our entity id; unset means <base>/saml/metadata.'),
  samlAttributeSubject: variable('SAML_ATTRIBUTE_SUBJECT', text as z.ZodType<string, string | undefined>, 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6', 'Attribute that names a person for good (eduPersonPrincipalName).'),
  samlAttributeEmail: variable('SAML_ATTRIBUTE_EMAIL', text as z.ZodType<string, string | undefined>, 'urn:oid:0.9.2342.19200300.100.1.3', 'Attribute of the e-mail address (mail).'),
  samlAttributeName: variable('SAML_ATTRIBUTE_NAME', text as z.ZodType<string, string | undefined>, 'urn:oid:2.16.840.1.113730.3.1.241', 'Attribute of the displayed name (displayName).'),
  samlAcsPath: variable('SAML_ACS_PATH', z.enum(['/auth/saml/acs', '/saml/acs']) as z.ZodType<'/auth/saml/acs' | '/saml/acs', string | undefined>, '/auth/saml/acs', 'Where our metadata and requests say that answers go. Both paths take them; set it where the other one is registered with the provider.'),
  samlTitle: variable('SAML_TITLE', text as z.ZodType<string, string | undefined>, 'SAML', 'What the button of the sign-in page calls this provider, where there is more than one.'),
  oidcIssuer: variable('OIDC_ISSUER_URL', optionalUrl, '', 'Issuer of the OpenID provider, exactly as it names itself, such as https://sso.example.edu/realms/staff. Unset, nobody signs in by OpenID Connect.'),
  oidcClientId: variable('OIDC_CLIENT_ID', optionalText, '', 'Our client id there.'),
  oidcClientSecret: variable('OIDC_CLIENT_SECRET', optionalText, '', 'Our client secret there.', true),
  oidcScopes: variable('OIDC_SCOPES', z.string().regex(/^(?:\S+ )*\S+$/).refine((value) => value.split(' ').includes('openid'), 'it lacks openid') as z.ZodType<string, string | undefined>, 'openid profile email', 'Scopes that are asked for, separated by spaces.'),
  oidcClaimSubject: variable('OIDC_CLAIM_SUBJECT', text as z.ZodType<string, string | undefined>, 'sub', 'Claim that names a person for good.'),
  oidcClaimUsername: variable('OIDC_CLAIM_USERNAME', text as z.ZodType<string, string | undefined>, 'preferred_username', 'Claim shown as a person’s name where the claim of the name is empty.'),
  oidcClaimEmail: variable('OIDC_CLAIM_EMAIL', text as z.ZodType<string, string | undefined>, 'email', 'Claim of the e-mail address.'),
  oidcClaimName: variable('OIDC_CLAIM_NAME', text as z.ZodType<string, string | undefined>, 'name', 'Claim of the displayed name.'),
  oidcEmailVerified: variable('OIDC_EMAIL_VERIFIED', z.enum(['required', 'trusted']) as z.ZodType<'required' | 'trusted', string | undefined>, 'required', 'Whether the claim email_verified must be true, since the address decides whose account it is; trusted, where the provider only has addresses it knows to be right and does not say so.'),
  oidcTitle: variable('OIDC_TITLE', text as z.ZodType<string, string | undefined>, 'OpenID Connect', 'What the button of the sign-in page calls this provider, where there is more than one.'),
  sessionIdleHours: variable('SESSION_IDLE_HOURS', integer(1, 720), '12', 'Hours without a request after which a session ends.'),
  sessionMaxHours: variable('SESSION_MAX_HOURS', integer(1, 2160), '168', 'Hours after which a session ends in any case.'),

  sentryDsn: variable('SENTRY_DSN', optionalDsn, '', 'Where faults of the API, the workers and the web app are reported; browsers are told it, too. Unset, nothing is loaded and nothing sent.'),
  sentrySampleRate: variable('SENTRY_SAMPLE_RATE', share, '1', 'Share of the faults that are reported, from 0 to 1.'),
  posthogEnabled: variable('POSTHOG_ENABLED', flag, 'false', 'Whether what people do is counted in PostHog, and its feature flags hold.'),
  posthogApiUrl: variable('POSTHOG_API_HOST', url, 'https://app.posthog.com', 'Address of PostHog.'),
  posthogProjectApiKey: variable('POSTHOG_PROJECT_API_KEY', optionalText, '', 'Key of the project events go to; needed when PostHog is on.', true),
  posthogSecureKey: variable('POSTHOG_SECURE_KEY', optionalPosthogKey, '', 'The project’s secure key for feature flags, or a personal key that may read them. Unset, flags are as usual: they are evaluated here or not at all.', true),
  posthogFlagTimeoutMs: variable('POSTHOG_FEATURE_FLAG_REQUEST_TIMEOUT_MS', integer(100, 60_000), '3000', 'Milliseconds PostHog may take to answer. No page waits for it.'),
  posthogMaxRetries: variable('POSTHOG_MAX_RETRIES', integer(0, 10), '3', 'How often events are sent again that PostHog did not take.'),
} as const;

export type Config = { readonly [K in keyof typeof variables]: z.output<(typeof variables)[K]['schema']> };

export const configVariables: readonly ConfigVariable[] = Object.values(variables);
