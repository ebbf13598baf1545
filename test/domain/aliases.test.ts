import { describe, expect, it } from 'vitest';
import { aliasesOf, withAlias } from '#domain/aliases.ts';

describe('an old address', () => {
  it('leads to the page once it is renamed', () => {
    expect(withAlias({ draft: false }, '/pages/a', '/pages/b')).toEqual({ draft: false, aliases: ['/pages/a'] });
    expect(withAlias({ aliases: ['/pages/0'] }, '/pages/a', '/pages/b')).toEqual({ aliases: ['/pages/0', '/pages/a'] });
  });

  it('is kept once, with or without a slash at its end', () => {
    expect(withAlias({ aliases: ['/pages/a/'] }, '/pages/a', '/pages/b')).toEqual({ aliases: ['/pages/a/'] });
  });

  it('is none when the page moves back to it', () => {
    const there = withAlias({}, '/pages/a', '/pages/b');
    expect(withAlias(there, '/pages/b', '/pages/a')).toEqual({ aliases: ['/pages/b'] });
    expect(withAlias({ aliases: ['/pages/b/'] }, '/pages/b', '/pages/b')).toEqual({});
  });

  it('is added to what a hand wrote, a single one included', () => {
    expect(withAlias({ aliases: '/old' }, '/pages/a', '/pages/b')).toEqual({ aliases: ['/old', '/pages/a'] });
    expect(withAlias({ aliases: null }, '/pages/a', '/pages/b')).toEqual({ aliases: ['/pages/a'] });
    expect(aliasesOf({ aliases: ['/a', 7, '', null] })).toEqual(['/a']);
    expect(aliasesOf({})).toEqual([]);
  });

  it('leaves the given metadata alone', () => {
    const metadata = { aliases: ['/x'] };
    withAlias(metadata, '/a', '/b');
    expect(metadata).toEqual({ aliases: ['/x'] });
  });
});
