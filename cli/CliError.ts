/** A failure a person can act on: its message is the one sentence the command line ends with. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
}
