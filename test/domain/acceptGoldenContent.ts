// `node --import tsx test/domain/acceptGoldenContent.ts` takes what the serializer writes today as right: look at the
// difference in git before you commit it.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { goldenContent, goldenFolder } from './support/goldenContent.ts';

rmSync(goldenFolder, { recursive: true, force: true });
for (const [path, text] of goldenContent()) {
  const file = new URL(path, goldenFolder);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, text);
}
