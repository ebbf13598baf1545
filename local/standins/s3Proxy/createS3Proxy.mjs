// @ts-check
/**
 * A transparent proxy in front of an S3 server. Signed requests pass unchanged (the Host header stays the one that was
 * signed); its journal counts writes, copies and removals, and its faults speak S3's XML.
 */
import { request as httpRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createStandIn } from '../base.mjs';

/** Errors that answer an honest question. Any other is a client's fault, and journalled as unexpected. */
const HONEST = ['NoSuchKey', 'NoSuchVersion', 'NoSuchUpload', 'NotFound', 'PreconditionFailed', 'ConditionalRequestConflict', 'InvalidRange', 'BucketAlreadyOwnedByYou', 'BucketNotEmpty'];
/** The same for answers to HEAD, which carry no code. */
const HONEST_STATUS = [404, 412, 416];
const messageOf = { AccessDenied: 'Access Denied', SlowDown: 'Please reduce your request rate.', InternalError: 'We encountered an internal error. Please try again.' };
const MAX_ERROR_BYTES = 64 * 1024;

/** @param {{ target: string }} options */
export function createS3Proxy(options) {
  const target = new URL(options.target);
  return createStandIn({
    name: 'S3 proxy',
    servesRoot: true,
    statePage: () => `Passes requests on to ${options.target}.`,
    answerFault: (response, fault) => {
      const status = fault.fault === '200-error' ? 200 : Number(fault.fault);
      const code = status === 403 ? 'AccessDenied' : status === 503 || status === 429 ? 'SlowDown' : 'InternalError';
      response.writeHead(status, { 'content-type': 'application/xml', ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }) });
      response.end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${messageOf[code]}</Message><RequestId>standin</RequestId></Error>`);
    },
    handle: (request, response) =>
      new Promise((resolve, reject) => {
        const forward = httpRequest({ host: target.hostname, port: target.port, method: request.method, path: request.url, headers: request.headers }, (answer) => {
          passOn(request, answer, response).then(resolve, reject);
        });
        // A server that is away is a connection that breaks, as it would be without a proxy; so is a client that went away.
        const broken = () => {
          forward.destroy();
          response.destroy();
          resolve();
        };
        forward.on('error', broken);
        pipeline(request, forward).catch(broken);
      }),
  });
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').IncomingMessage} answer
 * @param {import('node:http').ServerResponse} response
 */
async function passOn(request, answer, response) {
  const status = answer.statusCode ?? 502;
  if (status < 400 || status >= 500) {
    response.writeHead(status, answer.headers);
    // A reader who goes away in the middle is no event.
    await pipeline(answer, response).catch(() => response.destroy());
    return;
  }
  /** @type {Buffer[]} */
  const chunks = [];
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += chunk.length;
    if (bytes <= MAX_ERROR_BYTES) chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const code = /<Code>([^<]*)<\/Code>/.exec(body.toString('utf8'))?.[1];
  const isHonest = request.method === 'HEAD' || code === undefined ? HONEST_STATUS.includes(status) : HONEST.includes(code);
  if (!isHonest) response.setHeader('x-standin-unexpected', '1');
  response.writeHead(status, answer.headers);
  response.end(body);
}
