import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '#config/load.ts';
import { requireGitCredentials } from '#config/requireGitCredentials.ts';
import { configVariables } from '#config/schema.ts';

const required = { DATABASE_URL: 'postgres://studio:very-secret@127.0.0.1/studio' };
function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('needs nothing but the database: every other variable has a default', () => {
    expect(loadConfig(required)).toMatchObject({ studioPort: 8400, temporalTls: false, studioInitialAdmins: [], gitToken: undefined, buildSlots: 1, publishBucket: 'ocw-live', rootWebsiteName: 'ocw-www' });
  });

  it('takes an empty variable for an unset one, as composed environments have them', () => {
    const empty = Object.fromEntries(configVariables.map((variable) => [variable.name, '']));
    expect(loadConfig({ ...empty, ...required })).toEqual(loadConfig(required));
  });

  it('reads numbers, flags, lists and addresses', () => {
    const config = loadConfig({ ...required, STUDIO_PORT: '0', TEMPORAL_TLS: '1', STUDIO_INITIAL_ADMINS: ' a@example.edu, ,b@example.edu ', STUDIO_BASE_URL: 'https://studio.example.edu//', GIT_API_URL: 'https://git.example.edu/api/v3/' });
    expect(config).toMatchObject({ studioPort: 0, temporalTls: true, studioInitialAdmins: ['a@example.edu', 'b@example.edu'], studioBaseUrl: 'https://studio.example.edu', gitApiUrl: 'https://git.example.edu/api/v3' });
  });

  it('says of a missing variable what it is for', () => {
    expect(faultsOf({})).toEqual(['DATABASE_URL must be set: Postgres connection string.']);
    expect(faultsOf({ DATABASE_URL: '' })).toEqual(['DATABASE_URL must be set: Postgres connection string.']);
  });

  it.each([
    ['STUDIO_PORT', 'eighty', /^STUDIO_PORT is "eighty": .*expected number/],
    ['STUDIO_PORT', '70000', /^STUDIO_PORT is "70000": .*65535/],
    ['STUDIO_PORT', '80.5', /^STUDIO_PORT is "80.5": .*int/],
    ['BUILD_SLOTS', '0', /^BUILD_SLOTS is "0": /],
    ['PREVIEW_SLOTS', '-1', /^PREVIEW_SLOTS is "-1": /],
    ['PREVIEW_WORKER_URL', 'worker:80', /^PREVIEW_WORKER_URL is "worker:80": it is no address such as http:\/\/\{host\}:\{port\}/],
    ['TEMPORAL_TLS', 'yes', /^TEMPORAL_TLS is "yes": .*"true"/],
    ['STUDIO_BASE_URL', 'studio', /^STUDIO_BASE_URL is "studio": Invalid URL/],
    ['GIT_API_URL', 'github', /^GIT_API_URL is "github": Invalid URL/],
    ['LOG_LEVEL', 'loud', /^LOG_LEVEL is "loud": .*"info"/],
    ['AWS_STORAGE_BUCKET_NAME', 'ab', /^AWS_STORAGE_BUCKET_NAME is "ab": /],
  ])('says of %s=%s what is wrong with it', (name, value, fault) => {
    const faults = faultsOf({ ...required, [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });

  it.each([
    ['nothing else', {}],
    ['one key', { WAYBACK_MACHINE_ACCESS_KEY: 'key' }],
    ['the other key', { WAYBACK_MACHINE_SECRET_KEY: 'secret' }],
  ])('does not archive links with %s', (_what, env) => {
    const wish = { ...required, ENABLE_WAYBACK_TASKS: 'true' };
    expect(faultsOf({ ...wish, ...env })).toEqual([expect.stringMatching(/^ENABLE_WAYBACK_TASKS is set, so .*must be/)]);
    expect(faultsOf({ ...required, ...env })).toEqual([]);
    expect(loadConfig({ ...wish, WAYBACK_MACHINE_ACCESS_KEY: 'key', WAYBACK_MACHINE_SECRET_KEY: 'secret' })).toMatchObject({ enableWaybackTasks: true, waybackAccessKey: 'key', waybackSecretKey: 'secret', waybackSubmissionIntervalDays: 30 });
  });

  it.each([
    ['smtp://mail.example.edu', { host: 'mail.example.edu', port: 587, isSecure: false, login: null }],
    ['smtps://mail.example.edu', { host: 'mail.example.edu', port: 465, isSecure: true, login: null }],
    ['smtp://me%40example.edu:p%2Fw%3A@[::1]:2525/', { host: '::1', port: 2525, isSecure: false, login: { user: 'me@example.edu', password: 'p/w:' } }],
  ])('reads the SMTP server %s', (value, server) => {
    expect(loadConfig({ ...required, MAIL_SMTP_URL: value }).mailSmtpUrl).toEqual(server);
  });

  it.each(['mail.example.edu', 'https://mail.example.edu', 'smtp://me@mail.example.edu', 'smtp://:secret-word@mail.example.edu', 'smtp://mail.example.edu/path', 'smtp://mail.example.edu?tls=no', 'smtp://a:%ZZ@mail.example.edu'])('takes %s for no SMTP server, and does not repeat it', (value) => {
    expect(faultsOf({ ...required, MAIL_SMTP_URL: value })).toEqual([expect.stringMatching(/^MAIL_SMTP_URL is \(hidden\): it is no address of an SMTP server: /)]);
  });

  it('hands mails over in one way', () => {
    expect(faultsOf({ ...required, MAIL_SMTP_URL: 'smtp://mail.example.edu', MAILGUN_KEY: 'key' })).toEqual([expect.stringMatching(/^MAILGUN_KEY and MAIL_SMTP_URL are both set/)]);
    expect(faultsOf({ ...required, MAIL_SMTP_URL: 'smtp://mail.example.edu', MAILGUN_SENDER_DOMAIN: 'mail.example.edu' })).toEqual([]);
  });

  it('takes a turnaround level by its id, or the cheapest', () => {
    for (const level of ['5', '12', 'cheapest']) expect(loadConfig({ ...required, THREEPLAY_TURNAROUND_LEVEL_ID: level }).threePlayTurnaroundLevelId).toBe(level);
    for (const level of ['fast', '5.5', ' 5']) expect(faultsOf({ ...required, THREEPLAY_TURNAROUND_LEVEL_ID: level })).toEqual([expect.stringMatching(/^THREEPLAY_TURNAROUND_LEVEL_ID is .*no id of a turnaround level/)]);
  });

  it.each([
    ['LINK_CHECK_USER_AGENT', 'Studio\r\nX-Evil: 1'],
    ['LINK_CHECK_CONTACT', 'Büro'],
    ['WAYBACK_MACHINE_SECRET_KEY', 'a\nb'],
  ])('%s can stand in a header', (name, value) => {
    expect(faultsOf({ ...required, [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} is .*cannot stand in a header$`))]);
  });

  it('tells all faults at once', () => {
    expect(faultsOf({ STUDIO_PORT: 'x', LOG_LEVEL: 'y' })).toHaveLength(3);
    expect(() => loadConfig({ STUDIO_PORT: 'x' })).toThrow(/^The configuration is wrong:\n {2}STUDIO_PORT is .+\n {2}DATABASE_URL must be set/);
  });

  it('shows no secret, whatever is wrong with the rest', () => {
    const secret = 'hunter2-hunter2';
    const secrets = Object.fromEntries(configVariables.filter((variable) => variable.secret === true).map((variable) => [variable.name, secret]));
    expect(Object.keys(secrets).length).toBeGreaterThan(5);
    expect(() => loadConfig({ ...secrets, STUDIO_PORT: 'x' })).toThrow(expect.objectContaining({ message: expect.not.stringContaining(secret) as string }) as Error);
  });

  it('describes each variable in a sentence and names it once', () => {
    for (const variable of configVariables) expect([variable.name, variable.description]).toEqual([variable.name, expect.stringMatching(/^\p{Lu}.+\.$/u)]);
    expect(new Set(configVariables.map((variable) => variable.name)).size).toBe(configVariables.length);
  });

  it('has defaults that it accepts itself', () => {
    for (const variable of configVariables) if (variable.default !== null) expect([variable.name, variable.schema.safeParse(variable.default).success]).toEqual([variable.name, true]);
  });

  it('hides what sounds like a secret', () => {
    // An address at which tokens are made is none itself.
    const sounds = configVariables.filter((variable) => !variable.name.endsWith('_TOKEN_URL') && /TOKEN|SECRET|PASSWORD|ACCESS_KEY|API_KEY|DATABASE_URL/.test(variable.name));
    expect(sounds.filter((variable) => variable.secret !== true).map((variable) => variable.name)).toEqual([]);
  });
});

describe('who signs in at GitHub', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  const check = (env: NodeJS.ProcessEnv): void => requireGitCredentials(loadConfig({ ...required, ...env }));

  it('is the App, whose key may be written on one line, or a token', () => {
    const env = { GITHUB_APP_ID: '77', GITHUB_APP_PRIVATE_KEY: privateKey.replaceAll('\n', '\\n') };
    expect(loadConfig({ ...required, ...env }).githubAppPrivateKey).toBe(privateKey);
    check(env);
    check({ GIT_TOKEN: 'one' });
  });

  it.each<[string, NodeJS.ProcessEnv, string]>([
    ['nobody', {}, 'Nobody can sign in at https://github.com: set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY, or GIT_TOKEN'],
    ['an App without its key', { GITHUB_APP_ID: '77', GIT_TOKEN: 'one' }, 'belong together'],
    ['a key without its App', { GITHUB_APP_PRIVATE_KEY: privateKey }, 'belong together'],
  ])('being %s is said before anything starts', (_, env, sentence) => {
    expect(() => check(env)).toThrow(sentence);
  });

  it('may be nobody where repositories are folders', () => {
    check({ GIT_CLONE_BASE_URL: 'file:///srv/git' });
  });

  it('is not told by a key that is none, and the key is not shown', () => {
    expect(faultsOf({ ...required, GITHUB_APP_PRIVATE_KEY: 'MIIsecret' })).toEqual(['GITHUB_APP_PRIVATE_KEY is (hidden): it is no private key in PEM form']);
  });
});

describe('the service account of Google Drive', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  const keyFile = { type: 'service_account', client_email: 'studio@example.edu', private_key: privateKey };

  it('is what its key file says, or nobody', () => {
    expect(loadConfig({ ...required, DRIVE_SERVICE_ACCOUNT_CREDS: JSON.stringify(keyFile) }).driveServiceAccount).toEqual({ clientEmail: 'studio@example.edu', privateKey });
    expect(loadConfig({ ...required, DRIVE_SERVICE_ACCOUNT_CREDS: '' }).driveServiceAccount).toBeUndefined();
  });

  it.each([
    ['no JSON', `${JSON.stringify(keyFile)},`],
    ['null', 'null'],
    ['a list', '[]'],
    ['a file without an address', JSON.stringify({ ...keyFile, client_email: undefined })],
    ['a file without a key', JSON.stringify({ ...keyFile, private_key: '' })],
    ['a file whose key is none', JSON.stringify({ ...keyFile, private_key: 'MIIsecret' })],
  ])('is not told by %s, and nothing of it is shown', (_name, text) => {
    expect(faultsOf({ ...required, DRIVE_SERVICE_ACCOUNT_CREDS: text })).toEqual(['DRIVE_SERVICE_ACCOUNT_CREDS is (hidden): it is no key file of a service account: JSON with client_email and private_key']);
  });
});

describe('telemetry', () => {
  const telemetry = (env: Record<string, string>) => loadConfig({ ...required, ...env });

  it('is off unless it is set', () => {
    expect(telemetry({})).toMatchObject({ sentryDsn: undefined, sentrySampleRate: 1, posthogEnabled: false, posthogApiUrl: 'https://app.posthog.com', posthogFlagTimeoutMs: 3_000, posthogMaxRetries: 3 });
  });

  it.each([
    ['SENTRY_DSN', 'https://sentry.example.edu/5', /^SENTRY_DSN is .*no DSN/],
    ['SENTRY_DSN', 'https://key@sentry.example.edu/', /^SENTRY_DSN is .*no DSN/],
    ['SENTRY_SAMPLE_RATE', '2', /^SENTRY_SAMPLE_RATE is "2"/],
    ['POSTHOG_SECURE_KEY', 'phc_public', /^POSTHOG_SECURE_KEY is \(hidden\): .*public key/],
    ['POSTHOG_ENABLED', 'true', /^POSTHOG_ENABLED is set, so POSTHOG_PROJECT_API_KEY must be/],
  ])('%s=%s is refused', (name, value, fault) => {
    expect(faultsOf({ ...required, [name]: value })).toEqual([expect.stringMatching(fault)]);
  });

  it('takes a DSN under a path', () => {
    expect(telemetry({ SENTRY_DSN: 'https://abc123@o1.ingest.us.sentry.io/450' }).sentryDsn).toBe('https://abc123@o1.ingest.us.sentry.io/450');
    expect(telemetry({ SENTRY_DSN: 'http://abc123@example.edu:9000/sentry/7' }).sentryDsn).toBe('http://abc123@example.edu:9000/sentry/7');
  });
});
