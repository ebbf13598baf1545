/** A page's address: `/sites/:site`, or `*` for every address that no other page has. */
export interface PageRoute {
  readonly name: string;
  readonly pattern: string;
}

export interface RouteMatch<R extends PageRoute> {
  readonly route: R;
  readonly params: Readonly<Record<string, string>>;
}

/** The first route whose pattern fits the path, with its decoded parameters; a trailing slash makes no difference. */
export function matchRoute<R extends PageRoute>(routes: readonly R[], path: string): RouteMatch<R> | undefined {
  const parts = segmentsOf(path);
  for (const route of routes) {
    if (route.pattern === '*') return { route, params: {} };
    const params = fit(segmentsOf(route.pattern), parts);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function fit(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index] ?? '';
    if (wanted.startsWith(':')) {
      const value = decode(part);
      if (value === undefined) return undefined;
      params[wanted.slice(1)] = value;
    } else if (wanted !== part) return undefined;
  }
  return params;
}

const segmentsOf = (path: string): string[] => path.split('/').filter((part) => part !== '');

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    // `%zz` is no address of ours: the page is then not found.
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/**
 * The address of a page with its parameters and, where given, a query; empty values are left out.
 * @throws {Error} when a parameter of the pattern is missing.
 */
export function buildPath(pattern: string, params: Readonly<Record<string, string>> = {}, query: Readonly<Record<string, string | undefined>> = {}): string {
  const path = segmentsOf(pattern).map((part) => {
    if (!part.startsWith(':')) return part;
    const value = params[part.slice(1)];
    if (value === undefined) throw new Error(`The address ${pattern} needs ${part.slice(1)}`);
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') search.set(name, value);
  const text = search.toString();
  return `/${path.join('/')}${text === '' ? '' : `?${text}`}`;
}

/** A place inside the studio to go to after signing in: other hosts, odd schemes and the sign-in page itself become the start. */
export function ownPlace(wish: string | null): string {
  if (wish === null || !/^\/(?![/\\])/.test(wish) || /[\u0000-\u001f\\]/.test(wish) || /^\/(?:sign-in|auth|saml|api)(?:[/?#]|$)/.test(wish)) return '/';
  return wish;
}
