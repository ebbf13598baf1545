import { describe, expect, it } from 'vitest';
import { processById, processes } from '#domain/processes.ts';

describe('the catalogue of processes', () => {
  it('finds a process by its id, and says nothing of one it does not know', () => {
    for (const process of processes) expect(processById(process.id)).toBe(process);
    expect(processById('of-a-newer-version')).toBeUndefined();
  });

  it('has each id, workflow and title once', () => {
    for (const key of ['id', 'workflow', 'title'] as const) expect(new Set(processes.map((process) => process[key])).size).toBe(processes.length);
  });

  it.each(processes.map((process) => [process.id, process] as const))('speaks of %s in sentences', (_id, process) => {
    expect(process.id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(process.summary).toMatch(/^[A-Z].+\.$/);
    expect(new Set(process.phases.map((phase) => phase.id)).size).toBe(process.phases.length);
    for (const phase of process.phases) {
      expect(phase.title).toMatch(/^[A-Z].*[^.]$/);
      expect(phase.doing).toMatch(/^[A-Z].+\.$/);
    }
  });
});
