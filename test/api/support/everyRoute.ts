import type Router from '@koa/router';
import { createApp } from '#api/app.ts';
import { compatContracts } from '#api/compat/compatContracts.ts';
import { contracts } from '#api/contracts/index.ts';
import type { RouteContract } from '#api/contracts/contract.ts';
import type { ApiDeps } from '#api/deps.ts';
import { spKeys } from './keys.ts';

export interface Route {
  /** `METHOD /path/:parameter`, as the table of contracts has it. */
  readonly key: string;
  readonly method: string;
  /** With its parameters filled in. */
  readonly path: string;
  /** Whether it is of the studio's own API, of the one that themes, builders and webhooks call, or of neither (sign-in, health). */
  readonly api: 'own' | 'compat' | 'plain';
  readonly takesJson: boolean;
}

/** What stands for a parameter that is not given: an id that nothing has. */
const NOTHING = '01890000-0000-7000-8000-000000000000';

/** Every route there is, as the application’s own routers hold them, with `params` in its path. */
export async function everyRoute(deps: ApiDeps, params: Readonly<Record<string, string>> = {}): Promise<Route[]> {
  const app = createApp(deps, { spKeys: await spKeys(), strictAnswers: true });
  const layers = app.middleware.flatMap((middleware) => ('router' in middleware ? (middleware.router as Router).stack : []));
  const own: Readonly<Record<string, RouteContract>> = contracts;
  return layers.flatMap((layer) =>
    layer.methods
      .filter((method) => method !== 'HEAD')
      .map((method): Route => {
        const key = `${method} ${String(layer.path)}`;
        const body = own[key]?.body;
        return {
          key,
          method,
          path: String(layer.path).replace(/:(\w+)/g, (_whole, name: string) => encodeURIComponent(params[name] ?? NOTHING)),
          api: key in own ? 'own' : key in compatContracts ? 'compat' : 'plain',
          takesJson: body !== undefined && body !== 'binary',
        };
      }),
  );
}
