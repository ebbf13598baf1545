import { findProviderSession, type ProviderSession } from '#db/queries/sessions.ts';
import type { ApiDeps } from '../deps.ts';

interface Service {
  logoutUrl(session: ProviderSession): Promise<string | null>;
}

export type SignOut = ReturnType<typeof createSignOut>;

/** Where a browser goes after signing out: to the service its person came by, so that its session ends too, else to our sign-in page. */
export function createSignOut({ db, log }: Pick<ApiDeps, 'db' | 'log'>, services: { readonly saml: Service; readonly oidc: Service }) {
  return {
    async placeAfter(sessionId: string | null): Promise<string> {
      const session = sessionId === null ? undefined : await findProviderSession(db, sessionId);
      if (session?.provider == null) return '/sign-in?signedOut=1';
      try {
        return (await services[session.provider].logoutUrl(session)) ?? '/sign-in?signedOut=1';
      } catch (error) {
        // Nobody stays signed in here because the service does not answer.
        log.warn({ err: error, by: session.provider }, 'The sign-in service could not be told that somebody signs out');
        return '/sign-in?signedOut=here';
      }
    },
  };
}
