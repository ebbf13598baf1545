import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import { insertAuditEntry } from '#db/queries/auditEntries.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { findStarter, listStarters } from '#db/queries/starters.ts';
import { keepWebhookEvent } from '#db/queries/webhookEvents.ts';
import { gitHubRepositoryOf } from '#domain/gitHubRepository.ts';
import type { ApiDeps } from '../deps.ts';
import { CompatError, notFound } from './CompatError.ts';
import { type CompatHandlers, parseJsonObject, readRawBody } from './compatRouter.ts';

/** GitHub sends no payload above this. */
const MAX_PUSH_BYTES = 25 * 1024 * 1024;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface Starter {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly path: string;
  readonly source: string;
  readonly commit: string | null;
  readonly status: string;
}

/** A starter in the words of the existing system. Ids are ours: uuids, which stay. */
export function presentStarter<T extends Starter>(starter: T) {
  return { id: starter.id, name: starter.name, path: starter.path, source: starter.source as 'github' | 'local', commit: starter.commit, slug: starter.slug, status: starter.status as 'default' | 'active' | 'inactive' };
}

/** Starters, and the webhook that tells of pushes to their repository and to the themes’. */
export function compatStarters(deps: Pick<ApiDeps, 'db' | 'config' | 'engine' | 'log'>): Pick<CompatHandlers, 'GET /api/starters/' | 'GET /api/starters/:id/' | 'POST /api/starters/site_configs/'> {
  const { db, config, engine, log } = deps;
  return {
    // One that was never read without fault is none to others yet.
    'GET /api/starters/': async () => (await listStarters(db)).filter((starter) => starter.config !== null && starter.source === 'github').map(presentStarter),

    'GET /api/starters/:id/': async ({ params }) => {
      const id = params['id'] ?? '';
      const starter = UUID.test(id) ? await findStarter(db, id) : undefined;
      if (starter?.source !== 'github' || starter.config === null) throw notFound();
      return { ...presentStarter(starter), config: starter.config };
    },

    'POST /api/starters/site_configs/': async ({ ctx }) => {
      const refuse = (why: string): never => {
        log.warn({ why, ip: ctx.ip }, 'A push to the starters’ or the themes’ repository was refused');
        throw new CompatError(403, 'The request is not signed with the key of this studio.');
      };
      const { githubWebhookKey: key, projectsBranch, githubWebhookBranch } = config;
      if (key === undefined) return refuse('GITHUB_WEBHOOK_KEY is not set');
      const signature = signatureOf(ctx) ?? refuse('it has no signature');
      const body = await readRawBody(ctx, MAX_PUSH_BYTES);
      if (!fits(signature, key, body)) return refuse('its signature does not fit');
      const push = parseJsonObject(isForm(ctx) ? payloadOf(body) : body);
      const event = ctx.get('x-github-event') || 'push';
      if (event === 'ping') return {};
      const repository = push['repository'];
      if (typeof repository !== 'object' || repository === null) throw new CompatError(400, { repository: ['This field is required.'] });
      const isThemes = isRepository(repository, config.themesGitUrl);
      const branch = isThemes ? config.themesBranch : (githubWebhookBranch ?? projectsBranch);
      // A push that does not say where it went is read rather than lost.
      if (event !== 'push' || (push['ref'] !== undefined && push['ref'] !== `refs/heads/${branch}`)) return {};
      const text = (value: unknown): string | null => (typeof value === 'string' ? value.slice(0, 500) : null);
      // Known by what was signed: the header that names the delivery is not, so that who read one message could send it again under many names.
      const digest = createHash('sha256').update(body).digest('hex');
      const delivery = (ctx.get('x-github-delivery') || digest).slice(0, 200);
      const request = await db.transaction(async (trx) => {
        const payload = { delivery, event, repository: text((repository as Record<string, unknown>)['html_url']), ref: text(push['ref']), after: text(push['after']) };
        if (!(await keepWebhookEvent(trx, { source: 'github', eventId: digest, payload }))) return undefined;
        await insertAuditEntry(trx, { action: isThemes ? 'theme-build' : 'process-start', actor: { kind: 'webhook', userId: null, name: 'GitHub' }, detail: { process: isThemes ? 'build-theme-assets' : 'sync-starters', commit: payload.after, delivery }, ip: ctx.ip, outcome: 'done' });
        return insertRunRequest(trx, { process: isThemes ? 'build-theme-assets' : 'sync-starters', requestedBy: null, input: { delivery, after: payload.after } });
      });
      // The row counts: while the engine is away, the relay tells it later.
      if (request !== undefined) await engine.deliver(request.id);
      return {};
    },
  };
}

/** GitHub sends JSON, or a form that holds it, as whoever made the webhook chose. */
function isForm(ctx: Context): boolean {
  return ctx.request.is('application/x-www-form-urlencoded') !== false;
}

function payloadOf(form: Buffer): Buffer {
  return Buffer.from(new URLSearchParams(form.toString('utf8')).get('payload') ?? '');
}

/** Whether GitHub speaks of the repository at this git address; hosts may differ, for one of them may be a mirror's. */
function isRepository(told: object, gitUrl: string): boolean {
  const wanted = gitHubRepositoryOf(gitUrl);
  return wanted !== null && 'full_name' in told && typeof told.full_name === 'string' && told.full_name.toLowerCase() === `${wanted.owner}/${wanted.repo}`.toLowerCase();
}

interface Signature {
  readonly algorithm: 'sha256' | 'sha1';
  readonly digest: Buffer;
}

/** The signature in the headers: the stronger one where both stand. */
function signatureOf(ctx: Context): Signature | undefined {
  const [header, algorithm, hexLength] = ctx.get('x-hub-signature-256') !== '' ? (['x-hub-signature-256', 'sha256', 64] as const) : (['x-hub-signature', 'sha1', 40] as const);
  const [, hex] = new RegExp(`^${algorithm}=([0-9a-f]{${hexLength}})$`).exec(ctx.get(header)) ?? [];
  return hex === undefined ? undefined : { algorithm, digest: Buffer.from(hex, 'hex') };
}

function fits({ algorithm, digest }: Signature, key: string, body: Buffer): boolean {
  return timingSafeEqual(digest, createHmac(algorithm, key).update(body).digest());
}
