import { type Config, variables } from './schema.ts';

/** Every secret of a configuration, as texts: what its secret variables hold, and the password within an address. */
export function secretsOf(config: Config): string[] {
  const found = Object.entries(variables).flatMap(([key, { secret }]) => (secret ? textsIn(config[key as keyof Config]) : []));
  return [...new Set(found.flatMap((text) => [...(URL.canParse(text) ? [decodeURIComponent(new URL(text).password)] : []), text]))].filter((text) => text !== '');
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  // Beside its key an account has a name, which people are told.
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, inner]) => (/key|token|secret|password/i.test(name) || isParts(inner) ? textsIn(inner) : [])) : [];
}

/** Whether what stands under a name that says nothing may have a secret within, such as the login of a server. */
const isParts = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
