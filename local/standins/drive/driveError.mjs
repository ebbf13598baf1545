// @ts-check
import { sendJson } from '../base.mjs';

/**
 * What Google refuses, in its own JSON. `unexpected` marks a request that no correct client sends.
 */
export class DriveRefusal extends Error {
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

/** A parameter, or a combination of them, that means nothing. @param {string} location @param {string} [message] */
export const invalid = (location, message = 'Invalid Value') => new DriveRefusal(400, 'invalid', message, { location, locationType: 'parameter', unexpected: true });

/** @param {string} id */
export const notFound = (id) => new DriveRefusal(404, 'notFound', `File not found: ${id}.`, { location: 'fileId', locationType: 'parameter' });

/** The account's role in the drive does not allow it. */
export const forbidden = () => new DriveRefusal(403, 'insufficientFilePermissions', 'The user does not have sufficient permissions for this file.');

/**
 * @param {import('node:http').ServerResponse} response
 * @param {DriveRefusal} refusal
 * @param {Record<string, string>} [headers]
 */
export function sendRefusal(response, refusal, headers = {}) {
  const { location, locationType, domain = 'global', unexpected } = refusal.more;
  if (unexpected === true) response.setHeader('x-standin-unexpected', '1');
  const detail = { message: refusal.message, domain, reason: refusal.reason, ...(location === undefined ? {} : { location, locationType }) };
  sendJson(response, refusal.status, { error: { code: refusal.status, message: refusal.message, errors: [detail] } }, headers);
}
