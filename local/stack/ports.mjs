// @ts-check
import { createServer } from 'node:net';
import { SetupError } from '../tools/SetupError.mjs';

/** Each listener of the stack: the variable that sets its port and the port it takes when nobody says. */
export const PORTS = /** @type {const} */ ({
  studio: { variable: 'STUDIO_PORT', fallback: 8400 },
  temporal: { variable: 'TEMPORAL_PORT', fallback: 8433 },
  temporalUi: { variable: 'TEMPORAL_UI_PORT', fallback: 8434 },
  postgres: { variable: 'POSTGRES_PORT', fallback: 8435 },
  s3: { variable: 'S3_PORT', fallback: 8436 },
  github: { variable: 'GITHUB_PORT', fallback: 8437 },
  samlIdp: { variable: 'SAML_IDP_PORT', fallback: 8438 },
  draftSite: { variable: 'DRAFT_SITE_PORT', fallback: 8439 },
  liveSite: { variable: 'LIVE_SITE_PORT', fallback: 8440 },
  workerHealth: { variable: 'WORKER_HEALTH_PORT', fallback: 8441 },
  mailgun: { variable: 'MAILGUN_PORT', fallback: 8442 },
  fastly: { variable: 'FASTLY_PORT', fallback: 8446 },
  testSite: { variable: 'TEST_SITE_PORT', fallback: 8443 },
  preview: { variable: 'STUDIO_PREVIEW_PORT', fallback: 8444 },
  learn: { variable: 'LEARN_PORT', fallback: 8445 },
  concourse: { variable: 'CONCOURSE_PORT', fallback: 8447 },
  drive: { variable: 'DRIVE_PORT', fallback: 8448 },
  wayback: { variable: 'WAYBACK_PORT', fallback: 8449 },
  mediaConvert: { variable: 'MEDIA_CONVERT_PORT', fallback: 8450 },
  threePlay: { variable: 'THREEPLAY_PORT', fallback: 8451 },
  youtube: { variable: 'YOUTUBE_PORT', fallback: 8452 },
  sentry: { variable: 'SENTRY_PORT', fallback: 8453 },
  posthog: { variable: 'POSTHOG_PORT', fallback: 8454 },
});

/** @typedef {keyof typeof PORTS} PortName */
/** @typedef {Record<PortName, number>} Ports */

/** @type {Set<number>} */
const DEFAULTS = new Set(Object.values(PORTS).map((port) => port.fallback));

/**
 * Chooses the port of every named listener: the one the environment sets, else the one this home had last, else the default, else the next free one.
 * A port set to 0 takes any free one. Ports of one home stay the same where they can, since pages and repositories carry them.
 * @param {{names: readonly PortName[], env: NodeJS.ProcessEnv, remembered: Partial<Ports>, ephemeral?: boolean, log: (line: string) => void, isFree?: (port: number) => Promise<boolean>}} options
 * @returns {Promise<Ports>} 0 for a listener that is not named.
 * @throws {SetupError} naming every variable whose port is wrong or taken.
 */
export async function choosePorts({ names, env, remembered, ephemeral = false, log, isFree = isPortFree }) {
  const chosen = /** @type {Ports} */ (Object.fromEntries(Object.keys(PORTS).map((name) => [name, 0])));
  /** @type {Set<number>} */
  const used = new Set();
  const faults = [];
  const free = async (/** @type {number} */ port) => !used.has(port) && (await isFree(port));
  for (const name of names) {
    const { variable, fallback } = PORTS[name];
    const raw = env[variable];
    const set = raw === undefined || raw === '' ? undefined : Number(raw);
    if (set !== undefined && (!Number.isInteger(set) || set < 0 || set > 65535)) {
      faults.push(`${variable} is ${raw}, which is no port: set it to a number from 1 to 65535, or to 0 for any free one.`);
      continue;
    }
    const before = remembered[name];
    let port;
    if (set !== undefined && set > 0) {
      port = set;
      if (!(await free(port))) {
        faults.push(`Port ${port} (${variable}) is taken by another program: set ${variable} to another port, or end that program.`);
        continue;
      }
    } else if (before !== undefined && before > 0 && (await free(before))) {
      port = before;
    } else if (set === 0 || ephemeral) {
      port = await anyFreePort(free);
    } else {
      port = await nextFreePort(fallback, free);
      if (port !== fallback) log(`Port ${fallback} is taken, so ${name} uses ${port} (set ${variable} to choose another).`);
    }
    used.add(port);
    chosen[name] = port;
  }
  if (faults.length > 0) throw new SetupError(faults.join('\n'));
  return chosen;
}

/**
 * @param {number} fallback
 * @param {(port: number) => Promise<boolean>} free
 */
async function nextFreePort(fallback, free) {
  if (await free(fallback)) return fallback;
  for (let port = fallback + 1; port < fallback + 400; port += 1) {
    // Another part's default stays free for that part.
    if (!DEFAULTS.has(port) && (await free(port))) return port;
  }
  throw new SetupError(`No free port was found near ${fallback}.`);
}

/**
 * Below the range that the kernel hands to outgoing connections, so that none of those takes the port between the look and the listening.
 * @param {(port: number) => Promise<boolean>} free
 */
async function anyFreePort(free) {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (await free(port)) return port;
  }
  throw new SetupError('No free port was found between 10000 and 30000.');
}

/**
 * Whether nothing listens on the port, on any of the addresses a part may use.
 * @param {number} port
 */
export async function isPortFree(port) {
  for (const host of ['127.0.0.1', '::1', '0.0.0.0']) if (!(await canListen(port, host))) return false;
  return true;
}

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<boolean>}
 */
function canListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    // A machine without IPv6 refuses ::1 with another code: that address is then nobody's.
    server.once('error', (error) => resolve(!['EADDRINUSE', 'EACCES'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
