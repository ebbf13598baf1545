// @ts-check
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { saysReady, untilReady } from './children.mjs';
import { LOCAL_GIT_TOKEN, LOCAL_MAIL } from './environment.mjs';

/** @typedef {{home: string, root: string, env: NodeJS.ProcessEnv, children: import('./children.mjs').Children, signal: AbortSignal}} Context */

/**
 * Starts the GitHub stand-in, with the sample theme and the sample starters as its first repositories.
 * @param {Context & {port: number, organization: string}} options
 */
export async function startGithub({ port, organization, ...context }) {
  const sample = join(context.root, 'local', 'sample');
  await startStandIn({
    ...context,
    name: 'github',
    folder: 'github',
    args: [
      '--port', String(port),
      '--home', stateFolder(context.home, 'github'),
      '--org', organization,
      '--public-url', `http://127.0.0.1:${port}`,
      '--seed', `ocw-hugo-themes=${join(sample, 'themes')}`,
      '--seed', `ocw-hugo-projects=${join(sample, 'projects')}`,
    ],
    env: { ...context.env, GITHUB_STANDIN_TOKEN: LOCAL_GIT_TOKEN },
  });
}

/**
 * Starts the SAML identity provider. It listens on another site than the studio (127.0.0.1 against localhost), as a real one does.
 * @param {Context & {port: number, studioUrl: string}} options
 */
export async function startSamlIdp({ port, studioUrl, ...context }) {
  await startStandIn({
    ...context,
    name: 'samlIdp',
    folder: 'samlIdp',
    args: ['--port', String(port), '--home', stateFolder(context.home, 'samlIdp'), '--sp-metadata-url', `${studioUrl}/saml/metadata`],
  });
}

/**
 * Starts the mail service, which keeps what it is given and shows it as a mailbox.
 * @param {Context & {port: number}} options
 */
export async function startMailgun({ port, ...context }) {
  await startStandIn({
    ...context,
    name: 'mailgun',
    folder: 'mailgun',
    args: ['--port', String(port), '--home', stateFolder(context.home, 'mailgun'), '--domain', LOCAL_MAIL.domain, '--key', LOCAL_MAIL.key],
  });
}

/**
 * Starts one stand-in and waits for its ready line.
 * @param {Context & {name: string, folder: string, args: readonly string[]}} options
 * @throws {import('../tools/SetupError.mjs').SetupError} when it does not come up.
 */
export async function startStandIn({ name, folder, args, root, env, children, signal }) {
  const child = children.spawn({ name, command: process.execPath, args: [join(root, 'local', 'standins', folder, 'main.mjs'), ...args], env, cwd: root });
  await untilReady({ child, probe: () => saysReady(child), seconds: 30, signal });
}

/**
 * @param {string} home
 * @param {string} name
 */
function stateFolder(home, name) {
  const folder = join(home, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
