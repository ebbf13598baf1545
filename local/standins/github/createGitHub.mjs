// @ts-check
/**
 * A part of GitHub's REST API and its smart HTTP over real bare repositories. Shapes, status codes and texts are GitHub's
 * (docs.github.com/rest, 2022-11-28); what it does not have answers 404 as GitHub does and is journalled as unexpected.
 */
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStandIn, escapeHtml, readBody, sendJson } from '../base.mjs';
import { createAppAuth } from './appAuth.mjs';
import { createRepositories } from './gitRepositories.mjs';
import { serveGit } from './smartHttp.mjs';
import { refusalOfHeaders, refusalOfParameters } from './strictness.mjs';
import { hookRoutes } from './hookRoutes.mjs';
import { createWebhooks } from './webhooks.mjs';

const DOCS = 'https://docs.github.com/rest';
/** Content-creating requests a minute, as documented. */
const CONTENT_WRITES_A_MINUTE = 80;
const RATE_LIMIT = 5_000;
const ARCHIVED = 'Repository was archived so is read-only.';

/**
 * @typedef {object} GitHubOptions
 * @property {string} home folder of the repositories
 * @property {string} org the organization that exists
 * @property {string} token accepted for everything
 * @property {readonly string[]} [readTokens] accepted for reading alone; one that begins with `github_pat_` is told so
 * @property {() => string} publicUrl
 * @property {boolean} [enterprise] an Enterprise Server: under /api/v3, without rate headers
 * @property {boolean} [contentLimit] whether the limit on content-creating requests is kept
 * @property {number} [rateLimit] requests an hour, 5,000 unless told otherwise
 * @property {import('./appAuth.mjs').AppOptions} [app] the GitHub App that is installed in the organization
 * @property {number} [clockAheadMs] how far its clock is ahead of this machine's
 */

/** @typedef {{ method: string, path: RegExp, write?: boolean, creates?: boolean, admin?: boolean, asApp?: boolean, isFree?: boolean, takes?: import('./strictness.mjs').Parameters, run: (call: Call) => Promise<void> }} Route */
/** @typedef {{ match: RegExpExecArray, body: Record<string, any>, url: URL, response: import('node:http').ServerResponse, reply: (status: number, body?: unknown, headers?: Record<string, string>) => void }} Call */

/** @param {GitHubOptions} options */
export function createGitHub(options) {
  const repositories = createRepositories(options.home);
  const prefix = options.enterprise === true ? '/api/v3' : '';
  const webhooks = createWebhooks(join(options.home, 'hooks.json'));
  const now = () => Date.now() + (options.clockAheadMs ?? 0);
  const rateLimit = options.rateLimit ?? RATE_LIMIT;
  let used = 0;
  let windowEnds = now() + 3_600_000;
  /** @type {number[]} */
  let contentWrites = [];

  const base = () => options.publicUrl();
  const apiUrl = () => base() + prefix;
  const appAuth = createAppAuth({ app: options.app, org: options.org, apiUrl, now });

  /** @param {string | undefined} header */
  function tokenOf(header) {
    const [scheme, value = ''] = (header ?? '').split(' ');
    return /^basic$/i.test(scheme ?? '') ? Buffer.from(value, 'base64').toString('utf8').split(':').slice(1).join(':') : value;
  }

  /** @param {string | undefined} header */
  const mayOnlyRead = (header) => (options.readTokens ?? []).includes(tokenOf(header));

  /** @param {string | undefined} header */
  function isTokenGood(header) {
    if (header === undefined) return false;
    const given = tokenOf(header);
    if (mayOnlyRead(header)) return true;
    if (appAuth.isGood(given)) return true;
    const a = createHash('sha256').update(given).digest();
    const b = createHash('sha256').update(options.token).digest();
    return timingSafeEqual(a, b);
  }

  /** @param {import('node:http').ServerResponse} response @param {number} status @param {unknown} [body] @param {Record<string, string>} [headers] */
  function reply(response, status, body, headers = {}) {
    const text = body === undefined ? '' : JSON.stringify(body);
    const etag = `W/"${createHash('sha256').update(text).digest('hex')}"`;
    const request = response.req;
    /** @type {Record<string, string>} */
    const all = { 'x-github-request-id': randomUUID().slice(0, 18).toUpperCase(), 'x-github-media-type': 'github.v3; format=json', 'x-github-api-version-selected': '2022-11-28', date: new Date(now()).toUTCString(), ...headers };
    const isUnchanged = request.method === 'GET' && status === 200 && request.headers['if-none-match'] === etag;
    // A read that finds nothing new costs nothing.
    if (isUnchanged) used -= 1;
    if (options.enterprise !== true) Object.assign(all, { 'x-ratelimit-limit': String(rateLimit), 'x-ratelimit-remaining': String(Math.max(0, rateLimit - used)), 'x-ratelimit-used': String(used), 'x-ratelimit-reset': String(Math.floor(windowEnds / 1_000)), 'x-ratelimit-resource': 'core' });
    if (request.method === 'GET' && status === 200) {
      all['etag'] = etag;
      if (isUnchanged) {
        response.writeHead(304, all);
        return void response.end();
      }
    }
    if (status === 204) {
      response.writeHead(204, all);
      return void response.end();
    }
    sendJson(response, status, body, all);
  }

  /** @param {import('node:http').ServerResponse} response @param {string} [anchor] */
  const notFound = (response, anchor = '') => reply(response, 404, { message: 'Not Found', documentation_url: `${DOCS}${anchor}`, status: '404' });

  /** @param {string} owner @param {string} name */
  async function repositoryJson(owner, name) {
    const isPrivate = await repositories.isPrivate(owner, name);
    return {
      id: Number.parseInt(createHash('sha256').update(`${owner}/${name}`).digest('hex').slice(0, 8), 16),
      node_id: `R_${name}`,
      name,
      full_name: `${owner}/${name}`,
      private: isPrivate,
      owner: { login: owner, id: 1, type: 'Organization' },
      html_url: `${base()}/${owner}/${name}`,
      description: null,
      fork: false,
      url: `${apiUrl()}/repos/${owner}/${name}`,
      clone_url: `${base()}/${owner}/${name}.git`,
      default_branch: await repositories.defaultBranch(owner, name),
      visibility: isPrivate ? 'private' : 'public',
      archived: await repositories.isArchived(owner, name),
      disabled: false,
    };
  }

  /** @param {string} owner @param {string} name @param {string} ref @param {string} sha */
  const refJson = (owner, name, ref, sha) => ({ ref, node_id: `REF_${sha.slice(0, 8)}`, url: `${apiUrl()}/repos/${owner}/${name}/git/${ref}`, object: { type: 'commit', sha, url: `${apiUrl()}/repos/${owner}/${name}/git/commits/${sha}` } });

  /** @param {string} owner @param {string} name @param {string} sha */
  async function commitJson(owner, name, sha) {
    const format = '%T%n%P%n%an%n%ae%n%aI%n%cn%n%ce%n%cI%n%B';
    const lines = (await repositories.git(repositories.directoryOf(owner, name), ['show', '--no-patch', `--format=${format}`, sha])).split('\n');
    const [tree = '', parents = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = ''] = lines;
    return {
      sha,
      node_id: `C_${sha.slice(0, 8)}`,
      html_url: `${base()}/${owner}/${name}/commit/${sha}`,
      url: `${apiUrl()}/repos/${owner}/${name}/commits/${sha}`,
      commit: { author: { name: an, email: ae, date: ad }, committer: { name: cn, email: ce, date: cd }, message: lines.slice(8).join('\n').trimEnd(), tree: { sha: tree, url: `${apiUrl()}/repos/${owner}/${name}/git/trees/${tree}` } },
      parents: parents.split(' ').filter((parent) => parent !== '').map((parent) => ({ sha: parent })),
    };
  }

  /** @param {import('node:http').ServerResponse} response @param {string} message @param {{ resource: string, field: string, code: string, message?: string }[]} [errors] */
  const unprocessable = (response, message, errors) => reply(response, 422, { message, ...(errors === undefined ? {} : { errors }), documentation_url: DOCS, status: '422' });

  /** What no correct client sends. @param {import('node:http').ServerResponse} response @param {import('./strictness.mjs').Refusal} refusal */
  function refuse(response, refusal) {
    response.setHeader('x-standin-unexpected', '1');
    if ('message' in refusal) return reply(response, refusal.status, { message: refusal.message, documentation_url: DOCS, status: String(refusal.status) });
    response.writeHead(refusal.status, { 'content-type': 'text/html; charset=utf-8' });
    response.end(refusal.text);
  }

  /** @param {string} owner @param {string} name @param {{ ref: string, before: string, after: string }[]} changes */
  async function announcePush(owner, name, changes) {
    for (const change of changes) {
      await webhooks.deliver(`${owner}/${name}`, 'push', { ref: change.ref, before: change.before, after: change.after, repository: await repositoryJson(owner, name), commits: await changedFiles(owner, name, change), pusher: { name: 'standin' } });
    }
  }

  /** @param {string} owner @param {string} name @param {{ before: string, after: string }} change */
  async function changedFiles(owner, name, change) {
    if (/^0+$/.test(change.after)) return [];
    const directory = repositories.directoryOf(owner, name);
    const range = /^0+$/.test(change.before) ? change.after : `${change.before}..${change.after}`;
    const shas = (await repositories.git(directory, ['rev-list', '--reverse', '--max-count=20', range])).split('\n').filter((sha) => sha !== '');
    return Promise.all(
      shas.map(async (sha) => {
        const lines = (await repositories.git(directory, ['diff-tree', '--root', '--no-commit-id', '--name-status', '-r', sha])).split('\n').filter((line) => line !== '');
        /** @param {string} kind */
        const of = (kind) => lines.filter((line) => line.startsWith(kind)).map((line) => line.slice(2));
        return { id: sha, added: of('A'), modified: of('M'), removed: of('D') };
      }),
    );
  }

  const R = '/repos/([^/]+)/([^/]+)';
  /** @type {Route[]} */
  const routes = [
    { method: 'GET', path: /^\/user$/, run: async ({ reply: answer }) => answer(200, { login: 'ocw-studio', id: 1, type: 'User' }) },
    {
      method: 'GET',
      path: /^\/rate_limit$/,
      isFree: true,
      run: async ({ response, reply: answer }) => {
        if (options.enterprise === true) return reply(response, 404, { message: 'Rate limiting is not enabled.', documentation_url: DOCS, status: '404' });
        const core = { limit: rateLimit, used, remaining: Math.max(0, rateLimit - used), reset: Math.floor(windowEnds / 1_000) };
        answer(200, { resources: { core }, rate: core });
      },
    },
    { method: 'GET', path: /^\/app$/, asApp: true, isFree: true, run: async ({ reply: answer }) => answer(200, appAuth.app()) },
    { method: 'GET', path: /^\/app\/installations$/, asApp: true, isFree: true, takes: { query: ['per_page', 'page'] }, run: async ({ url, reply: answer }) => answer(200, Number(url.searchParams.get('page') ?? 1) > 1 ? [] : [appAuth.installation()]) },
    {
      method: 'GET',
      path: /^\/orgs\/([^/]+)\/installation$/,
      asApp: true,
      isFree: true,
      run: async ({ match, response, reply: answer }) => (match[1] === options.org ? answer(200, appAuth.installation()) : notFound(response, '/apps/apps#get-an-organization-installation-for-the-authenticated-app')),
    },
    {
      method: 'POST',
      path: /^\/app\/installations\/(\d+)\/access_tokens$/,
      asApp: true,
      isFree: true,
      takes: { body: { repositories: 'array', permissions: 'object' } },
      run: async ({ match, response, reply: answer }) => (Number(match[1]) === appAuth.installationId ? answer(201, appAuth.issueToken()) : notFound(response, '/apps/apps#create-an-installation-access-token-for-an-app')),
    },
    {
      method: 'POST',
      path: /^\/orgs\/([^/]+)\/repos$/,
      write: true,
      creates: true,
      takes: { body: { name: 'string', private: 'boolean', auto_init: 'boolean' }, required: ['name'] },
      run: async ({ match, body, response, reply: answer }) => {
        const owner = match[1] ?? '';
        if (owner !== options.org) return notFound(response, '/repos/repos#create-an-organization-repository');
        if (typeof body['name'] !== 'string' || !/^[\w.-]{1,100}$/.test(body['name'])) return unprocessable(response, 'Repository creation failed.', [{ resource: 'Repository', code: 'custom', field: 'name', message: 'name is invalid' }]);
        if (repositories.exists(owner, body['name'])) return unprocessable(response, 'Repository creation failed.', [{ resource: 'Repository', code: 'custom', field: 'name', message: 'name already exists on this account' }]);
        await repositories.create(owner, body['name'], { autoInit: body['auto_init'] === true, isPrivate: body['private'] === true });
        answer(201, await repositoryJson(owner, body['name']));
      },
    },
    { method: 'GET', path: new RegExp(`^${R}$`), run: async ({ match, reply: answer }) => answer(200, await repositoryJson(match[1] ?? '', match[2] ?? '')) },
    {
      method: 'PATCH',
      path: new RegExp(`^${R}$`),
      write: true,
      takes: { body: { default_branch: 'string', archived: 'boolean' } },
      run: async ({ match, body, response, reply: answer }) => {
        const [, owner = '', name = ''] = match;
        if (typeof body['archived'] === 'boolean') await repositories.setArchived(owner, name, body['archived']);
        if (typeof body['default_branch'] === 'string') {
          if ((await repositories.resolve(owner, name, `refs/heads/${body['default_branch']}`)) === null) return unprocessable(response, 'Validation Failed', [{ resource: 'Repository', field: 'default_branch', code: 'invalid' }]);
          await repositories.git(repositories.directoryOf(owner, name), ['symbolic-ref', 'HEAD', `refs/heads/${body['default_branch']}`]);
        }
        answer(200, await repositoryJson(owner, name));
      },
    },
    {
      method: 'DELETE',
      path: new RegExp(`^${R}$`),
      write: true,
      run: async ({ match, reply: answer }) => {
        await repositories.remove(match[1] ?? '', match[2] ?? '');
        answer(204);
      },
    },
    {
      method: 'GET',
      path: new RegExp(`^${R}/git/ref/(.+)$`),
      run: async ({ match, response, reply: answer }) => {
        const [, owner = '', name = '', ref = ''] = match;
        const sha = await repositories.resolve(owner, name, `refs/${ref}`);
        if (sha === null) return notFound(response, '/git/refs#get-a-reference');
        answer(200, refJson(owner, name, `refs/${ref}`, sha));
      },
    },
    {
      method: 'GET',
      path: new RegExp(`^${R}/git/matching-refs/(.+)$`),
      run: async ({ match, reply: answer }) => {
        const [, owner = '', name = '', ref = ''] = match;
        const lines = (await repositories.git(repositories.directoryOf(owner, name), ['for-each-ref', '--format=%(refname) %(objectname)', `refs/${ref}*`])).split('\n').filter((line) => line !== '');
        answer(200, lines.map((line) => refJson(owner, name, line.split(' ')[0] ?? '', line.split(' ')[1] ?? '')));
      },
    },
    {
      method: 'POST',
      path: new RegExp(`^${R}/git/refs$`),
      write: true,
      creates: true,
      takes: { body: { ref: 'string', sha: 'string' }, required: ['ref', 'sha'] },
      run: async ({ match, body, response, reply: answer }) => {
        const [, owner = '', name = ''] = match;
        const ref = String(body['ref'] ?? '');
        if (!/^refs\/[^/]+\/.+/.test(ref)) return unprocessable(response, "Reference name must start with 'refs/' and have at least two slashes.");
        if ((await repositories.resolve(owner, name, ref)) !== null) return unprocessable(response, 'Reference already exists');
        const sha = await repositories.resolve(owner, name, String(body['sha'] ?? ''));
        if (sha === null) return unprocessable(response, 'Object does not exist');
        await repositories.git(repositories.directoryOf(owner, name), ['update-ref', ref, sha]);
        answer(201, refJson(owner, name, ref, sha));
        await announcePush(owner, name, [{ ref, before: '0'.repeat(40), after: sha }]);
      },
    },
    {
      method: 'PATCH',
      path: new RegExp(`^${R}/git/refs/(.+)$`),
      write: true,
      takes: { body: { sha: 'string', force: 'boolean' }, required: ['sha'] },
      run: async ({ match, body, response, reply: answer }) => {
        const [, owner = '', name = '', short = ''] = match;
        const ref = `refs/${short}`;
        const before = await repositories.resolve(owner, name, ref);
        if (before === null) return unprocessable(response, 'Reference does not exist');
        const sha = await repositories.resolve(owner, name, String(body['sha'] ?? ''));
        if (sha === null) return unprocessable(response, 'Object does not exist');
        const directory = repositories.directoryOf(owner, name);
        if (body['force'] !== true && (await repositories.tryGit(directory, ['merge-base', '--is-ancestor', before, sha])) === null) return unprocessable(response, 'Update is not a fast forward');
        await repositories.git(directory, ['update-ref', ref, sha]);
        answer(200, refJson(owner, name, ref, sha));
        await announcePush(owner, name, [{ ref, before, after: sha }]);
      },
    },
    {
      method: 'DELETE',
      path: new RegExp(`^${R}/git/refs/(.+)$`),
      write: true,
      run: async ({ match, response, reply: answer }) => {
        const [, owner = '', name = '', short = ''] = match;
        if ((await repositories.resolve(owner, name, `refs/${short}`)) === null) return unprocessable(response, 'Reference does not exist');
        if (short === `heads/${await repositories.defaultBranch(owner, name)}`) return unprocessable(response, 'Cannot delete the default branch');
        await repositories.git(repositories.directoryOf(owner, name), ['update-ref', '-d', `refs/${short}`]);
        answer(204);
      },
    },
    {
      method: 'GET',
      path: new RegExp(`^${R}/branches/(.+)$`),
      run: async ({ match, response, reply: answer }) => {
        const [, owner = '', name = '', branch = ''] = match;
        const sha = await repositories.resolve(owner, name, `refs/heads/${branch}`);
        if (sha === null) return reply(response, 404, { message: 'Branch not found', documentation_url: `${DOCS}/branches/branches#get-a-branch`, status: '404' });
        answer(200, { name: branch, commit: await commitJson(owner, name, sha), protected: false });
      },
    },
    {
      method: 'GET',
      path: new RegExp(`^${R}/commits/(.+)$`),
      run: async ({ match, response, reply: answer }) => {
        const [, owner = '', name = '', ref = ''] = match;
        const sha = (await repositories.resolve(owner, name, `refs/heads/${ref}`)) ?? (await repositories.resolve(owner, name, ref));
        if (sha === null) return unprocessable(response, `No commit found for SHA: ${ref}`);
        answer(200, await commitJson(owner, name, sha));
      },
    },
    {
      method: 'GET',
      path: new RegExp(`^${R}/git/trees/(.+)$`),
      takes: { query: ['recursive'] },
      run: async ({ match, url, response, reply: answer }) => {
        const [, owner = '', name = '', sha = ''] = match;
        const directory = repositories.directoryOf(owner, name);
        const tree = await repositories.tryGit(directory, ['rev-parse', '--verify', '--quiet', `${sha}^{tree}`]);
        if (tree === null) return notFound(response, '/git/trees#get-a-tree');
        const lines = (await repositories.git(directory, ['ls-tree', '-z', '-l', ...(url.searchParams.has('recursive') ? ['-r', '-t'] : []), tree])).split('\0').filter((line) => line !== '');
        answer(200, {
          sha: tree,
          url: `${apiUrl()}/repos/${owner}/${name}/git/trees/${tree}`,
          truncated: false,
          tree: lines.map((line) => {
            const [mode = '', type = '', object = '', size = ''] = line.slice(0, line.indexOf('\t')).split(/ +/);
            return { path: line.slice(line.indexOf('\t') + 1), mode, type, sha: object, ...(type === 'blob' ? { size: Number(size) } : {}), url: `${apiUrl()}/repos/${owner}/${name}/git/${type}s/${object}` };
          }),
        });
      },
    },
    {
      method: 'POST',
      path: new RegExp(`^${R}/merges$`),
      write: true,
      takes: { body: { base: 'string', head: 'string', commit_message: 'string' }, required: ['base', 'head'] },
      run: async ({ match, body, response, reply: answer }) => {
        const [, owner = '', name = ''] = match;
        const before = await repositories.resolve(owner, name, `refs/heads/${body['base']}`);
        const merged = await repositories.merge(owner, name, body['base'], body['head'], typeof body['commit_message'] === 'string' ? body['commit_message'] : `Merge ${body['head']} into ${body['base']}`);
        if (merged.status === 404) return reply(response, 404, { message: merged.what, documentation_url: `${DOCS}/branches/branches#merge-a-branch`, status: '404' });
        if (merged.status === 409) return reply(response, 409, { message: 'Merge conflict', documentation_url: `${DOCS}/branches/branches#merge-a-branch`, status: '409' });
        if (merged.status === 204) return answer(204);
        answer(201, await commitJson(owner, name, merged.sha));
        await announcePush(owner, name, [{ ref: `refs/heads/${body['base']}`, before: before ?? '0'.repeat(40), after: merged.sha }]);
      },
    },
    ...hookRoutes({ webhooks, apiUrl, notFound, unprocessable, refuse }),
  ];

  /** @param {import('node:http').ServerResponse} response @param {number} [retryAfterSeconds] GitHub does not always say it */
  const secondaryLimit = (response, retryAfterSeconds) =>
    reply(response, 403, { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', documentation_url: `${DOCS}/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits` }, retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) });

  const standIn = createStandIn({
    name: 'GitHub',
    statePage: async () => {
      const names = await repositories.list(options.org);
      return `<p>Organization <b>${escapeHtml(options.org)}</b>, ${names.length} repositories:</p><ul>${names.map((name) => `<li>${escapeHtml(name)} — <code>git clone ${escapeHtml(base())}/${escapeHtml(options.org)}/${escapeHtml(name)}.git</code></li>`).join('')}</ul>`;
    },
    answerFault: (response, fault) => {
      if (fault.fault === '429') return reply(response, 429, { message: 'API rate limit exceeded', documentation_url: `${DOCS}/overview/rate-limits-for-the-rest-api` }, { 'retry-after': String(fault.retryAfterSeconds ?? 1) });
      if (fault.fault === '403-secondary') return secondaryLimit(response, fault.retryAfterSeconds);
      reply(response, Number(fault.fault), { message: 'Server Error' }, fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) });
    },
    async handle(request, response, url) {
      const authorized = isTokenGood(request.headers.authorization);
      const gitPath = /^\/([^/]+)\/([^/]+)\.git\/(info\/refs|git-upload-pack|git-receive-pack|HEAD|objects\/.*)$/.exec(url.pathname);
      if (gitPath !== null) {
        const [, owner = '', name = ''] = gitPath;
        const pushes = url.pathname.endsWith('git-receive-pack') || url.searchParams.get('service') === 'git-receive-pack';
        if (!/^[\w.-]+$/.test(owner) || !/^[\w.-]+$/.test(name) || !repositories.exists(owner, name)) {
          response.writeHead(authorized ? 404 : 401, { 'content-type': 'text/plain', ...(authorized ? {} : { 'www-authenticate': 'Basic realm="GitHub"' }) });
          return void response.end(authorized ? 'Repository not found.\n' : 'Authentication required\n');
        }
        if (pushes && mayOnlyRead(request.headers.authorization)) {
          response.writeHead(403, { 'content-type': 'text/plain' });
          return void response.end(`Permission to ${owner}/${name}.git denied to ocw-studio.\n`);
        }
        if (authorized && pushes && (await repositories.isArchived(owner, name))) {
          response.writeHead(403, { 'content-type': 'text/plain' });
          return void response.end(`${ARCHIVED}\n`);
        }
        if (!authorized && (pushes || (await repositories.isPrivate(owner, name)))) {
          response.writeHead(401, { 'content-type': 'text/plain', 'www-authenticate': 'Basic realm="GitHub"' });
          return void response.end('Authentication required\n');
        }
        const before = pushes && request.method === 'POST' ? await heads(owner, name) : undefined;
        await serveGit(request, response, { root: options.home, pathInfo: url.pathname, query: url.search.slice(1), user: authorized ? 'studio' : '' });
        if (before !== undefined) {
          const after = await heads(owner, name);
          const changes = [...after].filter(([ref, sha]) => before.get(ref) !== sha).map(([ref, sha]) => ({ ref, before: before.get(ref) ?? '0'.repeat(40), after: sha }));
          await announcePush(owner, name, changes);
        }
        return;
      }
      if (!url.pathname.startsWith(`${prefix}/`) && prefix !== '') {
        response.setHeader('x-standin-unexpected', '1');
        return notFound(response);
      }
      const path = decodedPath(url.pathname.slice(prefix.length));
      const forbidden = refusalOfHeaders(request.headers);
      if (forbidden !== null) return refuse(response, forbidden);
      const asApp = routes.some((candidate) => candidate.asApp === true && candidate.method === request.method && candidate.path.test(path));
      const refusedApp = asApp ? appAuth.refusalOf(request.headers.authorization) : null;
      if (refusedApp !== null) return reply(response, refusedApp.status, { message: refusedApp.message, documentation_url: DOCS, status: String(refusedApp.status) });
      if (!authorized && !asApp && request.headers.authorization !== undefined) return reply(response, 401, { message: 'Bad credentials', documentation_url: DOCS, status: '401' });
      const route = routes.find((candidate) => candidate.method === request.method && candidate.path.test(path));
      if (route === undefined) {
        response.setHeader('x-standin-unexpected', '1');
        return notFound(response);
      }
      const match = /** @type {RegExpExecArray} */ (route.path.exec(path));
      if (now() > windowEnds) {
        used = 0;
        windowEnds = now() + 3_600_000;
      }
      if (options.enterprise !== true && route.isFree !== true && used >= rateLimit) return reply(response, 403, { message: 'API rate limit exceeded for installation.', documentation_url: `${DOCS}/overview/rate-limits-for-the-rest-api` });
      if (route.isFree !== true) used += 1;
      const repository = new RegExp(`^${R}`).exec(path);
      if (repository !== null) {
        const [, owner = '', name = ''] = repository;
        if (!/^[\w.-]+$/.test(owner) || !/^[\w.-]+$/.test(name) || !repositories.exists(owner, name)) return notFound(response, '/repos/repos#get-a-repository');
        if (!authorized && (route.write === true || route.admin === true || (await repositories.isPrivate(owner, name)))) return notFound(response);
      }
      if ((route.write === true || route.admin === true) && mayOnlyRead(request.headers.authorization)) {
        return tokenOf(request.headers.authorization).startsWith('github_pat_') ? reply(response, 403, { message: 'Resource not accessible by personal access token', documentation_url: DOCS, status: '403' }) : notFound(response);
      }
      if (!authorized && (route.write === true || path === '/user')) return reply(response, 401, { message: 'Requires authentication', documentation_url: DOCS, status: '401' });
      if (route.creates === true && options.contentLimit !== false) {
        contentWrites = contentWrites.filter((at) => at > Date.now() - 60_000);
        if (contentWrites.length >= CONTENT_WRITES_A_MINUTE) return secondaryLimit(response, 60);
        contentWrites.push(Date.now());
      }
      /** @type {Record<string, any>} */
      let body = {};
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        const text = (await readBody(request)).toString('utf8');
        try {
          body = text === '' ? {} : JSON.parse(text);
        } catch {
          response.setHeader('x-standin-unexpected', '1');
          return reply(response, 400, { message: 'Problems parsing JSON', documentation_url: DOCS, status: '400' });
        }
      }
      const wrong = refusalOfParameters(route.takes ?? {}, url.searchParams, body);
      if (wrong !== null) return refuse(response, wrong);
      // What is archived can be given back to writers, and nothing else.
      if (repository !== null && (route.write === true || route.admin === true) && request.method !== 'GET' && (await repositories.isArchived(repository[1] ?? '', repository[2] ?? '')) && !(request.method === 'PATCH' && body['archived'] === false)) return reply(response, 403, { message: ARCHIVED, documentation_url: DOCS, status: '403' });
      await route.run({ match, body, url, response, reply: (status, answer, headers) => reply(response, status, answer, headers) });
    },
  });

  /** @param {string} owner @param {string} name @returns {Promise<Map<string, string>>} */
  async function heads(owner, name) {
    const lines = (await repositories.git(repositories.directoryOf(owner, name), ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads'])).split('\n').filter((line) => line !== '');
    return new Map(lines.map((line) => /** @type {[string, string]} */ (line.split(' '))));
  }

  return {
    ...standIn,
    repositories,
    /** Every token of the App's installation stops working. */
    revokeTokens: appAuth.revokeTokens,
    /** Creates a public repository of a folder's files, or brings it to them. @param {string} name @param {string} folder */
    async seed(name, folder) {
      if (!repositories.exists(options.org, name)) await repositories.create(options.org, name, { autoInit: false, isPrivate: false });
      return repositories.seed(options.org, name, folder);
    },
  };
}

/** The path as it was meant; one that is not encoded properly names nothing. @param {string} text */
function decodedPath(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return '/';
  }
}

/** Reads a token file where one is named, else the text itself. @param {string} text */
export function tokenFrom(text) {
  return text.startsWith('@') ? readFileSync(text.slice(1), 'utf8').trim() : text;
}
