// @ts-check
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, createReadStream, existsSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGeneratedBytes } from './generatedBytes.mjs';

export const FOLDER = 'application/vnd.google-apps.folder';
export const SHORTCUT = 'application/vnd.google-apps.shortcut';

/**
 * @typedef {object} Item a file or a folder
 * @property {string} id
 * @property {string} name
 * @property {string} mimeType
 * @property {string | null} parent null for the root alone
 * @property {string | null} trashedTime of the item itself; what lies in a trashed folder is trashed without one
 * @property {string} createdTime
 * @property {string} modifiedTime
 * @property {number} version
 * @property {Record<string, string>} appProperties
 * @property {{ kind: 'stored', blob: string } | { kind: 'generated', seed: string } | { kind: 'native', text: string, exportBytes: number } | null} content null for folders and shortcuts
 * @property {number | null} size bytes; null for folders, shortcuts and native documents
 * @property {string | null} md5
 * @property {string | null} target of a shortcut
 * @property {'abusive' | 'downloadQuotaExceeded' | null} flag
 */

/** @typedef {{ seq: number, at: number, id: string, item: Item | null }} Entry one change; without an item it is gone for good */
/** @typedef {ReadonlyMap<string, Item>} View */

/**
 * One shared drive on disk: bytes as files, and every change as a line of JSON. The lines are the metadata and the changes feed at once.
 * @param {{ home: string, driveId: string, now: () => number }} options `now` in epoch milliseconds
 */
export function createDriveStore({ home, driveId, now }) {
  const log = join(home, 'changes.jsonl');
  const blobs = join(home, 'bytes');
  mkdirSync(blobs, { recursive: true });
  /** @type {Map<string, Item>} */
  const items = new Map();
  /** What searches know. @type {Map<string, Item>} */
  const indexed = new Map();
  /** @type {Entry[]} */
  const entries = [];
  const idList = join(home, 'ids.txt');
  /** Ids that were handed out before there is anything to have them. */
  const reserved = new Set(existsSync(idList) ? readFileSync(idList, 'utf8').split('\n') : []);
  let indexedCount = 0;
  let indexLagMs = 0;

  /** @param {Map<string, Item>} view @param {Entry} entry */
  const apply = (view, { id, item }) => (item === null ? view.delete(id) : view.set(id, item));
  const written = existsSync(log) ? readFileSync(log) : Buffer.alloc(0);
  const whole = written.subarray(0, written.lastIndexOf('\n') + 1);
  // What a killed process left of a line must not become a part of the next one.
  if (whole.length < written.length) truncateSync(log, whole.length);
  for (const line of whole.toString('utf8').split('\n').slice(0, -1)) {
    /** @type {Entry} */
    const entry = JSON.parse(line);
    entries.push(entry);
    apply(items, entry);
  }

  const iso = () => new Date(now()).toISOString();
  const newId = () => `1${randomBytes(24).toString('base64url').replaceAll('_', '-')}`;

  /** @param {string} id @param {Item | null} item */
  function write(id, item) {
    /** @type {Entry} */
    const entry = { seq: (entries.at(-1)?.seq ?? 100) + 1, at: now(), id, item };
    appendFileSync(log, `${JSON.stringify(entry)}\n`);
    entries.push(entry);
    apply(items, entry);
  }

  function catchUp() {
    for (let entry = entries[indexedCount]; entry !== undefined && entry.at + indexLagMs <= now(); entry = entries[indexedCount]) {
      apply(indexed, entry);
      indexedCount += 1;
    }
  }

  if (!items.has(driveId)) write(driveId, { ...blank(), id: driveId, name: 'Drive', mimeType: FOLDER, parent: null });

  /** @returns {Item} */
  function blank() {
    const at = iso();
    return { id: '', name: 'Untitled', mimeType: 'application/octet-stream', parent: driveId, trashedTime: null, createdTime: at, modifiedTime: at, version: 1, appProperties: {}, content: null, size: null, md5: null, target: null, flag: null };
  }

  /** @param {string} id @param {View} [view] @returns {Item[]} */
  const childrenOf = (id, view = items) => [...view.values()].filter((item) => item.parent === id);

  return {
    items,
    childrenOf,

    /** @param {number} count @returns {string[]} */
    reserveIds(count) {
      const ids = Array.from({ length: count }, newId);
      appendFileSync(idList, `${ids.join('\n')}\n`);
      for (const id of ids) reserved.add(id);
      return ids;
    },

    /** @param {string} id */
    isReserved: (id) => reserved.has(id),

    /** What a search sees at this moment. @returns {View} */
    index() {
      catchUp();
      return indexed;
    },

    /** From now on searches know of a change only after so long. @param {number} ms */
    setIndexLag(ms) {
      catchUp();
      indexLagMs = ms;
    },

    /** @param {Item} item @param {View} [view] */
    isTrashed(item, view = items) {
      for (let at = /** @type {Item | undefined} */ (item); at !== undefined; at = at.parent === null ? undefined : view.get(at.parent)) if (at.trashedTime !== null) return true;
      return false;
    },

    /** Whether `id` is the folder itself or lies somewhere below it. @param {string} id @param {string} folder */
    isWithin(id, folder) {
      for (let at = items.get(id); at !== undefined; at = at.parent === null ? undefined : items.get(at.parent)) if (at.id === folder) return true;
      return false;
    },

    /** @param {Partial<Item>} facts @returns {Item} */
    add(facts) {
      const item = { ...blank(), ...facts };
      item.id ||= newId();
      write(item.id, item);
      return item;
    },

    /** @param {string} id @param {Partial<Item>} change @returns {Item} */
    change(id, change) {
      const before = items.get(id);
      if (before === undefined) throw new Error(`There is no ${id}`);
      const item = { ...before, modifiedTime: iso(), ...change, version: before.version + 1 };
      write(id, item);
      return item;
    },

    /** Takes an item and what lies in it away for good. @param {string} id */
    remove(id) {
      for (const child of childrenOf(id)) this.remove(child.id);
      write(id, null);
    },

    /**
     * What a file of these bytes has.
     * @param {Buffer} bytes
     * @returns {Pick<Item, 'content' | 'size' | 'md5'>}
     */
    keep(bytes) {
      const blob = newId();
      writeFileSync(join(blobs, `${blob}.new`), bytes);
      renameSync(join(blobs, `${blob}.new`), join(blobs, blob));
      return { content: { kind: 'stored', blob }, size: bytes.length, md5: createHash('md5').update(bytes).digest('hex') };
    },

    /**
     * The same for a file that is there already; it is moved.
     * @param {string} path
     * @param {number} size
     * @returns {Promise<Pick<Item, 'content' | 'size' | 'md5'>>}
     */
    async keepFile(path, size) {
      const hash = createHash('md5');
      for await (const chunk of createReadStream(path)) hash.update(chunk);
      const blob = newId();
      renameSync(path, join(blobs, blob));
      return { content: { kind: 'stored', blob }, size, md5: hash.digest('hex') };
    },

    /**
     * The same for content that is made up as it is read.
     * @param {number} size
     * @param {string} seed
     * @returns {Promise<Pick<Item, 'content' | 'size' | 'md5'>>}
     */
    keepGenerated: async (size, seed) => ({ content: { kind: 'generated', seed }, size, md5: await createGeneratedBytes(seed, size).md5() }),

    /**
     * @param {Item} item
     * @param {number} start
     * @param {number} end the byte after the last one
     * @returns {Readable}
     */
    open(item, start, end) {
      if (item.content === null || item.content.kind === 'native' || item.size === null) throw new Error(`${item.id} has no bytes`);
      if (start === end) return Readable.from([]);
      if (item.content.kind === 'generated') return Readable.from(createGeneratedBytes(item.content.seed, item.size).read(start, end), { objectMode: false });
      return createReadStream(join(blobs, item.content.blob), { start, end: end - 1, highWaterMark: 256 * 1024 });
    },

    /** The token of what comes next in the changes feed. */
    nextChange: () => (entries.at(-1)?.seq ?? 100) + 1,

    /**
     * Changes from a token on. An item that changed more than once stands where it changed last.
     * @param {number} token
     * @param {number} limit
     * @returns {{ changes: Entry[], next: number, isLast: boolean }}
     */
    changesFrom(token, limit) {
      /** @type {Map<string, Entry>} */
      const last = new Map();
      for (const entry of entries) {
        if (entry.seq < token) continue;
        last.delete(entry.id);
        last.set(entry.id, entry);
      }
      const all = [...last.values()];
      const changes = all.slice(0, limit);
      const isLast = all.length <= limit;
      return { changes, next: isLast ? this.nextChange() : (changes.at(-1)?.seq ?? token) + 1, isLast };
    },
  };
}
