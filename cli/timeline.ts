import type { Phase, Run } from '#api/contracts/runs.ts';
import type { CliContext } from './context.ts';
import { duration } from './words.ts';

const CLEAR_LINE = '\r\u001b[K';
const SIGNS: Partial<Record<Phase['state'], string>> = { done: '✓', failed: '✗', skipped: '–' };

/** Writes a run's phases as they go by: a line for each that ended and, on a terminal, one that moves for what is going on. */
export function createTimeline(context: Pick<CliContext, 'err' | 'isTerminal'>, now: () => number = Date.now) {
  const said = new Set<string>();
  let isLineOpen = false;

  const line = (text: string): void => {
    context.err(`${isLineOpen ? CLEAR_LINE : ''}${text}\n`);
    isLineOpen = false;
  };
  const sayOnce = (key: string, text: string): void => {
    if (said.has(key)) return;
    said.add(key);
    line(text);
  };

  return {
    /** Something worth a line of its own, once. */
    note: (text: string): void => sayOnce(text, text),

    /** What the run looks like now; what was said already is not said again. */
    show(run: Run): void {
      for (const phase of run.phases) {
        const sign = SIGNS[phase.state];
        if (phase.state === 'retrying') sayOnce(`${phase.id} ${phase.attempt} ${phase.error?.code ?? ''}`, `… ${phase.title}: try ${phase.attempt} did not work${phase.error === null ? '' : ` (${phase.error.message})`}; it is tried again.`);
        if (sign !== undefined) sayOnce(`${phase.id} ${phase.state} ${phase.attempt}`, `${sign} ${phase.title}${took(phase)}${phase.summary === null || phase.state === 'failed' ? '' : `  ${phase.summary}`}`);
      }
      const current = run.phases.find((phase) => phase.state === 'running' || phase.state === 'retrying');
      if (!context.isTerminal || current === undefined) return;
      const since = current.startedAt === null ? '' : `  ${duration(now() - Date.parse(current.startedAt))}`;
      context.err(`${CLEAR_LINE}… ${current.title}${since}${current.summary === null ? '' : `  ${current.summary}`}`);
      isLineOpen = true;
    },

    /** Takes the moving line away. */
    end(): void {
      if (isLineOpen) context.err(CLEAR_LINE);
      isLineOpen = false;
    },
  };
}

export type Timeline = ReturnType<typeof createTimeline>;

function took(phase: Phase): string {
  return phase.startedAt === null || phase.endedAt === null ? '' : `  ${duration(Date.parse(phase.endedAt) - Date.parse(phase.startedAt))}`;
}
