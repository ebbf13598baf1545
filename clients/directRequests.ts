import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';

/** Where the requests of one bucket go, and whose region signs them. */
interface Place {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number | undefined;
  /** Before the key, with a slash at its end. */
  readonly path: string;
  readonly signingRegion: string;
}

export interface DirectRequest {
  readonly bucket: string;
  readonly key: string;
  /** Without those that address and sign the request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Absent for a request without content. */
  readonly body?: Buffer;
  /** Hex, where it is known already. */
  readonly sha256?: string;
}

/** How a request was answered: `done` with the answer’s text, `busy` when fewer requests are asked for, `other` for whatever else. */
export type DirectAnswer = { readonly kind: 'done'; readonly text: string } | { readonly kind: 'busy' | 'other'; readonly status: number | null };

/** What is used of the SDK's handler of connections. */
interface Connections {
  handle(request: object, options: { readonly abortSignal?: AbortSignal }): Promise<{ readonly response: { readonly statusCode: number; readonly body: unknown } }>;
}

const EMPTY_SHA256 = createHash('sha256').digest('hex');

/**
 * Sends the requests that a publish makes thousands of, with the SDK's own endpoints, signer and connections, but past its
 * chain of handlers, which is two thirds of what such a request costs a worker. Nothing is tried again and nothing explained
 * here: whatever is no plain success is for the caller to ask once more through the SDK, which does both.
 */
export function createDirectRequests(client: S3Client) {
  const signers = new Map<string, SignatureV4>();
  const places = new Map<string, Promise<Place | null>>();
  const connections = client.config.requestHandler as Connections;

  const signerOf = (region: string): SignatureV4 => {
    const known = signers.get(region) ?? new SignatureV4({ service: 's3', region, credentials: client.config.credentials, sha256: client.config.sha256, uriEscapePath: false, applyChecksum: false });
    signers.set(region, known);
    return known;
  };

  /** By the SDK's rules; null for a bucket whose requests are not signed the common way. */
  async function findPlace(bucket: string): Promise<Place | null> {
    const { config } = client;
    const endpoint = await config.endpoint?.();
    const port = endpoint?.port === undefined ? '' : `:${endpoint.port}`;
    const found = config.endpointProvider({
      Bucket: bucket,
      Region: await config.region(),
      ForcePathStyle: config.forcePathStyle === true,
      UseFIPS: false,
      UseDualStack: false,
      Accelerate: false,
      UseGlobalEndpoint: false,
      DisableMultiRegionAccessPoints: false,
      ...(endpoint === undefined ? {} : { Endpoint: `${endpoint.protocol}//${endpoint.hostname}${port}${endpoint.path}` }),
    });
    const schemes = found.properties?.['authSchemes'] as unknown as { name: string; signingRegion?: string }[] | undefined;
    const scheme = schemes?.[0];
    if (scheme?.name !== 'sigv4' || scheme.signingRegion === undefined) return null;
    const { url } = found;
    return { protocol: url.protocol, hostname: url.hostname, port: url.port === '' ? undefined : Number(url.port), path: url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`, signingRegion: scheme.signingRegion };
  }

  function placeOf(bucket: string): Promise<Place | null> {
    const known = places.get(bucket) ?? findPlace(bucket);
    places.set(bucket, known);
    return known;
  }

  return {
    /** Sends one PUT. It fails only when the caller gave up. */
    async put(request: DirectRequest, abortSignal?: AbortSignal): Promise<DirectAnswer> {
      try {
        const place = await placeOf(request.bucket);
        if (place === null) return { kind: 'other', status: null };
        const { body } = request;
        const signed = await signerOf(place.signingRegion).sign({
          method: 'PUT',
          protocol: place.protocol,
          hostname: place.hostname,
          ...(place.port === undefined ? {} : { port: place.port }),
          path: `${place.path}${escapeKey(request.key)}`,
          query: {},
          headers: {
            ...request.headers,
            host: place.port === undefined ? place.hostname : `${place.hostname}:${place.port}`,
            'content-length': String(body?.length ?? 0),
            'x-amz-content-sha256': request.sha256 ?? (body === undefined ? EMPTY_SHA256 : createHash('sha256').update(body).digest('hex')),
          },
        });
        const { response } = await connections.handle({ ...signed, body }, abortSignal === undefined ? {} : { abortSignal });
        const text = Buffer.from(await client.config.streamCollector(response.body)).toString('utf8');
        if (response.statusCode === 200) return { kind: 'done', text };
        return { kind: response.statusCode === 429 || (response.statusCode === 503 && /<Code>(SlowDown|Throttl|RequestLimitExceeded)/.test(text)) ? 'busy' : 'other', status: response.statusCode };
      } catch (error) {
        abortSignal?.throwIfAborted();
        // A connection that broke; the SDK meets the same and knows its name.
        if (error instanceof Error) return { kind: 'other', status: null };
        throw error;
      }
    },
  };
}

/** A key as it stands in the path of a signed request: every part escaped, also the signs that encodeURIComponent leaves. */
function escapeKey(key: string): string {
  return key.split('/').map((part) => encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)).join('/');
}
