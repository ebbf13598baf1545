import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, Connection } from '@temporalio/client';
import { v7 as uuidv7 } from 'uuid';
import { importSample } from '#test/support/sampleCourse.ts';
import { startStudio, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';

const canary = (name: string): string => `canary-${name}-${randomBytes(12).toString('hex')}`;

/** Secrets that nothing else would ever spell, by what they open. */
const secrets = {
  github: canary('github'),
  builders: canary('builders'),
  mailgun: canary('mailgun'),
  threePlay: canary('threeplay'),
  threePlayCallback: canary('callback'),
  fastlyDraft: canary('fastlydraft'),
  fastlyLive: canary('fastlylive'),
  fastlyExtra: canary('fastlyextra'),
  catalogue: canary('catalogue'),
  youtubeClient: canary('ytclient'),
  youtubeRefresh: canary('ytrefresh'),
  waybackAccess: canary('wbaccess'),
  waybackSecret: canary('wbsecret'),
  concourse: canary('concourse'),
  session: canary('session'),
};
const STUDENT = `student-${randomBytes(8).toString('hex')}@students.example.edu`;

/** A vendor at its worst: it refuses, and says back all that it was told. */
function createEcho(): { readonly server: Server; readonly asked: string[] } {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const told = `${request.method ?? ''} ${request.url ?? ''}\n${request.rawHeaders.join('\n')}\n\n${Buffer.concat(chunks).toString('utf8')}`;
      asked.push(told);
      // Draft pages are not purged, those of readers are, so that what follows a publish is met too.
      const isPurged = request.url?.includes('/service/live') === true;
      response.writeHead(isPurged ? 200 : 400, { 'content-type': 'application/json' });
      response.end(isPurged ? JSON.stringify({ status: 'ok', id: '1' }) : JSON.stringify({ error: told, error_description: told, message: told, errors: [{ message: told }] }));
    });
  });
  return { server, asked };
}

describe('secrets of the configuration, and the address of a student', () => {
  const echo = createEcho();
  let echoUrl = '';
  let studio: Studio;
  /** Everything the API answered with an error. */
  const answers: string[] = [];

  beforeAll(async () => {
    await new Promise<void>((resolve) => echo.server.listen(0, '127.0.0.1', resolve));
    echoUrl = `http://127.0.0.1:${(echo.server.address() as AddressInfo).port}`;
    studio = await startStudio({
      env: {
        LOG_LEVEL: 'debug',
        GITHUB_WEBHOOK_KEY: secrets.github,
        API_BEARER_TOKEN: secrets.builders,
        MAILGUN_KEY: secrets.mailgun,
        MAILGUN_API_URL: echoUrl,
        MAILGUN_SENDER_DOMAIN: 'mail.example.edu',
        THREEPLAY_API_URL: echoUrl,
        THREEPLAY_STATIC_URL: echoUrl,
        THREEPLAY_API_KEY: secrets.threePlay,
        THREEPLAY_PROJECT_ID: '1',
        THREEPLAY_CALLBACK_KEY: secrets.threePlayCallback,
        FASTLY_API_URL: echoUrl,
        FASTLY_DRAFT_SERVICE_ID: 'draft',
        FASTLY_DRAFT_API_TOKEN: secrets.fastlyDraft,
        FASTLY_LIVE_SERVICE_ID: 'live',
        FASTLY_LIVE_API_TOKEN: secrets.fastlyLive,
        FASTLY_EXTRA_PURGE_TARGETS: JSON.stringify([{ name: 'learn', distribution: 'draft', serviceId: 'draft-of-others', apiToken: secrets.fastlyExtra }]),
        OPEN_CATALOG_URLS: `${echoUrl}/api/v1/ocw_next_webhook/`,
        OPEN_CATALOG_WEBHOOK_KEY: secrets.catalogue,
        YT_API_URL: echoUrl,
        YT_TOKEN_URL: `${echoUrl}/token`,
        GOOGLE_AUTH_URL: `${echoUrl}/auth`,
        YT_CLIENT_ID: 'client',
        YT_CLIENT_SECRET: secrets.youtubeClient,
        YT_REFRESH_TOKEN: secrets.youtubeRefresh,
        ENABLE_WAYBACK_TASKS: 'true',
        WAYBACK_API_URL: echoUrl,
        WAYBACK_MACHINE_ACCESS_KEY: secrets.waybackAccess,
        WAYBACK_MACHINE_SECRET_KEY: secrets.waybackSecret,
        CONCOURSE_URL: echoUrl,
        CONCOURSE_USERNAME: 'studio',
        CONCOURSE_PASSWORD: secrets.concourse,
        STUDIO_INITIAL_ADMINS: STUDENT,
        PUBLISH_VERIFY_SECONDS: '0',
      },
    });
  });
  afterAll(async () => {
    await studio.stop();
    echo.server.closeAllConnections();
    echo.server.close();
  });

  const ask = async (method: string, path: string, headers: Readonly<Record<string, string>> = {}, body?: string): Promise<number> => {
    const answer = await fetch(`${studio.stack.studioUrl}${path}`, { method, headers: { ...headers }, redirect: 'manual', ...(body === undefined ? {} : { body }) });
    answers.push(`${JSON.stringify([...answer.headers])}\n${await answer.text()}`);
    return answer.status;
  };

  it('stand in no history, log, row, published file or answer after a whole path with every vendor failing', { timeout: 600_000 }, async () => {
    // Who asks is a student, so that mails about what fails go to that address.
    const userId = uuidv7();
    await studio.query(`insert into users (id, email, name, is_active) values ($1, $2, 'A student', true)`, [userId, STUDENT]);
    await studio.query(`insert into role_grants (id, user_id, role) values ($1, $2, 'global_admin')`, [uuidv7(), userId]);
    await studio.query(`insert into sessions (id, user_id, token_hash, expires_at) values ($1, $2, $3, now() + interval '1 hour')`, [uuidv7(), userId, createHash('sha256').update(secrets.session).digest('hex')]);
    const session = { cookie: `studio_session=${secrets.session}`, origin: new URL(studio.stack.studioUrl).origin, 'sec-fetch-site': 'same-origin' };
    expect(await ask('GET', '/api/v1/me', session)).toBe(200);
    answers.length = 0; // One’s own address is told to oneself.

    await studio.cliJson('starters', 'sync', '--wait');
    await importSample(studio, 'algebra');
    const json = { ...session, 'content-type': 'application/json' };
    const asked = async (path: string, body: object = {}): Promise<string> => {
      const answer = await fetch(`${studio.stack.studioUrl}${path}`, { method: 'POST', headers: json, body: JSON.stringify(body) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
      return (JSON.parse(text) as { id: string }).id;
    };

    // A publish whose purge is refused, one that reaches the catalogue, links to be archived.
    const draft = await studio.runOf(await asked('/api/v1/sites/algebra/publishes', { version: 'draft' }));
    await studio.untilRun(draft.id);
    const live = await studio.runOf(await asked('/api/v1/sites/algebra/publishes', { version: 'live' }));
    await studio.untilRun(live.id);
    const links = await studio.runOf(await asked('/api/v1/sites/algebra/link-archivings'));
    await studio.untilRun(links.id);
    // Concourse refuses to sign in.
    await fetch(`${studio.stack.studioUrl}/api/v1/sites/algebra/builder`, { method: 'PUT', headers: json, body: JSON.stringify({ builder: 'concourse' }) }).then(async (answer) => void answers.push(await answer.text()));
    await asked('/api/v1/sites/algebra/publishes', { version: 'live' });
    await until('Concourse heard the password', () => Promise.resolve(echo.asked.some((told) => told.includes(secrets.concourse)) ? true : undefined), { withinMs: 60_000 }).catch(() => undefined);

    // Webhooks, right and wrong, and the consent of YouTube with a code that Google refuses.
    for (const key of [secrets.threePlayCallback, 'wrong']) await ask('POST', `/api/transcription-jobs/?video_id=${uuidv7()}&callback_key=${key}`, {}, 'id=1');
    await ask('POST', '/api/starters/site_configs/', { 'x-hub-signature-256': `sha256=${secrets.github}` }, secrets.github);
    await ask('POST', '/api/websites/algebra/pipeline_status/', { authorization: `Bearer ${secrets.builders}` }, '{"version":"draft"');
    await ask('POST', '/api/websites/algebra/pipeline_status/', { authorization: `Bearer ${secrets.builders}` }, JSON.stringify({ version: 'draft', status: 'errored' }));
    await ask('GET', '/api/v1/me', { authorization: `Bearer ${secrets.builders}` });
    await ask('GET', `/api/v1/sites/${secrets.session}`, session).then(() => answers.pop()); // What one sends oneself comes back in the sentence.
    const consent = await fetch(`${studio.stack.studioUrl}/api/youtube-tokens/`, { headers: session, redirect: 'manual' });
    const state = new URL(consent.headers.get('location') ?? '').searchParams.get('state') ?? '';
    await ask('GET', `/api/youtube-tokens/?code=x&state=${state}`, { ...session, cookie: `${session.cookie}; studio_youtube_state=${state}` });
    await ask('POST', '/api/v1/sites/algebra/items', json, JSON.stringify({ type: 1 }));
    // The mail about the publish that failed is refused by a vendor that says back what it was told.
    await until('a mail was refused', async () => ((await studio.query<{ count: string }>(`select count(*) from mails where state in ('refused', 'dropped')`))[0]?.count !== '0' ? true : undefined), { withinMs: 120_000 });

    // The vendors did hear the secrets: a path that never used them would show nothing.
    const heard = Object.entries(secrets).filter(([, secret]) => echo.asked.some((told) => [secret, Buffer.from(`api:${secret}`).toString('base64')].some((form) => told.includes(form)))).map(([name]) => name);
    expect(heard).toEqual(expect.arrayContaining(['mailgun', 'fastlyDraft', 'fastlyLive', 'fastlyExtra', 'catalogue', 'youtubeClient']));

    const own = Object.entries(studio.running.env).filter(([name, value]) => /^(STUDIO_INITIAL_API_TOKEN|AWS_SECRET_ACCESS_KEY)$/.test(name) && value !== undefined && value.length > 8).map(([name, value]): [string, string] => [name, value ?? '']);
    const password = new URL(studio.stack.databaseUrl).password;
    const wanted: readonly (readonly [string, string])[] = [...Object.entries(secrets), ...own, ['the database’s password', password], ['the student', STUDENT]];
    expect(wanted.length).toBeGreaterThanOrEqual(13);
    /** In the forms a secret is sent or written in. */
    const formsOf = (secret: string): Buffer[] => [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/.{0,3}=*$/, ''), Buffer.from(`api:${secret}`).toString('base64').replace(/.{0,3}=*$/, '')].map((form) => Buffer.from(form));
    const found: string[] = [];
    const look = (where: string, bytes: Buffer, allowed: readonly string[] = []): void => {
      for (const [name, secret] of wanted) {
        const at = formsOf(secret).map((form) => bytes.indexOf(form)).find((index) => index !== -1);
        if (at !== undefined && !allowed.includes(name)) found.push(`${name} in ${where}: …${bytes.subarray(Math.max(0, at - 80), at + 40).toString('latin1')}…`);
      }
    };

    // Histories, as Temporal keeps them: every payload as its bytes.
    const connection = await Connection.connect({ address: studio.stack.temporalAddress });
    const client = new Client({ connection, namespace: studio.stack.temporalNamespace });
    let histories = 0;
    for await (const { workflowId, runId } of client.workflow.list()) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const parts: Buffer[] = [];
      const walk = (value: unknown): void => {
        if (typeof value === 'string') parts.push(Buffer.from(value));
        else if (value instanceof Uint8Array) parts.push(Buffer.from(value));
        else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) walk(inner);
      };
      walk(history.events);
      look(`the history of ${workflowId}`, Buffer.concat(parts));
      histories += 1;
    }
    await connection.close();
    expect(histories).toBeGreaterThan(5);

    // Logs, of every part.
    const logs = readdirSync(join(studio.home, 'logs')).filter((name) => statSync(join(studio.home, 'logs', name)).size > 0);
    expect(logs).toEqual(expect.arrayContaining(['api.log', 'worker.log']));
    for (const name of logs) look(`the log ${name}`, readFileSync(join(studio.home, 'logs', name)));

    // Rows: the address stands with the person, in the outbox of mails, and nowhere else.
    const tables = await studio.query<{ tablename: string }>(`select tablename from pg_tables where schemaname = 'public'`);
    for (const { tablename } of tables) {
      const [row] = await studio.query<{ text: string | null }>(`select string_agg(t::text, E'\\n') as text from "${tablename}" t`);
      look(`the table ${tablename}`, Buffer.from(row?.text ?? ''), tablename === 'users' || tablename === 'mails' ? ['the student'] : []);
    }

    // What readers see, and what was kept of it.
    let objects = 0;
    for (const bucket of Object.values(studio.stack.buckets)) {
      for (const [key, { body }] of await studio.objects(bucket)) {
        look(`${bucket}/${key}`, body);
        objects += 1;
      }
    }
    expect(objects).toBeGreaterThan(50);

    expect(answers.length).toBeGreaterThan(5);
    for (const answer of answers) look('an answer', Buffer.from(answer));
    for (const run of [draft.id, live.id]) look(`the run ${run}`, Buffer.from(JSON.stringify(await studio.getRun(run))));
    expect(found).toEqual([]);
  });
});
