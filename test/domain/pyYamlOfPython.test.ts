import { spawnSync } from 'node:child_process';
import { describe, expect, it, type TestContext } from 'vitest';
import { dumpPyYaml, loadPyYaml } from '#domain/pyYaml.ts';
import { isFullSize } from '#test/support/corpus.ts';
import { seeded } from '#test/support/seeded.ts';

/** Runs a program of Python with its YAML on what is given as JSON. */
function inPython(context: TestContext, program: string, given: unknown): unknown {
  const env = { ...process.env, PYTHONPATH: process.env['PYYAML_DIR'] ?? '', PYTHONIOENCODING: 'utf-8' };
  if (spawnSync('python3', ['-c', 'import yaml'], { env }).status !== 0) context.skip('python3 has no yaml here: `npm test` fetches it');
  const ended = spawnSync('python3', ['-c', `import json, sys, yaml\ngiven = json.load(sys.stdin)\n${program}`], { env, input: JSON.stringify(given), encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  if (ended.status !== 0) throw new Error(ended.stderr);
  return JSON.parse(ended.stdout);
}

const pieces = ['a', 'B', '0', '1', '9', '.', ':', '-', '+', '_', 'e', 'x', 'o', 'b', ' ', ' ', '\n', '\t', '\r', '#', "'", '"', '\\', '?', '&', '*', '!', '|', '>', '%', '@', '`', '[', ']', '{', '}', ',', '~', '=', '<', 'yes', 'No', 'null', '.inf', 'é', '日本', 'שלום', '\u2028', '\u0085', '\uFEFF', '\u00a0', '😀', '\x07', '\x7f', 'two words ', 'a_long_word_without_any_space_'] as const;

describe('Python’s own YAML', { timeout: 120_000 }, () => {
  it('writes what we write, and reads from it what was meant', (context) => {
    const random = seeded(11);
    const text = (): string => random.some(random.pick([3, 8, 40]), () => random.pick(pieces)).join('');
    const number = (): number => random.pick([random.below(2_000) - 1_000, random.below(1_000_000) / 7, 1 / (random.below(1_000_000_000) + 3), random.below(1_000) * 1e18, (random.below(1_000) + 0.5) * 1e-9, -0.00012, 1e-5]);
    const value = (depth: number): unknown => {
      const kind = random.below(depth > 0 ? 9 : 6);
      if (kind >= 8) return Object.fromEntries(random.some(4, () => [text(), value(depth - 1)]));
      if (kind >= 6) return random.some(4, () => value(depth - 1));
      if (kind === 5) return random.pick([null, true, false, number()]);
      return text();
    };
    const cases = Array.from({ length: isFullSize ? 4_000 : 400 }, () => {
      const made = { key: value(3), [text()]: value(2) };
      return { value: made, text: dumpPyYaml(made) };
    });
    const program = `json.dump([index for index, one in enumerate(given) if yaml.dump(one['value']) != one['text'] or yaml.safe_load(one['text']) != one['value']], sys.stdout)`;
    const faults = inPython(context, program, cases) as number[];
    expect(faults.map((index) => cases[index])).toEqual([]);
  });

  it('reads plain texts as we do: numbers, truth values and nothing', (context) => {
    const random = seeded(12);
    const characters = ['0', '0', '1', '7', '9', '.', ':', '-', '+', '_', 'e', 'E', 'x', 'b', 'a', 'f', 'n', 'N', 'o', 'y', 'Y', 's', '~'] as const;
    const words = ['yes', 'No', 'TRUE', 'off', 'On', 'y', 'n', 'null', 'Null', '~', '.inf', '-.INF', '.NaN', '0o17', '017', '1_000', '0x_1', '190:20:30', '1:30.5', '6.8523015e+5', '685.230_15e+03', '1e3', '=', '2020-01-01'];
    const texts = [...words, ...Array.from({ length: isFullSize ? 20_000 : 2_000 }, () => `${random.pick(characters)}${random.some(7, () => random.pick(characters)).join('')}`)].filter((text) => !/^-*$|:$|^- /.test(text));
    const program = [
      'class Loader(yaml.SafeLoader): pass',
      // Dates stay texts with us, because nothing calculates with them.
      "Loader.yaml_implicit_resolvers = {key: [(tag, pattern) for tag, pattern in found if not tag.endswith('timestamp')] for key, found in Loader.yaml_implicit_resolvers.items()}",
      'def read(text):',
      '    try: value = yaml.load(text, Loader)',
      // What its patterns take for a number and its own conversion then refuses has no meaning to compare.
      "    except Exception: return ['fault', '']",
      "    return [type(value).__name__, repr(float(value)) if type(value) in (int, float) else str(value)]",
      'json.dump([read(text) for text in given], sys.stdout)',
    ].join('\n');
    const read = inPython(context, program, texts) as [string, string][];
    const kinds = new Set<string>();
    texts.forEach((text, index) => {
      const [kind, written] = read[index] ?? ['', ''];
      kinds.add(kind);
      const ours = kind === 'fault' ? undefined : loadPyYaml(text);
      if (kind === 'int' || kind === 'float') expect(Object.is(ours, Number(written.replace('inf', 'Infinity').replace('nan', 'NaN'))) || Math.abs(Number(ours) / Number(written) - 1) < 1e-12 || (ours === 0 && Number(written) === 0), `${text}: ${String(ours)}, ${written}`).toBe(true);
      else if (kind === 'bool') expect(ours, text).toBe(written === 'True');
      else if (kind === 'NoneType') expect(ours, text).toBeNull();
      else if (kind === 'str') expect(ours, text).toBe(written);
    });
    expect([...kinds].sort()).toEqual(expect.arrayContaining(['NoneType', 'bool', 'float', 'int', 'str']));
  });
});
