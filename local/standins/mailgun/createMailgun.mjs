// @ts-check
/**
 * Mailgun's messages API, its log of events, and a mailbox page that shows what was sent and lets a person say what became of it,
 * which the studio is told by signed events. Nothing leaves this machine.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStandIn, escapeHtml, readBody, sendJson } from '../base.mjs';
import { createEventSender, HAPPENINGS } from './createEventSender.mjs';

/**
 * @typedef {object} Mail
 * @property {string} id with the angle brackets of a message id
 * @property {string} from
 * @property {string} to
 * @property {string} subject
 * @property {string} text
 * @property {string} html
 * @property {Record<string, string>} headers those given as `h:<name>`, by lower-case name
 * @property {number} at epoch milliseconds
 */

const MAX_BYTES = 25 * 1024 * 1024;
/** Parameters of a message that are known here; any other is told as unexpected. */
const PARAMETERS = /^(from|to|cc|bcc|subject|text|html|h:[\w-]+|o:[\w-]+|v:[\w-]+)$/;
const NEEDED = ['from', 'to', 'subject'];
const ADDRESS = /^(?:"(?:[^"\\]|\\.)*"\s*|[^<>",@]+\s)?<?[^\s<>@,;]+@[^\s<>@,;]+>?$/;

/**
 * @param {object} options
 * @param {string} options.domain the one domain mails are sent from
 * @param {string} options.key an account's key, which may read
 * @param {string} [options.sendingKey] a key that may only post
 * @param {string} [options.home] folder mails are kept in; without one they are kept in memory
 * @param {Parameters<typeof createEventSender>[0]} [options.events] where signed events go; without it no mail has any
 * @param {number} [options.logLagMs] how long the log takes to know of a mail
 */
export function createMailgun(options) {
  const { domain, home, logLagMs = 0 } = options;
  const tell = options.events === undefined ? null : createEventSender(options.events);
  /** What became of mails, by their ids: what a person let happen, and what the studio answered. @type {Map<string, string[]>} */
  const told = new Map();
  if (home !== undefined) mkdirSync(home, { recursive: true });
  /** @type {Mail[]} */
  const mails = home === undefined ? [] : readdirSync(home).filter((name) => name.endsWith('.json')).sort().map((name) => JSON.parse(readFileSync(join(home, name), 'utf8')));

  /** @param {import('node:http').IncomingMessage} request @returns {'account' | 'sending' | null} */
  function keyOf(request) {
    const given = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const [user, ...rest] = Buffer.from(given ?? '', 'base64').toString('utf8').split(':');
    if (user !== 'api') return null;
    const key = rest.join(':');
    if (key === options.key) return 'account';
    return options.sendingKey !== undefined && key === options.sendingKey ? 'sending' : null;
  }

  /** @param {import('node:http').ServerResponse} response @param {number} status @param {string} message */
  function refuse(response, status, message) {
    if (status !== 401 && status !== 403) response.setHeader('x-standin-unexpected', '1');
    sendJson(response, status, { message });
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async function take(request, response) {
    const type = request.headers['content-type'] ?? '';
    const body = await readBody(request);
    if (!/^(multipart\/form-data|application\/x-www-form-urlencoded)/.test(type)) return refuse(response, 400, 'from parameter is missing');
    if (body.length > MAX_BYTES) return refuse(response, 413, 'Request entity too large');
    /** @type {FormData} */
    let form;
    try {
      form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
    } catch {
      return refuse(response, 400, 'Cannot parse form');
    }
    const text = (/** @type {string} */ name) => {
      const value = form.get(name);
      return typeof value === 'string' ? value : '';
    };
    for (const name of form.keys()) if (!PARAMETERS.test(name)) response.setHeader('x-standin-unexpected', '1');
    for (const name of NEEDED) if (text(name) === '') return refuse(response, 400, `${name} parameter is missing`);
    if (text('text') === '' && text('html') === '') return refuse(response, 400, "Need at least one of 'text' or 'html' parameters specified");
    if (!ADDRESS.test(text('to'))) return refuse(response, 400, "to parameter is not a valid address. please check documentation");
    if (!ADDRESS.test(text('from'))) return refuse(response, 400, "from parameter is not a valid address. please check documentation");
    const headers = Object.fromEntries([...form.entries()].filter(([name]) => name.startsWith('h:')).map(([name, value]) => [name.slice(2).toLowerCase(), String(value)]));
    const id = headers['message-id'] ?? `<${Date.now()}.${createHash('sha256').update(`${mails.length}`).digest('hex').slice(0, 16)}@${domain}>`;
    /** @type {Mail} */
    const mail = { id, from: text('from'), to: text('to'), subject: text('subject'), text: text('text'), html: text('html'), headers, at: Date.now() };
    mails.push(mail);
    if (home !== undefined) writeFileSync(join(home, `${String(mail.at).padStart(15, '0')}-${String(mails.length).padStart(6, '0')}.json`), JSON.stringify(mail));
    sendJson(response, 200, { id, message: 'Queued. Thank you.' });
  }

  /** @param {URL} url @param {import('node:http').ServerResponse} response */
  function events(url, response) {
    const wanted = url.searchParams.get('message-id');
    const items = mails
      .filter((mail) => mail.at <= Date.now() - logLagMs && (wanted === null || mail.id === `<${wanted}>`))
      .slice(-Number(url.searchParams.get('limit') ?? 100))
      .map((mail) => ({ event: 'accepted', timestamp: mail.at / 1_000, id: createHash('sha256').update(mail.id).digest('base64url').slice(0, 22), recipient: /<([^>]+)>/.exec(mail.to)?.[1] ?? mail.to, message: { headers: { 'message-id': mail.id.replace(/^<|>$/g, ''), to: mail.to, from: mail.from, subject: mail.subject } } }));
    sendJson(response, 200, { items, paging: {} });
  }

  /**
   * Lets something happen to a mail.
   * @param {string} id @param {string} name of what happens
   * @returns {Promise<{ answers: number[] } | null>} null for a mail or a happening that is none
   */
  async function happen(id, name) {
    const mail = mails.findLast((known) => known.id === id);
    if (mail === undefined || tell === null || !Object.hasOwn(HAPPENINGS, name)) return null;
    const answers = await tell(mail, /** @type {keyof typeof HAPPENINGS} */ (name));
    told.set(id, [...(told.get(id) ?? []), `${HAPPENINGS[/** @type {keyof typeof HAPPENINGS} */ (name)]}: answered ${answers.join(', ')}`]);
    return { answers };
  }

  /** The buttons of a mail, and what was done with them. @param {Mail} mail */
  function happenings(mail) {
    if (tell === null) return '';
    const buttons = Object.entries(HAPPENINGS).map(([name, words]) => `<button name="happening" value="${name}">${words}</button>`).join(' ');
    return `<form method="post" action="/_events"><input type="hidden" name="id" value="${escapeHtml(mail.id)}">${buttons}</form>${(told.get(mail.id) ?? []).map((line) => `<p><small>${escapeHtml(line)}</small></p>`).join('')}`;
  }

  /** @param {import('node:http').ServerResponse} response */
  function mailbox(response) {
    const entries = [...mails].reverse().slice(0, 100).map((mail, index) => `<details${index === 0 ? ' open' : ''}><summary><b>${escapeHtml(mail.subject)}</b><br><small>to ${escapeHtml(mail.to)}, ${new Date(mail.at).toISOString()}</small></summary>
<iframe sandbox title="${escapeHtml(mail.subject)}" srcdoc="${escapeHtml(mail.html === '' ? `<pre>${escapeHtml(mail.text)}</pre>` : mail.html)}"></iframe><details><summary>As text</summary><pre>${escapeHtml(mail.text)}</pre></details>${happenings(mail)}</details>`);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'" });
    response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mailbox</title>
<style>body{font:15px/1.5 system-ui;margin:2rem auto;max-width:48rem;padding:0 1rem;color:#1f2328}details{border-top:1px solid #d8dadd;padding:.8rem 0}iframe{width:100%;height:30rem;border:1px solid #d8dadd;border-radius:6px;margin:.8rem 0}pre{white-space:pre-wrap}small{color:#59636e}</style>
<h1>Mailbox</h1><p>Every mail the studio sent on this machine, newest first. None of them left it.</p>${entries.length === 0 ? '<p>There is none yet.</p>' : entries.join('\n')}</html>`);
  }

  const standIn = createStandIn({
    name: 'Mailgun',
    servesRoot: true,
    statePage: () => ['Mails, newest first:', ...mails.slice(-50).reverse().map((mail) => `${new Date(mail.at).toISOString()}  ${mail.to}  ${mail.subject}`)].join('\n'),
    answerFault: (response, fault) => sendJson(response, Number(fault.fault), { message: fault.fault === '429' ? 'Too many requests, try again later' : 'Internal Server Error' }, fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }),
    async handle(request, response, url) {
      if (url.pathname === '/' && request.method === 'GET') return mailbox(response);
      if (url.pathname === '/_mails' && request.method === 'GET') return sendJson(response, 200, { mails });
      if (url.pathname === '/_events' && request.method === 'POST') {
        const form = new URLSearchParams((await readBody(request)).toString('utf8'));
        const happened = await happen(form.get('id') ?? '', form.get('happening') ?? '');
        if (happened === null) return sendJson(response, 404, { message: 'There is no such mail, or nothing like that can happen to it.' });
        if (!(request.headers.accept ?? '').includes('text/html')) return sendJson(response, 200, happened);
        response.writeHead(303, { location: '/' });
        return void response.end();
      }
      const path = /^\/v3\/([^/]+)\/(messages|events)$/.exec(url.pathname);
      if (path === null) {
        request.resume();
        return refuse(response, 404, 'Not Found');
      }
      const key = keyOf(request);
      if (key === null) {
        request.resume();
        response.writeHead(401, { 'content-type': 'text/plain' });
        return void response.end('Forbidden');
      }
      if (decodeURIComponent(path[1] ?? '') !== domain) {
        request.resume();
        return refuse(response, 404, `Domain not found: ${decodeURIComponent(path[1] ?? '')}`);
      }
      if (path[2] === 'messages') {
        if (request.method === 'POST') return take(request, response);
        request.resume();
        return refuse(response, 405, 'Method Not Allowed');
      }
      request.resume();
      if (request.method !== 'GET') return refuse(response, 405, 'Method Not Allowed');
      if (key === 'sending') return refuse(response, 403, 'Forbidden');
      events(url, response);
    },
  });
  return { ...standIn, mails };
}
