// @ts-check
/**
 * What a CDN keeps of its origins: answers by service and address, found again by their surrogate keys, never more than a
 * number of bytes. What was not used longest goes first.
 */

/**
 * @typedef {object} Entry
 * @property {string} service
 * @property {string} path
 * @property {number} status 200 or 404
 * @property {Readonly<Record<string, string>>} headers
 * @property {Buffer} body
 * @property {readonly string[]} keys surrogate keys: who purges one of them takes this away
 * @property {number} storedAt epoch milliseconds
 * @property {number} freshUntil epoch milliseconds
 */

/** What an entry takes beside its body: its headers, its address and its places in the indexes. */
const ENTRY_BYTES = 1_024;

/** @param {{ maxBytes: number }} options */
export function createCache({ maxBytes }) {
  /** In the order of their last use. @type {Map<string, Entry>} */
  const entries = new Map();
  /** @type {Map<string, Set<string>>} */
  const byKey = new Map();
  let bytes = 0;

  const idOf = (/** @type {string} */ service, /** @type {string} */ path) => `${service} ${path}`;
  const keyId = (/** @type {string} */ service, /** @type {string} */ key) => `${service} ${key}`;
  const sizeOf = (/** @type {Entry} */ entry) => entry.body.length + ENTRY_BYTES;

  /** @param {string} id */
  function drop(id) {
    const entry = entries.get(id);
    if (entry === undefined) return;
    entries.delete(id);
    bytes -= sizeOf(entry);
    for (const key of entry.keys) {
      const ids = byKey.get(keyId(entry.service, key));
      ids?.delete(id);
      if (ids?.size === 0) byKey.delete(keyId(entry.service, key));
    }
  }

  return {
    /** @param {string} service @param {string} path @returns {Entry | undefined} */
    get(service, path) {
      const id = idOf(service, path);
      const entry = entries.get(id);
      if (entry === undefined) return undefined;
      entries.delete(id);
      entries.set(id, entry);
      return entry;
    },

    /** @param {Entry} entry */
    put(entry) {
      const id = idOf(entry.service, entry.path);
      drop(id);
      entries.set(id, entry);
      bytes += sizeOf(entry);
      for (const key of entry.keys) {
        const ids = byKey.get(keyId(entry.service, key)) ?? new Set();
        ids.add(id);
        byKey.set(keyId(entry.service, key), ids);
      }
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        drop(oldest);
      }
    },

    /**
     * A hard purge takes what carries the key away; a soft one leaves it, no longer fresh.
     * @param {string} service @param {string} key @param {boolean} soft @returns {number} how many it met
     */
    purge(service, key, soft) {
      const ids = [...(byKey.get(keyId(service, key)) ?? [])];
      for (const id of ids) {
        const entry = entries.get(id);
        if (!soft) drop(id);
        else if (entry !== undefined) entry.freshUntil = 0;
      }
      return ids.length;
    },

    /** @param {string} service @returns {{ entries: number, bytes: number }} */
    sizeOf(service) {
      const own = [...entries.values()].filter((entry) => entry.service === service);
      return { entries: own.length, bytes: own.reduce((sum, entry) => sum + entry.body.length, 0) };
    },

    /** Bytes it takes altogether. */
    get bytes() {
      return bytes;
    },
  };
}
