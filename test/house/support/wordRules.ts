import { dirname, join, normalize } from 'node:path';
import { parse as parseComponent } from 'svelte/compiler';
import { read, root, sources } from './tree.ts';

/** What is read of a syntax tree of Svelte and of the script in it. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

const catalogue = 'web/src/words/';
const hasLetters = (text: string): boolean => /\p{L}/u.test(text);
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
const textOf = (node: Node, key: string): string => (typeof node[key] === 'string' ? node[key] : '');
const nodesIn = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []);

/** Attributes of elements, and props of our own components, whose text people read or hear. */
const spokenAttributes = new Set(['aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext', 'aria-placeholder', 'title', 'placeholder', 'alt', 'label']);
const spokenProps = new Set([...spokenAttributes, 'question', 'yes', 'no', 'help', 'word', 'what', 'hint', 'note', 'summary', 'heading', 'button', 'description']);
const technicalAttributes = new Set(['class', 'style', 'generics', 'lang', 'columns', 'terms', 'rel', 'role', 'referrerpolicy', 'sandbox', 'allow', 'd', 'aria-keyshortcuts', 'pattern', 'viewBox', 'autocomplete', 'href']);
/** Elements whose text is the same in every language. */
const verbatimElements = new Set(['code', 'kbd', 'pre', 'script', 'style']);
/** Properties of objects, and calls, whose strings are for the machine. */
const technicalProperties = new Set(['key', 'class', 'href', 'icon', 'tone', 'keys', 'scope', 'node', 'parts', 'pattern', 'value', 'type', 'rel', 'resourcetype', 'format', 'userEvent', 'path', 'method']);
const technicalCalls = new Set(['call', 'querySelector', 'querySelectorAll', 'matches', 'closest', 'Error', 'TypeError', 'RegExp', 'MediaQuery', 'elt', 'getChild', 'getChildren', 'replace', 'replaceAll', 'split', 'join', 'startsWith', 'endsWith', 'includes', 'get', 'pathTo', 'toLocaleString', 'open', 'matchMedia']);
/** Texts that are the same in every language: names of keys and of the editor’s own syntax. */
const verbatim = new Set(['Ctrl', 'Shift P', 'https://']);

/**
 * Whether a literal is certainly a sentence, or words of one. A single word in small letters may as well be a key of something,
 * and a single capitalised one the name of a key or of a node of the editor’s syntax: those are not told apart here.
 */
export function isSentence(literal: string): boolean {
  const text = literal.trim();
  if (!hasLetters(text) || verbatim.has(text)) return false;
  if (/^(?:GET|POST|PUT|PATCH|DELETE|HEAD) \//.test(text)) return false;
  // Paths of icons, lengths of CSS, selectors, classes, types of files.
  if (/^[Mm]-?[\d.]/.test(text) || /\b[\d.]+(?:rem|fr|px)\b|var\(--/.test(text)) return false;
  if (/[<>{}[\]=]|:not\(|^[.#][a-z]|\bmd-|\bcm-|noopener|visually-hidden/.test(text)) return false;
  if (/…$|^[‘“]/.test(text)) return true;
  return /\p{L}{2,}[^\s\p{L}]*\s+\S*\p{L}|\p{L}[^\s\p{L}]*\s+\S*\p{L}{2,}/u.test(text);
}

class Reader {
  readonly found: { readonly start: number; readonly text: string }[] = [];

  private note(node: Node, text: string): void {
    this.found.push({ start: node.start, text: text.replace(/\s+/g, ' ').trim() });
  }

  /** Whatever stands in a tree, each by what it is. */
  visit(node: Node): void {
    if (node.type === 'StyleSheet' || node.type === 'ImportDeclaration' || node.type === 'Comment' || /^TS(?!As|NonNull|Satisfies)/.test(node.type)) return;
    if (node.type === 'Script') this.visit(node['content'] as Node);
    else if (node.type === 'Text') {
      if (hasLetters(textOf(node, 'data'))) this.note(node, textOf(node, 'data'));
    } else if (Array.isArray(node['attributes']) && isNode(node['fragment'])) this.element(node);
    else if (node.type === 'Literal') {
      if (typeof node['value'] === 'string' && isSentence(node['value'])) this.note(node, node['value']);
    } else if (node.type === 'TemplateLiteral') this.template(node);
    else if (node.type === 'Property') {
      const key = isNode(node['key']) ? textOf(node['key'], 'name') || textOf(node['key'], 'value') : '';
      this.visitBeside(nodesIn(node['value']), technicalProperties.has(key));
    } else if (node.type === 'CallExpression' || node.type === 'NewExpression') {
      const callee = node['callee'] as Node;
      const name = textOf(callee, 'name') || (isNode(callee['property']) ? textOf(callee['property'], 'name') : '');
      this.visit(callee);
      this.visitBeside(nodesIn(node['arguments']), technicalCalls.has(name));
    } else if (node.type === 'BinaryExpression') this.visitBeside([...nodesIn(node['left']), ...nodesIn(node['right'])], node['operator'] !== '+');
    else this.visitChildren(node);
  }

  private visitChildren(node: Node, ...except: string[]): void {
    for (const [key, value] of Object.entries(node)) if (key !== 'metadata' && key !== 'typeAnnotation' && key !== 'returnType' && !except.includes(key)) for (const child of nodesIn(value)) this.visit(child);
  }

  /** What stands beside a literal is looked into even where the literal itself is for the machine. */
  private visitBeside(nodes: readonly Node[], isTechnical: boolean): void {
    for (const node of nodes) if (!isTechnical || (node.type !== 'Literal' && node.type !== 'TemplateLiteral')) this.visit(node);
  }

  private template(node: Node): void {
    const whole = nodesIn(node['quasis'])
      .map((quasi) => (quasi['value'] as { cooked: string }).cooked)
      .join('1');
    if (isSentence(whole)) this.note(node, whole.replaceAll('1', '…'));
    else for (const expression of nodesIn(node['expressions'])) this.visit(expression);
  }

  private element(node: Node): void {
    const spoken = node.type === 'Component' ? spokenProps : spokenAttributes;
    for (const attribute of nodesIn(node['attributes'])) {
      const name = textOf(attribute, 'name');
      if (attribute.type !== 'Attribute') this.visitBeside(nodesIn(attribute['expression']), false);
      else if (!technicalAttributes.has(name)) {
        const values = nodesIn(attribute['value']);
        const texts = values.filter((value) => value.type === 'Text').map((value) => textOf(value, 'data'));
        const whole = texts.join('1');
        if (!verbatim.has(whole) && hasLetters(whole) && (spoken.has(name) || (node.type === 'Component' && isSentence(whole)))) this.note(attribute, whole);
        for (const value of values) if (value.type !== 'Text') this.visit(value);
      }
    }
    for (const child of nodesIn((node['fragment'] as Node)['nodes'])) if (child.type !== 'Text' || !verbatimElements.has(textOf(node, 'name'))) this.visit(child);
  }
}

/** The syntax tree of a component, or of a module as the script of one; and the text its positions are of. */
function treeOf(path: string, at: string): { readonly tree: Node; readonly text: string } {
  const source = read(path, at);
  const text = path.endsWith('.svelte') ? source : `<script lang="ts">${source.replaceAll('</script', '<@script')}</script>`;
  return { tree: parseComponent(text, { modern: true }) as unknown as Node, text };
}

/** Words that people read and that stand in a component or module of the web app instead of the catalogue, each in a sentence. */
export function straySentences(at: string = root): string[] {
  return sources(at)
    .filter((path) => path.startsWith('web/src/') && !path.startsWith(catalogue))
    .flatMap((path) => {
      const { tree, text } = treeOf(path, at);
      const reader = new Reader();
      reader.visit(tree);
      return reader.found.map(({ start, text: words }) => `${path}:${String(text.slice(0, start).split('\n').length)} says ‘${words}’ itself; put it into a module of ${catalogue} and name it here.`);
    });
}

/** How many groups of the catalogue a file takes, as `<module>.<group>`. */
function groupsOf(path: string, at: string): string[] {
  return [...read(path, at).matchAll(/import \{ ([^}]*) \} from '[^']*\bwords\/(\w+)\.ts'/g)].flatMap(([, names = '', module = '']) => names.split(',').map((name) => `${module}.${name.trim().split(' as ')[0] ?? ''}`));
}

/** The files that are loaded before anything is asked for: what the entry imports, and what that imports. */
function firstLoad(at: string): Set<string> {
  const known = new Set(sources(at));
  const found = new Set<string>();
  const take = (path: string): void => {
    if (found.has(path) || !known.has(path)) return;
    found.add(path);
    for (const [, target = ''] of read(path, at).matchAll(/^\s*(?:import|export) (?!type )[^;]*? from '(\.[^']*)'/gm)) take(normalize(join(dirname(path), target)));
  };
  take('web/src/main.ts');
  return found;
}

/** Groups of the catalogue that come with the first load although only pages that are loaded later say them, each in a sentence. */
export function earlyWords(at: string = root): string[] {
  const files = firstLoad(at);
  const said = new Set([...files].flatMap((path) => groupsOf(path, at)));
  return [...files]
    .filter((path) => path.startsWith(catalogue))
    .flatMap((path) => {
      const module = path.slice(catalogue.length, -'.ts'.length);
      return [...read(path, at).matchAll(/^export const (\w+) = \{/gm)].flatMap(([, group = '']) =>
        said.has(`${module}.${group}`) ? [] : [`${path} is part of the first load, and ${group} of it is said by pages that are loaded later: put it into a module of their own.`],
      );
    });
}

/** How many groups the catalogue has: a check that finds none has lost its way. */
export function groupCount(at: string = root): number {
  return new Set(sources(at).filter((path) => path.startsWith('web/src/')).flatMap((path) => groupsOf(path, at))).size;
}
