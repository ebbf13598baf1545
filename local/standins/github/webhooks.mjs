// @ts-check
/** Repository webhooks: kept in one file, called after a push with both signatures. */
import { createHmac, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** @typedef {{ id: number, config: { url: string, secret?: string, content_type: string }, events: string[], active: boolean }} Hook */

/** @param {string} file */
export function createWebhooks(file) {
  /** @returns {Promise<Record<string, Hook[]>>} */
  const read = () => readFile(file, 'utf8').then((text) => JSON.parse(text), () => ({}));
  /** @param {Record<string, Hook[]>} hooks */
  const write = async (hooks) => {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(hooks));
  };

  return {
    /** A secret is never shown again. @param {Hook} hook @param {string} hooksUrl */
    shown: (hook, hooksUrl) => ({ ...hook, url: `${hooksUrl}/${hook.id}`, type: 'Repository', name: 'web', config: { ...hook.config, ...(hook.config.secret === undefined ? {} : { secret: '********' }) } }),

    /** @param {string} repository `owner/name` @returns {Promise<Hook[]>} */
    list: async (repository) => (await read())[repository] ?? [],

    /** @param {string} repository @param {Record<string, any>} config @param {{ events: string[], active: boolean }} how */
    async add(repository, config, { events, active }) {
      const hooks = await read();
      const id = 1 + Math.max(0, ...Object.values(hooks).flat().map((hook) => hook.id));
      const hook = { id, config: configOf(config), events, active };
      await write({ ...hooks, [repository]: [...(hooks[repository] ?? []), hook] });
      return hook;
    },

    /**
     * What is given replaces what was there; of the configuration all of it, so that one without a secret takes the secret away.
     * @param {string} repository
     * @param {number} id
     * @param {{ config?: Record<string, any>, events?: string[], active?: boolean }} change
     * @returns {Promise<Hook | undefined>}
     */
    async change(repository, id, change) {
      const hooks = await read();
      const before = (hooks[repository] ?? []).find((hook) => hook.id === id);
      if (before === undefined) return undefined;
      const hook = { ...before, ...change, config: change.config === undefined ? before.config : configOf({ url: before.config.url, ...change.config }) };
      await write({ ...hooks, [repository]: (hooks[repository] ?? []).map((other) => (other.id === id ? hook : other)) });
      return hook;
    },

    /** @param {string} repository @param {number} id @returns {Promise<boolean>} whether there was one */
    async remove(repository, id) {
      const hooks = await read();
      const left = (hooks[repository] ?? []).filter((hook) => hook.id !== id);
      if (left.length === (hooks[repository] ?? []).length) return false;
      await write({ ...hooks, [repository]: left });
      return true;
    },

    /** @param {string} repository @param {string} event @param {unknown} payload */
    async deliver(repository, event, payload) {
      const text = JSON.stringify(payload);
      for (const hook of (await read())[repository] ?? []) {
        if (!hook.active || (!hook.events.includes(event) && !hook.events.includes('*'))) continue;
        const isJson = hook.config.content_type === 'json';
        const body = isJson ? text : `payload=${encodeURIComponent(text)}`;
        const { secret } = hook.config;
        /** @param {string} algorithm */
        const signed = (algorithm) => createHmac(algorithm, secret ?? '').update(body).digest('hex');
        await fetch(hook.config.url, {
          method: 'POST',
          headers: {
            'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
            'user-agent': 'GitHub-Hookshot/standin',
            'x-github-event': event,
            'x-github-delivery': randomUUID(),
            'x-github-hook-id': String(hook.id),
            ...(secret === undefined ? {} : { 'x-hub-signature-256': `sha256=${signed('sha256')}`, 'x-hub-signature': `sha1=${signed('sha1')}` }),
          },
          body,
          signal: AbortSignal.timeout(10_000),
        }).catch(() => undefined); // GitHub does not repeat a delivery that failed either.
      }
    },
  };
}

/** @param {Record<string, any>} config @returns {Hook['config']} */
function configOf(config) {
  return { url: config['url'], ...(config['secret'] === undefined ? {} : { secret: config['secret'] }), content_type: config['content_type'] ?? 'form' };
}
