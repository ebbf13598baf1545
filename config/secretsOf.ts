import { type Config, variables } from './schema.ts';

/** Every secret of a configuration, as texts: what its secret variables hold, and the password within an address. */
export function secretsOf(config: Config): string[] {
  const found = Object.entries(variables).flatMap(([key, { secret }]) => (secret ? textsIn(config[key as keyof Config]) : []));
  return [...new Set(found.flatMap((text) => [...(URL.canParse(text) ? [decodeURIComponent(new URL(text).password)] : []), text]))].filter((text) => text !== '');
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
