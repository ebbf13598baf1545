// @ts-check
import { sendJson } from './base.mjs';

/**
 * What one of Google's APIs refuses, in its own JSON. `unexpected` marks a request that no correct client sends.
 */
export class GoogleRefusal extends Error {
  /**
   * @param {number} status
   * @param {string} reason
   * @param {string} message
   * @param {{ location?: string, locationType?: 'parameter' | 'header', domain?: string, unexpected?: boolean }} [more]
   */
  constructor(status, reason, message, more = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.more = more;
  }
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {GoogleRefusal} refusal
 * @param {Record<string, string>} [headers]
 */
export function sendRefusal(response, refusal, headers = {}) {
  const { location, locationType, domain = 'global', unexpected } = refusal.more;
  if (unexpected === true) response.setHeader('x-standin-unexpected', '1');
  const detail = { message: refusal.message, domain, reason: refusal.reason, ...(location === undefined ? {} : { location, locationType }) };
  sendJson(response, refusal.status, { error: { code: refusal.status, message: refusal.message, errors: [detail] } }, headers);
}
