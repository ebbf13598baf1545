import type { Logger } from 'pino';
import { type IdpMetadata, readIdpMetadata } from './idpMetadata.ts';
import { SignInRefused } from './signInRefused.ts';

/** Metadata is read again after this, so that a changed certificate arrives. */
const LIFE_MS = 15 * 60_000;
/** A signature of no known key has them read again at once, but not oftener: anybody can send one. */
const RENEWAL_PAUSE_MS = 60_000;

/** What is known of the identity provider, from its metadata by file or address. */
export function createIdpSource(options: { readonly source: string | undefined; readonly log: Logger; readonly now?: () => number }) {
  const { source, log, now = Date.now } = options;
  let cached: { readonly metadata: IdpMetadata; readonly readAt: number } | undefined;
  let reading: Promise<IdpMetadata> | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;

  function read(from: string): Promise<IdpMetadata> {
    reading ??= readIdpMetadata(from)
      .then((metadata) => {
        cached = { metadata, readAt: now() };
        return metadata;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  }

  return {
    /** @throws {SignInRefused} when it cannot be read and was never read before. */
    async current(): Promise<IdpMetadata> {
      if (source === undefined) throw new SignInRefused('unavailable', 'SAML_IDP_METADATA is not set');
      if (cached !== undefined && now() - cached.readAt < LIFE_MS) return cached.metadata;
      try {
        return await read(source);
      } catch (error) {
        // An old copy is better than nobody signing in; its signatures are checked all the same.
        if (cached === undefined) throw new SignInRefused('unavailable', error instanceof Error ? error.message : String(error));
        log.warn({ err: error }, 'The identity provider’s metadata could not be read again');
        return cached.metadata;
      }
    },

    /** Reads again after a signature that no certificate of `known` fits. @returns null when that brings no other certificates, or when it was tried moments ago. */
    async renewed(known: IdpMetadata): Promise<IdpMetadata | null> {
      if (source === undefined) return null;
      // Another request may have brought them since.
      if (cached !== undefined && hasOthers(cached.metadata, known)) return cached.metadata;
      if (now() - renewedAt < RENEWAL_PAUSE_MS) return null;
      renewedAt = now();
      try {
        const metadata = await read(source);
        return hasOthers(metadata, known) ? metadata : null;
      } catch (error) {
        log.warn({ err: error }, 'The identity provider’s metadata could not be read again');
        return null;
      }
    },
  };
}

function hasOthers(metadata: IdpMetadata, known: IdpMetadata): boolean {
  return metadata.certificates.some((certificate) => !known.certificates.includes(certificate)) || metadata.entityId !== known.entityId;
}
