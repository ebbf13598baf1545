import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { Studio } from '#test/support/studio.ts';
import type { Peers } from './ensurePeers.ts';
import { seconds } from './seconds.ts';

const run = promisify(execFile);

export type Shell = ReturnType<typeof createShell>;

/** Runs command lines of the peers against the studio's own S3 server and GitHub stand-in, with no settings of a person. */
export function createShell(studio: Studio, peers: Peers) {
  const { env, stack } = studio.running;
  const home = mkdtempSync(join(tmpdir(), 'ocw-bench-'));
  const text = (name: string): string => env[name] ?? '';
  const withToken = (url: string): string => {
    const parsed = new URL(url);
    if (parsed.protocol.startsWith('http') && url.startsWith(text('GIT_CLONE_BASE_URL'))) Object.assign(parsed, { username: 'x-access-token', password: text('GIT_TOKEN') });
    return parsed.toString();
  };
  const base: Record<string, string> = {
    PATH: `${peers.path}${delimiter}${process.env['PATH'] ?? ''}`,
    PYTHONPATH: peers.pythonPath,
    HOME: home,
    TZ: 'UTC',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    AWS_ACCESS_KEY_ID: stack.s3AccessKey ?? '',
    AWS_SECRET_ACCESS_KEY: stack.s3SecretKey ?? '',
    AWS_REGION: text('AWS_REGION'),
    AWS_ENDPOINT_URL: stack.s3Endpoint ?? '',
    AWS_EC2_METADATA_DISABLED: 'true',
    S3_ENDPOINT_URL: stack.s3Endpoint ?? '',
    RCLONE_CONFIG_S3_TYPE: 's3',
    RCLONE_CONFIG_S3_PROVIDER: 'Other',
    RCLONE_CONFIG_S3_ENV_AUTH: 'true',
    RCLONE_CONFIG_S3_ENDPOINT: stack.s3Endpoint ?? '',
    STORAGE: stack.buckets['storage'],
    GIT_BASE: withToken(`${text('GIT_CLONE_BASE_URL')}/${text('GIT_ORGANIZATION')}`),
    THEMES_URL: withToken(text('OCW_HUGO_THEMES_GIT_URL')),
    THEMES_BRANCH: env['OCW_HUGO_THEMES_BRANCH'] || 'main',
    PROJECTS_URL: withToken(text('OCW_HUGO_PROJECTS_GIT_URL')),
    PROJECTS_BRANCH: env['OCW_HUGO_PROJECTS_BRANCH'] || 'main',
    STARTER: 'ocw-course-v2',
    WEBPACK: '',
    // What the themes may read, as for our own builds.
    GTM_ACCOUNT_ID: '',
    OCW_STUDIO_BASE_URL: stack.studioUrl,
    STATIC_API_BASE_URL: stack.liveSiteUrl,
    OCW_IMPORT_STARTER_SLUG: 'ocw-course-v2',
    OCW_COURSE_STARTER_SLUG: 'ocw-course-v2',
    RESOURCE_BASE_URL: '',
    SITEMAP_DOMAIN: 'ocw.mit.edu',
    COURSE_V3_CANONICAL_DOMAIN: 'learn.mit.edu',
    SENTRY_DSN: '',
    NOINDEX: 'true',
  };

  return {
    home,

    /** A new empty folder; gone when the bench ends. */
    newFolder: (): string => mkdtempSync(join(home, 'work-')),

    /** The folder of the hugo that command lines find. */
    async linkHugo(binary: string): Promise<void> {
      const folder = join(home, 'hugo');
      mkdirSync(folder, { recursive: true });
      await run('ln', ['-sf', binary, join(folder, 'hugo')]);
      base['PATH'] = `${folder}${delimiter}${base['PATH'] ?? ''}`;
    },

    /** The manifest of the themes' assets, which clones get as the existing builders' do. */
    async takeWebpackManifest(branch: string): Promise<void> {
      const object = await studio.s3.send(new GetObjectCommand({ Bucket: stack.buckets['artifacts'], Key: `ocw-hugo-themes/${branch}/webpack.json` }));
      base['WEBPACK'] = join(home, 'webpack.json');
      writeFileSync(base['WEBPACK'], (await object.Body?.transformToByteArray()) ?? '');
    },

    /**
     * Seconds that a script takes in `folder`, with these variables too.
     * @throws {Error} with the end of its output when it does not end well.
     */
    time: (script: string, folder: string, variables: Readonly<Record<string, string>>): Promise<number> =>
      seconds(async () => {
        try {
          await run('sh', ['-euc', script], { cwd: folder, env: { ...base, ...variables }, maxBuffer: 256 * 1024 * 1024 });
        } catch (error) {
          const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
          throw new Error(`A command line of the peers failed:${script}\n${`${stdout}\n${stderr}`.trim().slice(-2_000)}`, { cause: error });
        }
      }),

    close: (): void => rmSync(home, { recursive: true, force: true, maxRetries: 3 }),
  };
}
