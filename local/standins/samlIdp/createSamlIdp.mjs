// @ts-check
/// <reference path="./samlp.d.ts" />
/**
 * A SAML 2.0 identity provider with Shibboleth's default profile: it signs the response and encrypts an assertion that is
 * itself unsigned. It believes nothing but what the service provider's metadata say.
 */
import { X509Certificate, randomBytes, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import samlp from 'samlp';
import { createStandIn, escapeHtml, readBody, sendJson } from '../base.mjs';
import { PASSWORD_CONTEXT, RequestFault, readAuthnRequest } from './authnRequest.mjs';
import { errorPage, pickerPage, postingPage } from './pages.mjs';
import { people, personOfEmail } from './people.mjs';
import { readServiceProvider } from './spMetadata.mjs';

const REDIRECT_PATH = '/idp/profile/SAML2/Redirect/SSO';
const POST_PATH = '/idp/profile/SAML2/POST/SSO';
const CONTINUE_PATH = '/idp/profile/SAML2/continue';
/** How long a person may look at the page, milliseconds. */
const FLOW_LIFE_MS = 30 * 60_000;
const MAX_FLOWS = 1_000;
const MAX_FORM_BYTES = 256 * 1024;
const ASSERTION_LIFE_SECONDS = 300;

/** Names of the attributes as the federation writes them. */
const ATTRIBUTES = {
  eduPersonPrincipalName: 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6',
  mail: 'urn:oid:0.9.2342.19200300.100.1.3',
  displayName: 'urn:oid:2.16.840.1.113730.3.1.241',
};

/** Shibboleth's words, by kind of fault. */
const FAULTS = {
  unsupported: { title: 'Unsupported Request', text: 'The application you have accessed is not registered for use with this service, or asked for something it does not offer.' },
  unsecured: { title: 'Message Security Error', text: 'The request cannot be fulfilled because the message received does not meet the security requirements of the login service.' },
  stale: { title: 'Stale Request', text: 'You may be seeing this page because you used the Back button, opened a bookmark, or waited too long. Go back to the application and sign in again.' },
};

/** @typedef {{ id: string, consumer: string, relayState: string | null, provider: import('./spMetadata.mjs').ServiceProvider, endsAt: number }} Flow */

/**
 * @param {object} options
 * @param {import('./idpKeys.mjs').IdpKeys} options.keys
 * @param {string} options.spMetadataUrl
 * @param {boolean} [options.signResponse]
 * @param {boolean} [options.signAssertion]
 * @param {boolean} [options.encryptAssertion] when the service provider names a key for it
 */
export function createSamlIdp({ keys, spMetadataUrl, signResponse = true, signAssertion = false, encryptAssertion = true }) {
  /** Sign-ins that wait for a person's choice. @type {Map<string, Flow>} */
  const flows = new Map();
  /** Requests that were answered, by id: one answer each. @type {Map<string, number>} */
  const answered = new Map();
  let baseUrl = '';
  const entityId = () => `${baseUrl}/idp/shibboleth`;
  const makeResponse = promisify(samlp.getSamlResponse);

  const standIn = createStandIn({
    name: 'SAML identity provider',
    statePage: () => `<p>Entity <code>${escapeHtml(entityId())}</code>, metadata at <a href="/metadata">/metadata</a>. It answers the service provider of <code>${escapeHtml(spMetadataUrl)}</code>.</p>
<ul>${people.map((person) => `<li>${escapeHtml(person.displayName)} &lt;${escapeHtml(person.email)}&gt;: ${escapeHtml(person.about)}</li>`).join('')}</ul><p>${flows.size} sign-ins wait for a choice.</p>`,
    answerFault: (response, fault) => {
      const retry = fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
      sendPage(response, Number(fault.fault), errorPage({ title: 'Uncaught Exception', text: 'The login service is not able to answer just now. Try again in a while.', detail: `status ${fault.fault}` }), retry);
    },
    async handle(request, response, url) {
      const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
      const allowed = { '/metadata': 'GET', '/people.json': 'GET', [REDIRECT_PATH]: 'GET', [POST_PATH]: 'POST', [CONTINUE_PATH]: 'POST' }[url.pathname];
      try {
        if (allowed === undefined) return unexpected(response, 404, { title: 'Not Found', text: 'The login service has no such page.', detail: `${method} ${url.pathname}` });
        if (allowed !== method) return unexpected(response, 405, { title: 'Unsupported Request', text: FAULTS.unsupported.text, detail: `${url.pathname} takes ${allowed}` }, { allow: allowed });
        if (url.pathname === '/metadata') return sendMetadata(response);
        if (url.pathname === '/people.json') return sendJson(response, 200, people.map(({ name, email, displayName, eppn }) => ({ name, email, displayName, eppn })));
        const rawQuery = (request.url ?? '').split('?')[1] ?? '';
        const form = method === 'GET' ? url.searchParams : await readForm(request);
        if (url.pathname === CONTINUE_PATH) await finish(response, form);
        else await begin(response, { binding: url.pathname === POST_PATH ? 'post' : 'redirect', rawQuery, form, destination: baseUrl + url.pathname });
      } catch (error) {
        if (!(error instanceof RequestFault) || error.kind === 'refused') throw error;
        unexpected(response, 400, { ...FAULTS[error.kind], detail: error.message });
      }
    },
  });

  /**
   * Judges a request and asks the person.
   * @param {import('node:http').ServerResponse} response
   * @param {{ binding: 'redirect' | 'post', rawQuery: string, form: URLSearchParams, destination: string }} asked
   */
  async function begin(response, asked) {
    const provider = await readServiceProvider(spMetadataUrl).catch((error) => {
      throw new RequestFault('unsupported', `the metadata of the service provider cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    });
    const now = Date.now();
    const request = await readAuthnRequest({ ...asked, provider, now });
    if (answered.has(request.id)) throw new RequestFault('stale', 'this request was answered before');
    const relayState = asked.form.get('RelayState');
    if (request.refusal !== null) {
      answered.set(request.id, now);
      response.setHeader('x-standin-unexpected', '1');
      return sendRefusal(response, { consumer: request.consumer, inResponseTo: request.id, relayState, status: request.refusal.message });
    }
    forgetOld(now);
    const execution = randomBytes(18).toString('base64url');
    flows.set(execution, { id: request.id, consumer: request.consumer, relayState, provider, endsAt: now + FLOW_LIFE_MS });
    sendPage(response, 200, pickerPage({ action: CONTINUE_PATH, execution, service: new URL(request.consumer).host, people }));
  }

  /**
   * Takes the person's choice and sends them back with a response.
   * @param {import('node:http').ServerResponse} response @param {URLSearchParams} form
   */
  async function finish(response, form) {
    const execution = form.get('execution') ?? '';
    const flow = flows.get(execution);
    if (flow === undefined || flow.endsAt < Date.now() || answered.has(flow.id)) throw new RequestFault('stale', 'there is no sign-in that waits for this answer');
    const name = form.get('person');
    const person = name === null ? personOfEmail(form.get('email') ?? '', form.get('displayName') ?? '') : (people.find((candidate) => candidate.name === name) ?? null);
    if (person === null && name !== null) throw new RequestFault('unsupported', `there is no person ‘${name}’`);
    if (person === null) return sendPage(response, 200, pickerPage({ action: CONTINUE_PATH, execution, service: new URL(flow.consumer).host, people, fault: 'This is not an e-mail address. It looks like name@example.edu.' }));
    const xml = await makeResponse(responseOptions(flow), person);
    flows.delete(execution);
    answered.set(flow.id, Date.now());
    sendPage(response, 200, postingPage({ consumer: flow.consumer, response: Buffer.from(xml).toString('base64'), relayState: flow.relayState }));
  }

  /** @param {Flow} flow */
  function responseOptions(flow) {
    const certificate = encryptAssertion ? flow.provider.encryptionCertificate : null;
    const nameFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
    return {
      ...signing(),
      signResponse,
      signAssertion,
      issuer: entityId(),
      audience: flow.provider.entityId,
      recipient: flow.consumer,
      destination: flow.consumer,
      inResponseTo: flow.id,
      sessionIndex: `_${randomUUID()}`,
      lifetimeInSeconds: ASSERTION_LIFE_SECONDS,
      authnContextClassRef: PASSWORD_CONTEXT,
      profileMapper: (/** @type {import('./people.mjs').Person} */ person) => ({
        getClaims: () => ({ [ATTRIBUTES.eduPersonPrincipalName]: person.eppn, [ATTRIBUTES.mail]: person.email, [ATTRIBUTES.displayName]: person.displayName }),
        getNameIdentifier: () => ({ nameIdentifier: `_${randomBytes(16).toString('hex')}`, nameIdentifierFormat: nameFormat }),
      }),
      ...(certificate === null
        ? {}
        : {
            encryptionCert: certificate,
            encryptionPublicKey: new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }),
            encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
          }),
    };
  }

  function signing() {
    return { cert: keys.certificate, key: keys.privateKey, signatureAlgorithm: 'rsa-sha256', digestAlgorithm: 'sha256' };
  }

  /**
   * Tells the service provider, signed, that its request was understood and cannot be met.
   * @param {import('node:http').ServerResponse} response
   * @param {{ consumer: string, inResponseTo: string, relayState: string | null, status: string }} refusal
   */
  function sendRefusal(response, { consumer, inResponseTo, relayState, status }) {
    const send = samlp.sendError({
      ...signing(),
      signResponse: true,
      issuer: entityId(),
      destination: consumer,
      inResponseTo,
      RelayState: relayState ?? '',
      error: { code: 'urn:oasis:names:tc:SAML:2.0:status:Requester', description: status },
      getPostURL: (/** @type {unknown} */ _request, /** @type {(error: null, url: string) => void} */ done) => done(null, consumer),
    });
    send({}, { set: () => undefined, send: (/** @type {string} */ html) => sendPage(response, 200, html) }, (/** @type {Error} */ error) => {
      throw error;
    });
  }

  /** @param {import('node:http').ServerResponse} response */
  function sendMetadata(response) {
    const body = keys.certificate.replace(/-----[^-]+-----|\s+/g, '');
    const service = (/** @type {string} */ binding, /** @type {string} */ path) => `<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${escapeHtml(baseUrl + path)}"/>`;
    response.writeHead(200, { 'content-type': 'application/samlmetadata+xml' });
    response.end(`<?xml version="1.0" encoding="UTF-8"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${escapeHtml(entityId())}">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" WantAuthnRequestsSigned="false">
    <KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${body}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
    <NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</NameIDFormat>
    ${service('HTTP-Redirect', REDIRECT_PATH)}
    ${service('HTTP-POST', POST_PATH)}
  </IDPSSODescriptor>
</EntityDescriptor>
`);
  }

  /** @param {number} now */
  function forgetOld(now) {
    for (const [execution, flow] of flows) if (flow.endsAt < now || flows.size >= MAX_FLOWS) flows.delete(execution);
    for (const [id, at] of answered) if (at < now - FLOW_LIFE_MS) answered.delete(id);
  }

  return {
    ...standIn,
    listen: async (/** @type {number} */ port = 0) => {
      baseUrl = await standIn.listen(port);
      return baseUrl;
    },
  };
}

/** @param {import('node:http').IncomingMessage} request */
async function readForm(request) {
  if (!/^application\/x-www-form-urlencoded\b/.test(request.headers['content-type'] ?? '')) throw new RequestFault('unsupported', 'the body is not a form');
  if (Number(request.headers['content-length'] ?? 0) > MAX_FORM_BYTES) throw new RequestFault('unsupported', 'the form is too large');
  return new URLSearchParams((await readBody(request)).toString('utf8'));
}

/** @param {import('node:http').ServerResponse} response @param {number} status @param {string} html @param {Record<string, string>} [headers] */
function sendPage(response, status, html, headers = {}) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'x-frame-options': 'DENY', ...headers });
  response.end(html);
}

/**
 * What a correct service provider never asks for.
 * @param {import('node:http').ServerResponse} response @param {number} status @param {{ title: string, text: string, detail: string }} error @param {Record<string, string>} [headers]
 */
function unexpected(response, status, error, headers) {
  response.setHeader('x-standin-unexpected', '1');
  sendPage(response, status, errorPage(error), headers);
}
