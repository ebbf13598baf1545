// @ts-check
/**
 * A transparent proxy in front of an S3 server. Signed requests pass unchanged (the Host header stays the one that was
 * signed); its journal counts writes, copies and removals, and its faults speak S3's XML.
 */
import { request as httpRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createStandIn } from '../base.mjs';

/** @param {{ target: string }} options */
export function createS3Proxy(options) {
  const target = new URL(options.target);
  return createStandIn({
    name: 'S3 proxy',
    servesRoot: true,
    statePage: () => `Passes requests on to ${options.target}.`,
    answerFault: (response, fault) => {
      const status = Number(fault.fault);
      response.writeHead(status, { 'content-type': 'application/xml', ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }) });
      response.end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${status === 503 || status === 429 ? 'SlowDown' : 'InternalError'}</Code><Message>Please reduce your request rate.</Message><RequestId>standin</RequestId></Error>`);
    },
    handle: (request, response) =>
      new Promise((resolve, reject) => {
        const forward = httpRequest({ host: target.hostname, port: target.port, method: request.method, path: request.url, headers: request.headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          pipeline(answer, response).then(resolve, reject);
        });
        forward.on('error', reject);
        pipeline(request, forward).catch(reject);
      }),
  });
}
