// @ts-check
import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';

/** Bytes that are the same pattern but for their number, so that parts in a wrong order never add up to the right sum. */
const BLOCK = 64 * 1024;
const SLAB = 16 * BLOCK;

/**
 * The content of a big file that is stored nowhere: every byte follows from the seed and its place.
 * @param {string} seed
 * @param {number} size bytes
 */
export function createGeneratedBytes(seed, size) {
  const base = Buffer.alloc(BLOCK);
  for (let at = 0, round = 0; at < BLOCK; at += 32, round += 1) createHash('sha256').update(`${seed}/${round}`).digest().copy(base, at);

  /** @param {number} start a multiple of the block's size @param {number} length */
  function slab(start, length) {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at += BLOCK) {
      base.copy(bytes, at, 0, Math.min(BLOCK, length - at));
      // The block's number, as far as the last block has room for it.
      const number = Buffer.alloc(8);
      number.writeBigUInt64BE(BigInt((start + at) / BLOCK));
      number.copy(bytes, at, 0, Math.min(8, length - at));
    }
    return bytes;
  }

  return {
    /** @param {number} start @param {number} end the byte after the last one */
    *read(start, end) {
      let at = start;
      while (at < end) {
        const first = Math.floor(at / BLOCK) * BLOCK;
        const bytes = slab(first, Math.min(SLAB, size - first)).subarray(at - first, Math.min(SLAB, end - first));
        yield bytes;
        at += bytes.length;
      }
    },

    /** The MD5 of the whole, in hex. It takes seconds for gigabytes, and leaves room for other requests. */
    async md5() {
      const hash = createHash('md5');
      for (let at = 0; at < size; at += SLAB) {
        hash.update(slab(at, Math.min(SLAB, size - at)));
        await breathe();
      }
      return hash.digest('hex');
    },
  };
}
