import type { Config } from '#config/load.ts';

/** Whether the studio has a shared drive, and an account to enter it with. */
export function isDriveSetUp(config: Pick<Config, 'driveServiceAccount' | 'driveSharedId'>): boolean {
  return config.driveServiceAccount !== undefined && config.driveSharedId !== undefined;
}
