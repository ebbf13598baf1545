import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderEnvExample } from './envExample.ts';

writeFileSync(fileURLToPath(new URL('../.env.example', import.meta.url)), renderEnvExample());
