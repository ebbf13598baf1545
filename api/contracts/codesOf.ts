import type { RouteContract } from './contract.ts';
import type { ErrorCode } from './errors.ts';

/** Every error code a route may answer: those of its contract and the general ones. `key` is `METHOD /path`. */
export function codesOf(key: string, contract: RouteContract): ErrorCode[] {
  const isSafe = key.startsWith('GET ');
  const takesInput = contract.params !== undefined || contract.query !== undefined || contract.body !== undefined;
  const takesJson = contract.body !== undefined && contract.body !== 'binary';
  const general: (ErrorCode | false)[] = [
    contract.access === 'signedIn' && 'unauthenticated',
    !isSafe && 'crossSite',
    !isSafe && contract.access === 'signedIn' && 'forbidden',
    // Wherever something is written it may be an archived site's.
    !isSafe && contract.access === 'signedIn' && 'archived',
    takesInput && 'validation',
    takesJson && 'tooLarge',
    'tooManyRequests',
    'databaseUnavailable',
    'internal',
  ];
  return [...new Set([...contract.errors, ...general.filter((code) => code !== false)])];
}
