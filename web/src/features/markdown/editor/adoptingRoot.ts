/**
 * The page as CodeMirror must see it to put its styles into a constructed style sheet, as it does in a shadow tree.
 * It would add a style element otherwise, which the studio’s policy (`style-src 'self'`) rightly refuses.
 */
export const adoptingRoot = new Proxy(document, {
  get: (page, key) => {
    if (key === 'head') return null;
    const value: unknown = Reflect.get(page, key, page);
    return typeof value === 'function' ? (value.bind(page) as unknown) : value;
  },
  set: (page, key, value) => Reflect.set(page, key, value, page),
});
