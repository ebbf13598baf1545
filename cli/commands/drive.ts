import type { Command } from 'commander';
import type { Call } from '#api/contracts/client.ts';
import type { CliContext } from '../context.ts';
import { driveDeletionsCommand } from './driveDeletions.ts';
import { driveFilesCommand } from './driveFiles.ts';
import { driveSyncCommand } from './driveSync.ts';

/** `studio drive`: what comes from Google Drive, and what goes with it. */
export function driveCommand(program: Command, context: CliContext, connect: () => Promise<Call>): void {
  const drive = program.command('drive').description('files in Google Drive and the resources made of them');
  for (const add of [driveSyncCommand, driveFilesCommand, driveDeletionsCommand]) add(drive, context, connect);
}
