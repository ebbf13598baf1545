import Router from '@koa/router';
import type { Context } from 'koa';
import { createUnsubscribeTokens } from '#clients/unsubscribeTokens.ts';
import { insertAuditEntry } from '#db/queries/auditEntries.ts';
import { readMailSecret } from '#db/queries/installation.ts';
import { setMailGroups } from '#db/queries/mailPreferences.ts';
import { findUser } from '#db/queries/users.ts';
import { type MailGroup, mailGroupWords } from '#domain/mailGroups.ts';
import type { ApiDeps } from './deps.ts';
import { readBody } from './readBody.ts';

/** Where the addresses begin that end a group of mails; what follows is the proof, so that no session is asked for. */
export const UNSUBSCRIBE_PATH = '/mail/unsubscribe/';

const MAX_BYTES = 10_000;

/**
 * The addresses in the header List-Unsubscribe (RFC 8058): one POST, by a person’s mail reader, ends that person’s mails of one group. A GET
 * changes nothing, for programs that look at mails follow every link; it shows the button.
 */
export function createUnsubscribe({ db, log }: Pick<ApiDeps, 'db' | 'log'>): Router {
  async function read(ctx: Context): Promise<{ readonly userId: string; readonly userName: string; readonly group: MailGroup } | null> {
    const secret = await readMailSecret(db);
    const found = secret === null ? null : createUnsubscribeTokens(secret).read((ctx['params'] as Record<string, string>)['token'] ?? '');
    const user = found === null ? undefined : await findUser(db, found.userId);
    return found === null || user === undefined ? null : { ...found, userName: user.name };
  }

  const show = (ctx: Context, status: number, title: string, text: string, more = ''): void => {
    ctx.status = status;
    ctx.type = 'text/html; charset=utf-8';
    ctx.set('cache-control', 'private, no-store');
    ctx.body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${title}</title></head><body><main><h1>${title}</h1><p>${text}</p>${more}<p><a href="/account/mail">Choose which mails you get</a></p></main></body></html>`;
  };
  const unknown = (ctx: Context): void => show(ctx, 404, 'This link does not work', 'It is not whole, or the installation it was made for is another one. Sign in to choose which mails you get.');

  const router = new Router();
  router.get(`${UNSUBSCRIBE_PATH}:token`, async (ctx) => {
    const found = await read(ctx);
    if (found === null) return unknown(ctx);
    const { name, about } = mailGroupWords[found.group];
    show(ctx, 200, `No more mails about ${name}?`, `You get them when: ${about}`, '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button type="submit">Send me no more of these</button></form>');
  });
  router.post(`${UNSUBSCRIBE_PATH}:token`, async (ctx) => {
    if ((await readBody(ctx.req, MAX_BYTES)) === null) return show(ctx, 413, 'That was too much', 'The request is larger than it can be.');
    const found = await read(ctx);
    if (found === null) return unknown(ctx);
    await db.transaction(async (trx) => {
      await setMailGroups(trx, found.userId, { [found.group]: false });
      await insertAuditEntry(trx, { action: 'mail-preferences-change', actor: { kind: 'nobody', userId: found.userId, name: found.userName }, detail: { groups: { [found.group]: false }, by: 'a link in a mail' }, ip: ctx.ip, outcome: 'done' });
    });
    log.info({ userId: found.userId, group: found.group }, 'A person ended a group of mails by a link');
    show(ctx, 200, `No more mails about ${mailGroupWords[found.group].name}`, 'That is done. Mails about other things still come.');
  });
  return router;
}
