import { type Config, variables } from './schema.ts';

export type { Config } from './schema.ts';

/** Every fault of the environment at once, so that one look mends them all. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`The configuration is wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/**
 * Reads the configuration from the environment.
 * @throws {ConfigError} naming every variable that is missing or wrong.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const faults: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries(variables)) {
    const given = env[variable.name];
    const raw = given === undefined || given === '' ? variable.default : given;
    if (raw === null) {
      faults.push(`${variable.name} must be set: ${variable.description}`);
      continue;
    }
    const parsed = variable.schema.safeParse(raw);
    if (parsed.success) {
      config[key] = typeof parsed.data === 'string' && key.endsWith('Url') ? parsed.data.replace(/\/+$/, '') : parsed.data;
    } else {
      const shown = variable.secret ? '(hidden)' : JSON.stringify(raw);
      faults.push(`${variable.name} is ${shown}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`);
    }
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return config as Config;
}
