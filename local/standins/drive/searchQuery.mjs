// @ts-check
import { invalid } from './driveError.mjs';

/** @typedef {{ name: string, mimeType: string, parents: readonly string[], trashed: boolean, appProperties: Readonly<Record<string, string>>, modifiedTime: string }} Searched */
/** @typedef {(file: Searched) => boolean} Predicate */
/** @typedef {{ type: 'text' | 'word' | 'sign', value: string }} Token */

/**
 * Parses a search of files.list (developers.google.com/workspace/drive/api/guides/search-files) as far as the stand-in knows it.
 * @param {string} q
 * @returns {{ matches: Predicate, parents: string[] }} with the folders it names
 */
export function parseSearchQuery(q) {
  const tokens = tokensOf(q);
  /** @type {string[]} */
  const parents = [];
  let at = 0;
  const peek = () => tokens[at];
  /** @param {Token['type']} type @param {string} [value] @returns {string} */
  const take = (type, value) => {
    const token = tokens[at];
    if (token === undefined || token.type !== type || (value !== undefined && token.value.toLowerCase() !== value)) throw invalid('q');
    at += 1;
    return token.value;
  };
  /** @param {string} word */
  const isNext = (word) => peek()?.type === 'word' && peek()?.value.toLowerCase() === word;

  /** @returns {Predicate} */
  function either() {
    let left = both();
    while (isNext('or')) {
      take('word', 'or');
      const [first, second] = [left, both()];
      left = (file) => first(file) || second(file);
    }
    return left;
  }

  /** @returns {Predicate} */
  function both() {
    let left = one();
    while (isNext('and')) {
      take('word', 'and');
      const [first, second] = [left, one()];
      left = (file) => first(file) && second(file);
    }
    return left;
  }

  /** @returns {Predicate} */
  function one() {
    if (isNext('not')) {
      take('word', 'not');
      const inner = one();
      return (file) => !inner(file);
    }
    if (peek()?.value === '(' && peek()?.type === 'sign') {
      take('sign', '(');
      const inner = either();
      take('sign', ')');
      return inner;
    }
    if (peek()?.type === 'text') {
      const id = take('text');
      take('word', 'in');
      take('word', 'parents');
      parents.push(id);
      return (file) => file.parents.includes(id);
    }
    const field = take('word');
    if (field === 'trashed') {
      const isEqual = operator(['=', '!=']) === '=';
      const value = take('word').toLowerCase();
      if (value !== 'true' && value !== 'false') throw invalid('q');
      return (file) => (file.trashed === (value === 'true')) === isEqual;
    }
    if (field === 'appProperties') {
      take('word', 'has');
      take('sign', '{');
      take('word', 'key');
      take('sign', '=');
      const key = take('text');
      take('word', 'and');
      take('word', 'value');
      take('sign', '=');
      const value = take('text');
      take('sign', '}');
      return (file) => file.appProperties[key] === value;
    }
    if (field === 'mimeType') {
      const sign = operator(['=', '!=', 'contains']);
      const value = take('text');
      if (sign === 'contains') return (file) => file.mimeType.startsWith(value);
      return (file) => (file.mimeType === value) === (sign === '=');
    }
    if (field === 'name') {
      const sign = operator(['=', '!=', 'contains']);
      const value = take('text').toLowerCase();
      // `contains` looks at beginnings of words only.
      if (sign === 'contains') return (file) => file.name.toLowerCase().split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(value)) || file.name.toLowerCase().startsWith(value);
      return (file) => (file.name.toLowerCase() === value) === (sign === '=');
    }
    if (field === 'modifiedTime') {
      const sign = operator(['<', '<=', '>', '>=', '=', '!=']);
      const value = Date.parse(take('text'));
      if (Number.isNaN(value)) throw invalid('q');
      return (file) => compare(Date.parse(file.modifiedTime), sign, value);
    }
    throw invalid('q');
  }

  /** @param {readonly string[]} allowed */
  function operator(allowed) {
    const value = peek()?.value.toLowerCase() ?? '';
    if (!allowed.includes(value) || peek()?.type === 'text') throw invalid('q');
    at += 1;
    return value;
  }

  const matches = either();
  if (at !== tokens.length) throw invalid('q');
  return { matches, parents };
}

/** @param {number} left @param {string} sign @param {number} right */
function compare(left, sign, right) {
  if (sign === '=') return left === right;
  if (sign === '!=') return left !== right;
  if (sign === '<') return left < right;
  if (sign === '<=') return left <= right;
  return sign === '>' ? left > right : left >= right;
}

/** @param {string} q @returns {Token[]} */
function tokensOf(q) {
  /** @type {Token[]} */
  const tokens = [];
  const pattern = /\s*(?:'((?:[^'\\]|\\['\\])*)'|([A-Za-z]+)|(!=|<=|>=|[=<>(){}]))\s*/gy;
  while (pattern.lastIndex < q.length) {
    const match = pattern.exec(q);
    if (match === null) throw invalid('q');
    const [, text, word, sign] = match;
    if (text !== undefined) tokens.push({ type: 'text', value: text.replace(/\\(['\\])/g, '$1') });
    else if (word !== undefined) tokens.push({ type: 'word', value: word });
    else tokens.push({ type: 'sign', value: sign ?? '' });
  }
  if (tokens.length === 0) throw invalid('q');
  return tokens;
}
