import helmet from 'koa-helmet';
import type { Middleware } from 'koa';

/** What a browser may do for a page of ours; none of it is needed but copying an address and a film that fills the screen. */
const FEATURES_OFF = ['accelerometer', 'autoplay', 'bluetooth', 'camera', 'clipboard-read', 'display-capture', 'geolocation', 'gyroscope', 'hid', 'magnetometer', 'microphone', 'midi', 'payment', 'publickey-credentials-get', 'screen-wake-lock', 'serial', 'usb', 'xr-spatial-tracking'];
const PERMISSIONS_POLICY = [...FEATURES_OFF.map((feature) => `${feature}=()`), 'clipboard-write=(self)', 'fullscreen=(self "https://www.youtube-nocookie.com")'].join(', ');

/**
 * Nothing but our own files may run or be loaded, but for YouTube’s player and previews in frames; nobody may frame the studio; and the
 * page speaks to nobody but the studio and those at `spokenTo`: the bucket that authors’ files are sent to, and who is told of faults.
 */
export function koaSecurityHeaders(options: { readonly isHttps: boolean; readonly spokenTo: readonly string[]; readonly previews?: string }): Middleware {
  const secure = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        // Where the studio has no file of a video itself.
        frameSrc: ['https://www.youtube-nocookie.com', ...(options.previews === undefined ? [] : [options.previews])],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:'],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        connectSrc: ["'self'", ...options.spokenTo],
        // Sign-in leaves for the identity provider by redirect, which this also governs.
        formAction: ["'self'"],
      },
    },
    strictTransportSecurity: options.isHttps ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    frameguard: { action: 'deny' },
    crossOriginEmbedderPolicy: false,
  });
  return async (ctx, next) => {
    ctx.set('permissions-policy', PERMISSIONS_POLICY);
    await secure(ctx, next);
  };
}
