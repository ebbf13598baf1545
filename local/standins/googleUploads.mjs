// @ts-check
import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { GoogleRefusal } from './googleRefusal.mjs';

const CHUNK = 256 * 1024;

/** @typedef {{ metadata: Record<string, any>, mimeType: string, total: number | null, query: string, fileId: string | null, begunAt?: number }} Session `fileId`: what was made of it, once it is whole; `begunAt` is epoch milliseconds */

/**
 * Resumable uploads: sessions and what arrived of them lie on disk, so that they outlive a restart.
 * @param {object} options
 * @param {string} options.home
 * @param {() => number | null} options.keepBytes how much of a part is kept, null for all
 * @param {(session: Session, part: string, size: number) => Promise<string>} options.finish makes the file and returns its id
 * @param {() => number} [options.now] epoch milliseconds
 * @param {() => number | null} [options.lifeMs] how long a session is there, null for ever
 */
export function createGoogleUploads({ home, keepBytes, finish, now = Date.now, lifeMs = () => null }) {
  const folder = join(home, 'uploads');
  mkdirSync(folder, { recursive: true });
  const sessionFile = (/** @type {string} */ id) => join(folder, `${id}.json`);
  const partFile = (/** @type {string} */ id) => join(folder, `${id}.part`);

  /** @param {string} id @returns {Session} */
  function load(id) {
    const gone = () => new GoogleRefusal(404, 'notFound', 'Upload session not found.');
    if (!/^[\w-]+$/.test(id) || !existsSync(sessionFile(id))) throw gone();
    /** @type {Session} */
    const session = JSON.parse(readFileSync(sessionFile(id), 'utf8'));
    const life = lifeMs();
    if (life !== null && now() - (session.begunAt ?? 0) >= life) throw gone();
    return session;
  }

  /** @param {string} id @param {Session} session */
  const save = (id, session) => writeFileSync(sessionFile(id), JSON.stringify(session));
  /** Parts that are on their way, so that one whose sender went away is done with before the next begins. @type {Map<string, Promise<unknown>>} */
  const underWay = new Map();
  const receivedOf = (/** @type {string} */ id) => (existsSync(partFile(id)) ? statSync(partFile(id)).size : 0);

  return {
    /** @param {Session} session @returns {string} the id of the upload */
    begin(session) {
      const id = `A${randomBytes(18).toString('base64url')}`;
      save(id, { ...session, begunAt: now() });
      return id;
    },

    /** The answer's parameters, as the session was begun. @param {string} id */
    queryOf: (id) => load(id).query,

    /** Forgets sessions, as after a long time. @param {number} share of all, one at least; which they are nobody knows beforehand */
    expire(share) {
      const sessions = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
      for (const name of sessions.slice(0, Math.ceil(sessions.length * share))) for (const file of [join(folder, name), partFile(name.replace(/\.json$/, ''))]) rmSync(file, { force: true });
    },

    /**
     * Takes a part, or tells how far it is.
     * @param {import('node:http').IncomingMessage} request
     * @param {string} id
     * @returns {Promise<{ fileId: string } | { received: number }>}
     */
    async put(request, id) {
      const before = underWay.get(id);
      const taking = Promise.resolve(before).then(() => take(request, id));
      const settled = taking.then(() => undefined, () => undefined);
      underWay.set(id, settled);
      try {
        return await taking;
      } finally {
        if (underWay.get(id) === settled) underWay.delete(id);
      }
    },
  };

  /** @param {import('node:http').IncomingMessage} request @param {string} id @returns {Promise<{ fileId: string } | { received: number }>} */
  async function take(request, id) {
    const session = load(id);
    const malformed = () => new GoogleRefusal(400, 'badRequest', 'Failed to parse Content-Range header.', { location: 'Content-Range', locationType: 'header', unexpected: true });
    const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(request.headers['content-range'] ?? '');
    if (range === null) throw malformed();
    const total = range[3] === '*' ? session.total : Number(range[3]);
    if (session.total !== null && total !== session.total) throw malformed();
    if (session.fileId !== null) {
      request.resume();
      return { fileId: session.fileId };
    }
    const received = receivedOf(id);
    const isQuestion = range[1] === undefined;
    if (!isQuestion) {
      const [first, last] = [Number(range[1]), Number(range[2])];
      const length = last - first + 1;
      const isLast = total !== null && last + 1 === total;
      if (last < first || (total !== null && last >= total) || Number(request.headers['content-length']) !== length) throw malformed();
      if (!isLast && length % CHUNK !== 0) throw new GoogleRefusal(400, 'badRequest', 'The size of a part is not a multiple of 262144 bytes.', { unexpected: true });
      if (first !== received) {
        // Bytes that do not follow are thrown away; the answer says from where to go on.
        request.resume();
        return { received };
      }
      await pipeline(request, createWriteStream(partFile(id), { flags: 'a' })).catch((error) => {
        // Of a part whose sender went away whole pieces are kept.
        truncateSync(partFile(id), Math.floor(receivedOf(id) / CHUNK) * CHUNK);
        throw error;
      });
      const keep = keepBytes();
      if (keep !== null && keep < length) truncateSync(partFile(id), received + keep);
    } else request.resume();
    const now = receivedOf(id);
    if (total === null || now < total) return { received: now };
    if (now === 0) writeFileSync(partFile(id), '');
    const fileId = await finish(session, partFile(id), now);
    save(id, { ...session, fileId });
    return { fileId };
  }
}
