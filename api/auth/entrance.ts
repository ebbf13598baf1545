import type { Context } from 'koa';
import { insertAuditEntry } from '#db/queries/auditEntries.ts';
import { countGlobalAdmins, grantRole } from '#db/queries/roleGrants.ts';
import type { SignInProvider } from '#db/queries/sessions.ts';
import { signInUser, type VouchedPerson } from '#db/queries/userIdentities.ts';
import type { ApiDeps } from '../deps.ts';
import type { Authentication } from './authenticate.ts';
import { SignInRefused } from './signInRefused.ts';
import { storable } from './storable.ts';

/** Whom a sign-in service vouches for, and what it wants to be told when the session ends. */
export interface Vouched {
  readonly person: VouchedPerson;
  readonly session: { readonly nameId: string | null; readonly sessionIndex: string | null; readonly detail: Readonly<Record<string, string>> };
}

export type Entrance = ReturnType<typeof createEntrance>;

/** Lets in whom a sign-in service vouches for, and writes down who came and who was not let in. */
export function createEntrance({ config, db, log }: Pick<ApiDeps, 'config' | 'db' | 'log'>, authentication: Authentication) {
  return {
    /**
     * Finds or makes the account, and begins a session.
     * @throws {SignInRefused} when the account is closed or somebody else's, or what was vouched for is no person.
     */
    async enter(ctx: Context, { person: vouched, session }: Vouched): Promise<void> {
      const person = cleaned(vouched);
      const user = await db.transaction(async (trx) => {
        const found = await signInUser(trx, person);
        if (found === null) throw new SignInRefused('account', 'The address belongs to another account', person.email);
        if (!found.isActive) throw new SignInRefused('account', 'The account is closed', person.email);
        const isInitialAdmin = config.studioInitialAdmins.some((address) => address.toLowerCase() === person.email.toLowerCase());
        const isMadeAdmin = isInitialAdmin && (await countGlobalAdmins(trx)) === 0;
        if (isMadeAdmin) {
          await grantRole(trx, found.id, { role: 'global_admin', siteId: null });
          await insertAuditEntry(trx, { action: 'role-give', actor: { kind: 'person', userId: found.id, name: found.name }, detail: { email: person.email, role: 'global_admin', because: 'STUDIO_INITIAL_ADMINS' }, ip: ctx.ip, outcome: 'done' });
        }
        await insertAuditEntry(trx, { action: 'sign-in', actor: { kind: 'person', userId: found.id, name: found.name }, detail: { by: person.provider }, ip: ctx.ip, outcome: 'done' });
        return found;
      });
      await authentication.begin(ctx, user.id, { ...session, provider: person.provider });
      log.info({ userId: user.id, by: person.provider }, 'Signed in');
    },

    /** Writes down that somebody was not let in, and why. */
    async refuse(ctx: Context, provider: SignInProvider, refusal: SignInRefused): Promise<void> {
      const why = storable(refusal.message, 500);
      log.warn({ reason: refusal.reason, detail: why, by: provider, ip: ctx.ip }, 'Sign-in refused');
      const email = refusal.email === null ? {} : { email: storable(refusal.email, 254) };
      await insertAuditEntry(db, { action: 'sign-in-refuse', actor: { kind: 'nobody', userId: null, name: 'Somebody' }, detail: { by: provider, why, ...email }, ip: ctx.ip, outcome: 'refused', code: refusal.reason });
    },

    /** Writes down whose sessions the sign-in service ended. */
    async noteSignOuts(trx: ApiDeps['db'], ctx: Context, people: readonly { readonly userId: string; readonly name: string }[]): Promise<void> {
      for (const { userId, name } of people) await insertAuditEntry(trx, { action: 'sign-out', actor: { kind: 'person', userId, name }, detail: { by: 'saml' }, ip: ctx.ip, outcome: 'done' });
    },

    /** Writes down a message about signing out that was not believed. */
    async refuseSignOut(ctx: Context, refusal: SignInRefused): Promise<void> {
      const why = storable(refusal.message, 500);
      log.warn({ detail: why, ip: ctx.ip }, 'A message about signing out was refused');
      await insertAuditEntry(db, { action: 'sign-out', actor: { kind: 'nobody', userId: null, name: 'Somebody' }, detail: { by: 'saml', why }, ip: ctx.ip, outcome: 'refused', code: refusal.reason });
    },
  };
}

/** @throws {SignInRefused} when the subject or the address cannot be one. */
function cleaned(person: VouchedPerson): VouchedPerson {
  const isWhole = (text: string, maxLength: number): boolean => text !== '' && storable(text, maxLength) === text;
  if (!isWhole(person.subject, 255)) throw new SignInRefused('attributes', 'What the service calls the person cannot be kept');
  if (!isWhole(person.email, 254) || !/^[^\s@<>"]+@[^\s@<>"]+$/.test(person.email)) throw new SignInRefused('attributes', 'The service’s e-mail address is none', person.email);
  return { ...person, name: storable(person.name, 255) || person.email };
}
