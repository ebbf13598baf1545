import type { ApiProblem } from '../lib/apiClient.ts';

/** A long list that is searched as one types and read in parts, as a `Combobox` shows it. */
export interface ComboList<T> {
  readonly text: string;
  /** How many the answered text finds; undefined before the first answer. */
  readonly total: number | undefined;
  readonly answeredText: string;
  readonly problem: ApiProblem | undefined;
  readonly isAsking: boolean;
  /** The entry at a place; undefined while it is not read. */
  at(index: number): T | undefined;
  open(): void;
  close(): void;
  type(text: string): void;
  retry(): void;
  /** Sees to it that these places are read. */
  need(from: number, to: number): void;
}
