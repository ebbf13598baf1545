// `node --import tsx test/domain/concourse/acceptGoldenDefinitions.ts` takes the definitions as they are rendered today as
// right: look at the difference in git before you commit it.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { goldenDefinitions, goldenFolder } from './support/goldenDefinitions.ts';

rmSync(goldenFolder, { recursive: true, force: true });
mkdirSync(goldenFolder, { recursive: true });
for (const [path, text] of goldenDefinitions()) writeFileSync(new URL(path, goldenFolder), text);
