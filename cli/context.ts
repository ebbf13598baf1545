/** What the command line is given by its entry, or by a test: the world outside it. */
export interface CliContext {
  /** Writes results: what the command was asked for. */
  readonly out: (text: string) => void;
  /** Writes everything else: progress, notes and the sentence of a failure. */
  readonly err: (text: string) => void;
  /** Whether `err` is a terminal, where a line may be written over. */
  readonly isTerminal: boolean;
  /** Folder that relative paths start from. */
  readonly directory: string;
  /** STUDIO_HOME: the folder of stack.json. */
  readonly home: string;
  /** STUDIO_URL and STUDIO_API_TOKEN; empty is as good as unset. */
  readonly studioUrl: string | undefined;
  readonly apiToken: string | undefined;
  /** Environment of git, so that a person's own credentials and proxies are used. */
  readonly gitEnvironment: Readonly<Record<string, string | undefined>>;
  /** FLY_BIN: the program of Concourse that checks pipelines; empty is as good as unset. */
  readonly flyBin?: string | undefined;
  /** Asks a person at the terminal for yes or no; absent where nobody can be asked. */
  readonly confirm?: (question: string) => Promise<boolean>;
  /** Pause between two questions while a command waits. */
  readonly pollMs: number;
  /** How long a command that waits puts up with a studio that does not answer. */
  readonly patienceMs: number;
}
