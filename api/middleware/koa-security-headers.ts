import helmet from 'koa-helmet';
import type { Middleware } from 'koa';

/**
 * Nothing but our own files may run or be loaded, but for YouTube’s player in a frame; and nobody may frame the studio.
 * @param told origins, beside ours, that pages may send to: the one faults are reported to
 */
export function koaSecurityHeaders(isHttps: boolean, told: readonly string[] = []): Middleware {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        // Where the studio has no file of a video itself.
        frameSrc: ['https://www.youtube-nocookie.com'],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:'],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        connectSrc: ["'self'", ...told],
        // Sign-in leaves for the identity provider by redirect, which this also governs.
        formAction: ["'self'"],
      },
    },
    strictTransportSecurity: isHttps ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    crossOriginEmbedderPolicy: false,
  });
}
