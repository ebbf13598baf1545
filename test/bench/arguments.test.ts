import { expect, it } from 'vitest';
import { ArgumentsError, readArguments } from './arguments.ts';
import { measureNames } from './goals.ts';

it('measures everything unless it is told what', () => {
  expect(readArguments([])).toEqual({ only: measureNames, json: null });
});

it('takes names one by one or joined, in the order of the goals', () => {
  expect(readArguments(['--only', 'unchanged, deploy', '--only=edit', '--json', 'out.json'])).toEqual({ only: ['edit', 'deploy', 'unchanged'], json: 'out.json' });
});

it.each([
  [['--only', 'speed'], 'Nothing is measured under the name ‘speed’. The names are edit, first, deploy,'],
  [['--only', 'edit,'], 'under the name ‘’'],
  [['--only'], '--only'],
  [['--fast'], 'Use: npm run -s bench -- [--only <name>[,<name>…]] [--json <file>]'],
  [['edit'], 'Use: npm run -s bench'],
  [['--json='], '--json needs the name of a file.'],
])('refuses %j and says what is right', (argv, words) => {
  expect(() => readArguments(argv)).toThrow(ArgumentsError);
  expect(() => readArguments(argv)).toThrow(words);
});
