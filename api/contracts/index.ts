import { eventContracts } from './events.ts';
import { importContracts } from './imports.ts';
import { peopleContracts } from './people.ts';
import { publishContracts } from './publishes.ts';
import { repositoryContracts } from './repositories.ts';
import { runContracts } from './runs.ts';
import { siteContracts } from './sites.ts';
import { starterContracts } from './starters.ts';
import { systemContracts } from './system.ts';
import { websiteContracts } from './websites.ts';

/** Every route of the studio's own API, keyed by `METHOD /path`. */
export const contracts = {
  ...siteContracts,
  ...publishContracts,
  ...repositoryContracts,
  ...runContracts,
  ...importContracts,
  ...starterContracts,
  ...peopleContracts,
  ...eventContracts,
  ...systemContracts,
  ...websiteContracts,
};

export type Contracts = typeof contracts;
export type RouteKey = keyof Contracts;
