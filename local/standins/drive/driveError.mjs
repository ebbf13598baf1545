// @ts-check
import { GoogleRefusal } from '../googleRefusal.mjs';

/** A parameter, or a combination of them, that means nothing. @param {string} location @param {string} [message] */
export const invalid = (location, message = 'Invalid Value') => new GoogleRefusal(400, 'invalid', message, { location, locationType: 'parameter', unexpected: true });

/** @param {string} id */
export const notFound = (id) => new GoogleRefusal(404, 'notFound', `File not found: ${id}.`, { location: 'fileId', locationType: 'parameter' });

/** The account's role in the drive does not allow it. */
export const forbidden = () => new GoogleRefusal(403, 'insufficientFilePermissions', 'The user does not have sufficient permissions for this file.');
