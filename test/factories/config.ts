import { type Config, loadConfig } from '#config/load.ts';

/** The configuration with its defaults; variables as one would write them in the environment. */
export function makeConfig(env: Readonly<Record<string, string>> = {}): Config {
  return loadConfig({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', PATH: process.env['PATH'] ?? '', ...env });
}
