import { existsSync, readFileSync } from 'node:fs';
import { until } from './until.ts';

/** The pid that a command wrote into a file, once the file is there. */
export async function pidIn(file: string): Promise<number> {
  return Number(await until(`a command wrote its pid into ${file}`, async () => existsSync(file) && readFileSync(file, 'utf8')));
}
