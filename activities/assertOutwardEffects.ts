import type { Config } from '#config/load.ts';
import type { Db } from '#db/knex.ts';
import { readInstallation } from '#db/queries/installation.ts';
import { StepError } from './stepError.ts';

/**
 * Refuses outward effects (push, publish, delete, pay, mail) on a database that belongs to another installation, such as
 * a copy of production on a laptop.
 * @throws {StepError} OutwardEffectsOff, final until an admin adopts the installation.
 */
export async function assertOutwardEffects(deps: { readonly db: Db; readonly config: Pick<Config, 'studioInstallation'> }): Promise<void> {
  const owner = await readInstallation(deps.db, deps.config.studioInstallation);
  if (owner !== deps.config.studioInstallation) {
    throw new StepError(
      'OutwardEffectsOff',
      `This database belongs to the installation ‘${owner}’, and this is ‘${deps.config.studioInstallation}’: nothing is pushed or published from here. An admin can adopt the installation under Administration.`,
    );
  }
}
