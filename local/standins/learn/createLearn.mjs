// @ts-check
/**
 * The webhook with which the catalogues that list our courses are told of a publish: MIT Learn's, and the older one's.
 * It queues nothing: what counts is what it was told.
 */
import { createStandIn, readBody, sendJson } from '../base.mjs';

const PATH = '/api/v1/ocw_next_webhook/';

/** @param {{ webhookKey: string }} options */
export function createLearn(options) {
  /** @type {Record<string, unknown>[]} */
  const notices = [];
  const standIn = createStandIn({
    name: 'MIT Learn',
    statePage: () => ['Notices, newest first:', ...notices.slice(-50).reverse().map((notice) => JSON.stringify(notice))].join('\n'),
    async handle(request, response, url) {
      const body = await readBody(request);
      if (url.pathname !== PATH || request.method !== 'POST') {
        response.setHeader('x-standin-unexpected', '1');
        return sendJson(response, url.pathname === PATH ? 405 : 404, { detail: url.pathname === PATH ? `Method "${request.method}" not allowed.` : 'Not found.' });
      }
      /** @type {Record<string, unknown>} */
      let content;
      try {
        content = JSON.parse(body.toString('utf8'));
      } catch {
        response.setHeader('x-standin-unexpected', '1');
        return sendJson(response, 500, { detail: 'A server error occurred.' });
      }
      const { webhook_key: key, ...notice } = content;
      // The key is checked by an exception that nobody catches.
      if (key !== options.webhookKey) return sendJson(response, 500, { detail: 'A server error occurred.' });
      if (notice['version'] !== 'live') return sendJson(response, 200, 'Not a live version, ignoring');
      const isUnpublish = notice['unpublished'] === true && typeof notice['site_uid'] === 'string';
      const prefixes = notice['prefix'] ?? notice['prefixes'];
      if (!isUnpublish && (prefixes === undefined || prefixes === '' || (Array.isArray(prefixes) && prefixes.length === 0))) return sendJson(response, 400, 'Could not determine appropriate action from request');
      notices.push(notice);
      sendJson(response, 200, isUnpublish ? 'OCW course queued for unpublishing' : 'OCW courses queued for indexing');
    },
  });
  return { ...standIn, notices };
}
