import type { PhaseDefinition } from '#domain/processes.ts';

/** How far a pass is, as the Temporal UI's details show it: a line per phase, done ones with what they did, the one at hand with how it stands. */
export function phaseLines(phases: readonly PhaseDefinition[], pass: { readonly phase: string | null; readonly state: string; readonly done: readonly { readonly phase: string; readonly summary: string }[] }): string {
  return phases
    .map(({ id, title }) => {
      const finished = pass.done.find((entry) => entry.phase === id);
      if (finished !== undefined) return `- ✅ **${title}**: ${finished.summary}`;
      return id === pass.phase ? `- ${pass.state === 'failed' ? '❌' : '▶️'} **${title}**` : `- ${title}`;
    })
    .join('\n');
}
