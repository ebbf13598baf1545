// @ts-check
/**
 * Makes the outputs of a job with ffmpeg: real files, small and fast rather than good. The same source with the same outputs is made once.
 */
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** @typedef {{ bucket: string, key: string, durationInMs: number, widthInPx: number, heightInPx: number }} TranscodedFile */

/**
 * @typedef {object} Store where sources and outputs lie
 * @property {(bucket: string, key: string) => Promise<import('node:stream').Readable | null>} read null for what is not there
 * @property {(bucket: string, key: string, path: string) => Promise<void>} write the file at `path`
 */

/** Why a job ends with an error. */
export class TranscodeFailure extends Error {
  /** @param {number} code of MediaConvert @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** @param {string} address */
export function placeOf(address) {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(address) ?? [];
  return bucket === undefined || key === undefined ? null : { bucket, key };
}

/**
 * The outputs that settings ask for: their keys, and their sizes where they are not the source’s.
 * @param {Record<string, any>} settings
 */
export function outputsOf(settings) {
  const source = String(settings['inputs'][0].fileInput);
  return /** @type {Record<string, any>[]} */ (settings['outputGroups']).flatMap((group) => {
    const destination = placeOf(group['outputGroupSettings'].fileGroupSettings.destination);
    if (destination === null) throw new TranscodeFailure(1450, 'The destination is no address of S3');
    const base = destination.key.endsWith('/') ? destination.key + (source.split('/').pop() ?? '').replace(/\.[^.]*$/, '') : destination.key;
    return /** @type {Record<string, any>[]} */ (group['outputs']).map((output) => ({
      bucket: destination.bucket,
      key: `${base}${output['nameModifier'] ?? ''}.mp4`,
      width: /** @type {number | undefined} */ (output['videoDescription']?.width),
      height: /** @type {number | undefined} */ (output['videoDescription']?.height),
    }));
  });
}

/**
 * @param {object} options
 * @param {string} options.ffmpeg path of the program
 * @param {Store} options.store
 * @param {string} options.folder for what was made and what is being made
 */
export function createTranscoder({ ffmpeg, store, folder }) {
  const cache = join(folder, 'cache');
  mkdirSync(cache, { recursive: true });
  /** @type {Set<import('node:child_process').ChildProcess>} */
  const children = new Set();
  /** One at a time: a job of ours must not take the machine from its tests. @type {Promise<unknown>} */
  let turn = Promise.resolve();
  let made = 0;

  /** What the program says, whether it did what it was asked or not. @param {readonly string[]} args */
  function run(args) {
    return /** @type {Promise<{ code: number | null, said: string }>} */ (
      new Promise((resolve, reject) => {
        const child = spawn(ffmpeg, ['-hide_banner', '-nostdin', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
        children.add(child);
        let said = '';
        child.stderr.setEncoding('utf8');
        child.stderr.on('data', (/** @type {string} */ chunk) => (said = (said + chunk).slice(-20_000)));
        child.on('error', reject);
        child.on('close', (code) => {
          children.delete(child);
          resolve({ code, said });
        });
      })
    );
  }

  /** @param {string} path */
  async function factsOf(path) {
    // It complains that there is nothing to make, after it has said what the file is.
    const { said } = await run(['-i', path]);
    const [, hours, minutes, seconds] = /Duration: (\d+):(\d+):(\d+\.\d+)/.exec(said) ?? [];
    const [, width, height] = /Video: .*?\b(\d{2,5})x(\d{2,5})\b/.exec(said) ?? [];
    if (hours === undefined || width === undefined) throw new TranscodeFailure(1030, 'Video codec [unknown] is not a supported input video codec');
    return { durationInMs: Math.round((Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000), widthInPx: Number(width), heightInPx: Number(height) };
  }

  /** @param {string} source @param {string} target @param {{ width?: number | undefined, height?: number | undefined }} size */
  async function make(source, target, { width, height }) {
    const picture = width === undefined || height === undefined ? 'scale=trunc(iw/2)*2:trunc(ih/2)*2' : `scale=${width}:${height}`;
    const { code, said } = await run(['-y', '-i', source, '-map', '0:v:0', '-map', '0:a:0?', '-r', '30', '-vf', picture, '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '30', '-c:a', 'aac', '-b:a', '96k', '-ar', '48000', '-ac', '2', '-threads', '1', '-movflags', '+faststart', '-f', 'mp4', target]);
    if (code !== 0) throw new TranscodeFailure(1030, /Invalid data|could not find codec/i.test(said) ? 'Video codec [unknown] is not a supported input video codec' : `Unable to decode: ${said.trim().split('\n').pop() ?? ''}`);
  }

  /** @param {Record<string, any>} settings @returns {Promise<TranscodedFile[]>} */
  async function transcode(settings) {
    const address = String(settings['inputs'][0].fileInput);
    const place = placeOf(address);
    const body = place === null ? null : await store.read(place.bucket, place.key);
    if (body === null) throw new TranscodeFailure(1404, `Unable to open input file [${address}]: [Failed probe/open: [Can't read input stream: [Failed to read data: Object not found]]]`);
    const outputs = outputsOf(settings);
    const work = join(folder, `work-${randomUUID()}`);
    mkdirSync(work);
    try {
      const source = join(work, 'source');
      const md5 = createHash('md5');
      body.on('data', (chunk) => md5.update(chunk));
      await pipeline(body, createWriteStream(source));
      const digest = md5.digest('hex');
      /** @type {TranscodedFile[]} */
      const files = [];
      for (const output of outputs) {
        const name = join(cache, `${digest}-${output.width ?? 0}x${output.height ?? 0}`);
        if (!existsSync(`${name}.json`)) {
          const target = join(work, 'target.mp4');
          await make(source, target, output);
          made += 1;
          const facts = await factsOf(target);
          renameSync(target, `${name}.mp4`);
          writeFileSync(`${name}.json`, JSON.stringify(facts));
        }
        await store.write(output.bucket, output.key, `${name}.mp4`);
        files.push({ bucket: output.bucket, key: output.key, ...JSON.parse(readFileSync(`${name}.json`, 'utf8')) });
      }
      return files;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }

  return {
    /** Makes the outputs that settings ask for. @param {Record<string, any>} settings @returns {Promise<TranscodedFile[]>} */
    transcode(settings) {
      const mine = turn.then(() => transcode(settings));
      turn = mine.catch(() => undefined);
      return mine;
    },

    /** How many files were made, and not taken from those of before. */
    made: () => made,

    close() {
      for (const child of children) child.kill('SIGKILL');
    },
  };
}

/** A file as a body that is sent. @param {string} path */
export const bodyOf = (path) => createReadStream(path);
