import type { Studio } from '#test/support/studio.ts';
import type { Corpus } from './courses.ts';
import type { Measured } from './measured.ts';
import type { MeasureName } from './goals.ts';
import type { Shell } from './shell.ts';

/** What every bench is given. */
export interface BenchContext {
  readonly studio: Studio;
  readonly shell: Shell;
  readonly corpus: Corpus;
  /** A folder with the generated tree; nobody writes to it. */
  readonly tree: string;
  readonly log: (line: string) => void;
}

/** Measures that are taken together. */
export interface Bench {
  readonly measures: readonly MeasureName[];
  /** Gives at least the measures that are wanted. */
  run(context: BenchContext, wanted: ReadonlySet<MeasureName>): Promise<Measured[]>;
}
