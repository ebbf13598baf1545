import { Command, CommanderError } from 'commander';
import { createApiClient } from './apiClient.ts';
import { CliError } from './CliError.ts';
import { adminCommand } from './commands/admin.ts';
import { auditCommand } from './commands/audit.ts';
import { builderCommand } from './commands/builder.ts';
import { captionsCommand } from './commands/captions.ts';
import { cleanupCommand } from './commands/cleanup.ts';
import { concourseCommand } from './commands/concourse.ts';
import { driveCommand } from './commands/drive.ts';
import { importBucketCommand } from './commands/importBucket.ts';
import { importCommand } from './commands/importCourse.ts';
import { linksCommand } from './commands/links.ts';
import { mailsCommand } from './commands/mails.ts';
import { massPublishCommand } from './commands/massPublish.ts';
import { offlineCommand } from './commands/offline.ts';
import { publishCommand } from './commands/publish.ts';
import { recurringCommand } from './commands/recurring.ts';
import { repoCommand } from './commands/repo.ts';
import { reviewCommands } from './commands/review.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { runActionCommands } from './commands/runActions.ts';
import { runsCommand } from './commands/runs.ts';
import { sitesCommand } from './commands/sites.ts';
import { startersCommand } from './commands/starters.ts';
import { themesCommand } from './commands/themes.ts';
import { statusCommand } from './commands/status.ts';
import { tokensCommand } from './commands/tokens.ts';
import { unpublishCommand } from './commands/unpublish.ts';
import { validateCommand } from './commands/validate.ts';
import { videosCommand } from './commands/videos.ts';
import type { CliContext } from './context.ts';
import { findStudio } from './findStudio.ts';

/** What a shell is told: done, failed, or asked in a way that means nothing. */
const OK = 0;
const FAILED = 1;
const USAGE = 2;

/** Runs the command line once and says with which code it ends; a failure is one sentence on `err`. */
export async function studio(args: readonly string[], context: CliContext): Promise<number> {
  const program = new Command('studio')
    .description('The operators’ command line of OCW Studio.')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: context.out, writeErr: context.err });
  const connect = async () => createApiClient(await findStudio(context));
  for (const add of [importCommand, publishCommand, offlineCommand, reviewCommands, unpublishCommand, rollbackCommand, statusCommand, sitesCommand, startersCommand, themesCommand, repoCommand, runsCommand, runActionCommands, cleanupCommand, massPublishCommand, importBucketCommand, driveCommand, videosCommand, captionsCommand, linksCommand, validateCommand, builderCommand, concourseCommand, tokensCommand, mailsCommand, recurringCommand, auditCommand, adminCommand]) add(program, context, connect);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return OK;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? OK : USAGE;
    if (!(error instanceof CliError)) throw error;
    context.err(`${error.message}\n`);
    return FAILED;
  }
}
