import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { renderEnvExample } from '#config/envExample.ts';
import { configVariables } from '#config/schema.ts';
import { expectNone } from './support/expectNone.ts';
import { files, read, root } from './support/tree.ts';

/** The anchor GitHub makes of a heading. */
function anchor(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');

function brokenLinks(path: string): string[] {
  const text = withoutCode(read(path));
  const broken: string[] = [];
  for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)) {
    if (/^[a-z][a-z+.-]*:/i.test(target)) continue;
    const [file = '', fragment] = target.split('#');
    const resolved = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)));
    if (resolved.startsWith('..') || !existsSync(join(root, resolved))) broken.push(`${path} links to ${target}, which does not exist.`);
    else if (fragment !== undefined && fragment !== '' && resolved.endsWith('.md')) {
      const anchors = [...read(resolved).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchor(heading.replace(/[`*]/g, '')));
      if (!anchors.includes(fragment)) broken.push(`${path} links to ${target}, and ${resolved} has no such heading.`);
    }
  }
  return broken;
}

// Course content and vendors' words are nobody's documentation.
const pages = files().filter((path) => path.endsWith('.md') && (/^[^/]+\.md$/.test(path) || path.startsWith('docs/')));

test('every link in the documentation leads somewhere', () => {
  expect(pages.length).toBeGreaterThan(0);
  expectNone(pages.flatMap(brokenLinks));
});

test('.env.example says what the configuration reads', () => {
  expect(read('.env.example'), 'Run node --import tsx config/writeEnvExample.ts').toBe(renderEnvExample());
  expect(new Set(configVariables.map((variable) => variable.name)).size).toBe(configVariables.length);
  for (const variable of configVariables) {
    expect(variable.name).toMatch(/^[A-Z][A-Z0-9_]*$/);
    expect(variable.description, variable.name).toMatch(/\S.*[.]$/);
    expect(variable.secret === true && (variable.default ?? '') !== '', `${variable.name} is a secret and must have no default`).toBe(false);
  }
});

test('every variable that is to be set to leave one machine is in docs/deploy.md', () => {
  const text = read('docs/deploy.md');
  expectNone(configVariables.filter(({ name }) => !text.includes(`\`${name}\``)).map(({ name }) => `docs/deploy.md does not name ${name}.`));
});
