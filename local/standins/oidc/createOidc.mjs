// @ts-check
/**
 * An OpenID provider with the addresses, claims and habits of a Keycloak realm, on npm `oidc-provider`. People are those of the SAML
 * stand-in; there are no passwords.
 */
import { randomBytes } from 'node:crypto';
import Provider from 'oidc-provider';
import { createStandIn, escapeHtml, readBody } from '../base.mjs';
import { errorPage, pickerPage } from '../samlIdp/pages.mjs';
import { people, personOfEmail } from '../samlIdp/people.mjs';

const REALM = '/realms/ocw';
const LOGIN = '/login-actions/authenticate/';
const MAX_FORM_BYTES = 64 * 1024;

/**
 * @param {object} options
 * @param {string} options.clientId
 * @param {string} options.clientSecret
 * @param {readonly string[]} options.redirectUris
 * @param {readonly string[]} options.postLogoutRedirectUris
 * @param {object} options.signingKey the realm's private key, a JWK
 * @param {boolean} [options.verifiesEmail] whether the realm says of addresses that it has verified them
 */
export function createOidc({ clientId, clientSecret, redirectUris, postLogoutRedirectUris, signingKey, verifiesEmail = true }) {
  /** @type {import('oidc-provider').default | undefined} */
  let provider;
  let issuer = '';
  /** @param {string} email */
  const personOf = (email) => people.find((person) => person.email === email) ?? personOfEmail(email, '');

  const standIn = createStandIn({
    name: 'OpenID provider',
    statePage: () => `<p>Issuer <code>${escapeHtml(issuer)}</code>, client <code>${escapeHtml(clientId)}</code>.</p><ul>${people.map((person) => `<li>${escapeHtml(person.displayName)} &lt;${escapeHtml(person.email)}&gt;: ${escapeHtml(person.about)}</li>`).join('')}</ul>`,
    async handle(request, response, url) {
      if (provider === undefined || !url.pathname.startsWith(`${REALM}/`)) {
        response.writeHead(404, { 'content-type': 'application/json', 'x-standin-unexpected': '1' });
        response.end(JSON.stringify({ error: 'Realm does not exist' }));
        return;
      }
      if (url.pathname.startsWith(REALM + LOGIN)) return login(request, response, url);
      // The library finds out where it is mounted by comparing the two.
      Object.assign(request, { originalUrl: request.url, url: (request.url ?? '').slice(REALM.length) });
      await provider.callback()(request, response);
    },
  });

  /**
   * The page where a person is picked, and what they picked.
   * @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response @param {URL} url
   */
  async function login(request, response, url) {
    if (provider === undefined) throw new Error('unreachable: requests come when it listens');
    const details = await provider.interactionDetails(request, response).catch(() => null);
    if (details === null) return sendPage(response, 400, errorPage({ title: 'We are sorry …', text: 'Your login attempt timed out, or began in another browser. Go back to the application and sign in again.', detail: 'no such interaction' }));
    const ask = (/** @type {string | undefined} */ fault) => sendPage(response, 200, pickerPage({ action: url.pathname, execution: details.uid, service: String(details.params['client_id']), people, ...(fault === undefined ? {} : { fault }) }));
    if (request.method !== 'POST') return ask(undefined);
    if (Number(request.headers['content-length'] ?? 0) > MAX_FORM_BYTES) return ask('That is too long.');
    const form = new URLSearchParams((await readBody(request)).toString('utf8'));
    const person = form.has('person') ? people.find((one) => one.name === form.get('person')) : personOfEmail(form.get('email') ?? '', form.get('displayName') ?? '');
    if (person === undefined || person === null) return ask('This is no e-mail address.');
    await provider.interactionFinished(request, response, { login: { accountId: subjectOf(person.email) } }, { mergeWithLastSubmission: false });
  }

  /** @param {string} base */
  function createProvider(base) {
    issuer = base + REALM;
    /** @type {import('oidc-provider').default} */
    const made = new Provider(issuer, {
      clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [...redirectUris], post_logout_redirect_uris: [...postLogoutRedirectUris], token_endpoint_auth_method: 'client_secret_post', grant_types: ['authorization_code'], response_types: ['code'] }],
      jwks: { keys: [signingKey] },
      cookies: { keys: [randomBytes(32).toString('hex')], names: { session: 'KEYCLOAK_SESSION', interaction: 'AUTH_SESSION_ID', resume: 'KC_RESTART' } },
      claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
      // Keycloak puts the claims of the scopes into the ID token.
      conformIdTokenClaims: false,
      routes: { authorization: '/protocol/openid-connect/auth', token: '/protocol/openid-connect/token', jwks: '/protocol/openid-connect/certs', userinfo: '/protocol/openid-connect/userinfo', end_session: '/protocol/openid-connect/logout' },
      interactions: { url: (_ctx, interaction) => `${REALM}${LOGIN}${interaction.uid}` },
      features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true, logoutSource: confirmAtOnce } },
      findAccount: (_ctx, id) => {
        const person = personOf(emailOf(id));
        return person === null ? undefined : { accountId: id, claims: () => Promise.resolve({ sub: id, name: person.displayName, preferred_username: person.eppn, email: person.email, email_verified: verifiesEmail }) };
      },
      // Nobody is asked for consent: the client belongs to the house.
      async loadExistingGrant(ctx) {
        const { client, session } = ctx.oidc;
        const known = client === undefined ? undefined : session?.grantIdFor(client.clientId);
        if (known !== undefined) return made.Grant.find(known);
        const grant = new made.Grant({ clientId: client?.clientId, accountId: session?.accountId });
        grant.addOIDCScope('openid profile email');
        await grant.save();
        return grant;
      },
      ttl: { Interaction: 1_800, Session: 36_000, Grant: 36_000, AuthorizationCode: 60, IdToken: 300, AccessToken: 300 },
    });
    return made;
  }

  return {
    ...standIn,
    issuer: () => issuer,
    listen: async (/** @type {number} */ port = 0) => {
      const base = await standIn.listen(port);
      provider = createProvider(base);
      return base;
    },
  };
}

/** Keycloak calls people by an id that says nothing. @param {string} email */
export function subjectOf(email) {
  return `f:${Buffer.from(email).toString('hex')}`;
}

/** @param {string} subject */
function emailOf(subject) {
  return Buffer.from(subject.slice(2), 'hex').toString('utf8');
}

/**
 * With an ID token as a hint Keycloak asks nobody whether they mean it.
 * @param {{ body: unknown }} ctx @param {string} form
 */
function confirmAtOnce(ctx, form) {
  ctx.body = `<!doctype html><title>Signing out</title>${form.replace('</form>', '<input type="hidden" name="logout" value="yes"><noscript><button>Sign out</button></noscript></form>')}<script>document.forms[0].submit()</script>`;
}

/** @param {import('node:http').ServerResponse} response @param {number} status @param {string} html */
function sendPage(response, status, html) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(html);
}
