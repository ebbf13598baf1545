import type { Browser, Page as Tab } from 'playwright-core';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The longest task of the main thread of a tab while it does something, milliseconds, by the browser's own trace. @throws {Error} when the trace holds no task */
export async function longestTask(browser: Browser, tab: Tab, act: () => Promise<void>): Promise<number> {
  await browser.startTracing(tab, { categories: ['disabled-by-default-devtools.timeline', 'devtools.timeline', 'toplevel'] });
  let trace: Buffer | undefined;
  try {
    await act();
  } finally {
    trace = await browser.stopTracing();
  }
  const { traceEvents } = JSON.parse(trace.toString('utf8')) as { traceEvents: TraceEvent[] };
  const mains = new Set(traceEvents.filter(({ name, args }) => name === 'thread_name' && args['name'] === 'CrRendererMain').map(({ pid, tid }) => `${pid}/${tid}`));
  const tasks = traceEvents.filter(({ name, ph, pid, tid }) => ph === 'X' && (name === 'RunTask' || name === 'ThreadControllerImpl::RunTask') && mains.has(`${pid}/${tid}`));
  if (tasks.length === 0) throw new Error('The trace of the browser tells of no task.');
  return Math.max(...tasks.map(({ dur = 0 }) => dur)) / 1_000;
}
