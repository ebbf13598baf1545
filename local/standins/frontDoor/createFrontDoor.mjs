// @ts-check
/**
 * The static face of one web bucket, what the CDN's rules make of its addresses: a folder answers with its `index.html`, an
 * address without a slash and without an extension goes to the one with a slash, course pages find the shared assets.
 * It caches nothing: the Fastly stand-in, which opens it, does.
 */
import { GetObjectCommand, HeadObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { STATUS_CODES } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createStandIn } from '../base.mjs';

/** Keys of S3 end here. */
const MAX_PATH_BYTES = 1024;

/**
 * @param {{ endpoint: string, bucket: string, accessKey: string, secretKey: string, region?: string }} options
 */
export function createFrontDoor(options) {
  const s3 = new S3Client({
    region: options.region ?? 'us-east-1',
    endpoint: options.endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: options.accessKey, secretAccessKey: options.secretKey },
    maxAttempts: 2,
  });

  /** @param {string} path @returns {{ redirect: string } | { key: string }} */
  function resolve(path) {
    const shared = /^\/courses\/.*?\/static_shared\/(.*)$/.exec(path);
    const found = shared === null ? path : `/static_shared/${shared[1]}`;
    if (found.endsWith('/')) return { key: `${found}index.html`.slice(1) };
    const last = found.slice(found.lastIndexOf('/') + 1);
    // The query is dropped, as the CDN drops it.
    if (!last.includes('.')) return { redirect: `${path}/` };
    return { key: found.slice(1) };
  }

  /** @param {unknown} error S3 answers 403 for a missing key where listing is not allowed. */
  const isMissing = (error) => error instanceof S3ServiceException && (error.$metadata.httpStatusCode === 404 || error.$metadata.httpStatusCode === 403 || error.name === 'NoSuchKey');

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   * @param {string} key
   * @param {number} status
   */
  async function send(request, response, key, status) {
    const isHead = request.method === 'HEAD';
    const range = typeof request.headers.range === 'string' && status === 200 ? request.headers.range : undefined;
    const input = { Bucket: options.bucket, Key: key, ...(range === undefined ? {} : { Range: range }) };
    const object = isHead ? await s3.send(new HeadObjectCommand(input)) : await s3.send(new GetObjectCommand(input));
    /** @type {Record<string, string>} */
    const headers = {
      'content-type': object.ContentType ?? 'binary/octet-stream',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      ...(object.ETag === undefined ? {} : { etag: object.ETag }),
      ...(object.LastModified === undefined ? {} : { 'last-modified': object.LastModified.toUTCString() }),
      ...(object.ContentLength === undefined ? {} : { 'content-length': String(object.ContentLength) }),
      ...(object.Metadata?.['site-id'] === undefined ? {} : { 'surrogate-key': object.Metadata['site-id'] }),
    };
    if (status === 200 && object.ETag !== undefined && request.headers['if-none-match'] === object.ETag) {
      delete headers['content-length'];
      response.writeHead(304, headers);
      return void response.end();
    }
    const contentRange = 'ContentRange' in object ? object.ContentRange : undefined;
    if (contentRange !== undefined) headers['content-range'] = contentRange;
    response.writeHead(contentRange === undefined ? status : 206, headers);
    if (isHead || !('Body' in object) || object.Body === undefined) return void response.end();
    // A reader who goes away in the middle is no event.
    await pipeline(/** @type {import('node:stream').Readable} */ (object.Body), response).catch(() => response.destroy());
  }

  const standIn = createStandIn({
    name: `Front door of ${options.bucket}`,
    servesRoot: true,
    statePage: () => `Serves the bucket ${options.bucket} at ${options.endpoint}.`,
    answerFault: (response, fault) => {
      const status = Number(fault.fault);
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }) });
      response.end(`Error ${status} ${STATUS_CODES[status] ?? ''}\n`);
    },
    async handle(request, response, url) {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        request.resume();
        return refuse(response, 405, 'A published site can only be read.', { allow: 'GET, HEAD' });
      }
      const path = readPath(url.pathname);
      if (path === null) return refuse(response, 400, 'This address is not encoded properly, or leads out of the site.');
      const target = resolve(path);
      if ('redirect' in target) {
        response.writeHead(301, { location: encodeURI(target.redirect) });
        return void response.end();
      }
      try {
        await send(request, response, target.key, 200);
      } catch (error) {
        if (!isMissing(error)) return unavailable(response, error);
        try {
          await send(request, response, '404.html', 404);
        } catch (inner) {
          if (!isMissing(inner)) return unavailable(response, inner);
          response.writeHead(404, { 'content-type': 'text/html; charset=utf-8', 'x-content-type-options': 'nosniff' });
          response.end('<!doctype html><html lang="en"><title>Not found</title><h1>Not found</h1><p>There is no page at this address.</p></html>');
        }
      }
    },
  });
  return {
    ...standIn,
    close: async () => {
      await standIn.close();
      s3.destroy();
    },
  };
}

/** @param {string} text the path as it was sent @returns {string | null} null when no page can have it */
function readPath(text) {
  try {
    const path = decodeURIComponent(text);
    const isPlain = !/[\u0000-\u001f\u007f\\]/.test(path) && Buffer.byteLength(path) <= MAX_PATH_BYTES;
    return isPlain && path.split('/').every((part) => part !== '..' && part !== '.') ? path : null;
  } catch {
    return null;
  }
}

/**
 * What no browser asks for.
 * @param {import('node:http').ServerResponse} response @param {number} status @param {string} text @param {Record<string, string>} [headers]
 */
function refuse(response, status, text, headers = {}) {
  response.setHeader('x-standin-unexpected', '1');
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(`${text}\n`);
}

/** @param {import('node:http').ServerResponse} response @param {unknown} error */
function unavailable(response, error) {
  if (response.headersSent) return void response.destroy();
  response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' });
  response.end(`The file store does not answer: ${error instanceof Error ? error.message : String(error)}\n`);
}
