import type { Me } from '#api/contracts/people.ts';
import { createApiClient } from './apiClient.ts';
import { appVersion } from './appVersion.svelte.ts';
import { errorReports } from './errorReports.ts';
import { ownPlace } from './routeMatch.ts';
import { forgetAnswers } from './resource.svelte.ts';
import { router } from './router.svelte.ts';
import { writtenText } from './writtenText.ts';

const TIMEOUT_MS = 30_000;

/** Who is at this browser. */
class Session {
  me = $state.raw<Me | undefined>();
  /** Signed out elsewhere or too long ago, while something that is not saved stands on the page. */
  isExpired = $state(false);

  end(): void {
    this.me = undefined;
    this.isExpired = false;
    forgetAnswers();
  }
}

export const session = new Session();

/** Calls a route of the API, typed by its key; an answer that nobody is signed in leads to the sign-in page and back here. */
export const call = createApiClient({
  baseUrl: '',
  fetch: (address, init) => appVersion.during(init?.method ?? 'GET', fetch(address, init)),
  timeoutMs: TIMEOUT_MS,
  onAnswer: (headers) => {
    // Under this number the API’s log has the request.
    errorReports.noteRequest(headers.get('x-request-id'));
    appVersion.note(headers.get('studio-app'));
  },
  onSignedOut: () => {
    // What somebody wrote stays where it is: they sign in beside it.
    if (session.me !== undefined && (router.guard?.isHolding() === true || writtenText.isHere)) {
      session.isExpired = true;
      return;
    }
    session.end();
    if (router.match.route.name === 'signIn') return;
    const here = ownPlace(`${router.place.path}${router.place.search}`);
    router.go(`/sign-in${here === '/' ? '' : `?returnTo=${encodeURIComponent(here)}`}`, { replace: true });
  },
});
