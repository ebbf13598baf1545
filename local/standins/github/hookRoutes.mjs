// @ts-check
/** The REST API of a repository's webhooks. Who may not administer the repository is told that there is none. */

const HOOKS = '/repos/([^/]+)/([^/]+)/hooks';
/** What a hook's configuration may name here. */
const CONFIG_KEYS = ['url', 'content_type', 'secret', 'insecure_ssl'];
const PER_PAGE = 30;

/** @typedef {import('./createGitHub.mjs').Route} Route */
/** @typedef {import('node:http').ServerResponse} Response */

/**
 * @param {{
 *   webhooks: ReturnType<typeof import('./webhooks.mjs').createWebhooks>,
 *   apiUrl: () => string,
 *   notFound: (response: Response, anchor?: string) => void,
 *   unprocessable: (response: Response, message: string, errors: { resource: string, field: string, code: string, message?: string }[]) => void,
 *   refuse: (response: Response, refusal: import('./strictness.mjs').Refusal) => void,
 * }} options
 * @returns {Route[]}
 */
export function hookRoutes({ webhooks, apiUrl, notFound, unprocessable, refuse }) {
  /** @param {RegExpExecArray} match */
  const keyOf = (match) => `${match[1]}/${match[2]}`;
  /** @param {RegExpExecArray} match */
  const urlOf = (match) => `${apiUrl()}/repos/${keyOf(match)}/hooks`;

  /**
   * What is wrong with a hook's configuration, answered; true when something is.
   * @param {Response} response @param {string} key @param {Record<string, any> | undefined} config @param {number} [own] id of the hook that is changed
   */
  async function isWrong(response, key, config, own) {
    if (config === undefined) return false;
    const unknown = Object.keys(config).filter((name) => !CONFIG_KEYS.includes(name));
    /** @param {string} message */
    const invalid = (message) => unprocessable(response, 'Validation Failed', [{ resource: 'Hook', code: 'custom', field: 'url', message }]);
    if (unknown.length > 0) refuse(response, { status: 422, message: `Invalid request.\n\n${unknown.map((name) => `"${name}" is not a permitted key.`).join('\n')}` });
    else if (typeof config['url'] !== 'string' && own === undefined) invalid('url is missing');
    else if (config['content_type'] !== undefined && !['json', 'form'].includes(config['content_type'])) invalid('content_type is not one of json, form');
    else if ((await webhooks.list(key)).some((hook) => hook.id !== own && hook.config.url === config['url'])) invalid('Hook already exists on this repository');
    else return false;
    return true;
  }

  return [
    {
      method: 'GET',
      path: new RegExp(`^${HOOKS}$`),
      admin: true,
      takes: { query: ['per_page', 'page'] },
      run: async ({ match, url, reply }) => {
        const hooks = await webhooks.list(keyOf(match));
        const perPage = Math.min(100, Number(url.searchParams.get('per_page') ?? PER_PAGE));
        const page = Number(url.searchParams.get('page') ?? 1);
        const hasNext = hooks.length > page * perPage;
        reply(200, hooks.slice((page - 1) * perPage, page * perPage).map((hook) => webhooks.shown(hook, urlOf(match))), hasNext ? { link: `<${urlOf(match)}?per_page=${perPage}&page=${page + 1}>; rel="next"` } : {});
      },
    },
    {
      method: 'POST',
      path: new RegExp(`^${HOOKS}$`),
      write: true,
      admin: true,
      takes: { body: { name: 'string', active: 'boolean', events: 'array', config: 'object' }, required: ['config'] },
      run: async ({ match, body, response, reply }) => {
        if (await isWrong(response, keyOf(match), body['config'])) return;
        reply(201, webhooks.shown(await webhooks.add(keyOf(match), body['config'], { events: body['events'] ?? ['push'], active: body['active'] ?? true }), urlOf(match)));
      },
    },
    {
      method: 'PATCH',
      path: new RegExp(`^${HOOKS}/(\\d+)$`),
      write: true,
      admin: true,
      takes: { body: { active: 'boolean', events: 'array', config: 'object' } },
      run: async ({ match, body, response, reply }) => {
        const id = Number(match[3]);
        if (await isWrong(response, keyOf(match), body['config'], id)) return;
        const hook = await webhooks.change(keyOf(match), id, body);
        if (hook === undefined) return notFound(response, '/repos/webhooks#update-a-repository-webhook');
        reply(200, webhooks.shown(hook, urlOf(match)));
      },
    },
    {
      method: 'DELETE',
      path: new RegExp(`^${HOOKS}/(\\d+)$`),
      write: true,
      admin: true,
      run: async ({ match, response, reply }) => ((await webhooks.remove(keyOf(match), Number(match[3]))) ? reply(204) : notFound(response, '/repos/webhooks#delete-a-repository-webhook')),
    },
  ];
}
