import { describe, expect, it } from 'vitest';
import { maskVolatile, readThemeDeclaration, undeclaredTheme } from '#domain/themeDeclaration.ts';

describe('what a theme says of itself', () => {
  it('is read, and what it does not say is as the production themes are', () => {
    expect(readThemeDeclaration({ missingInstructors: 'warn', volatilePatterns: ['a+'], later: 'unknown to us' })).toEqual({ missingInstructors: 'warn', volatilePatterns: ['a+'] });
    expect(readThemeDeclaration({})).toEqual({ missingInstructors: 'fail', volatilePatterns: [] });
    expect(readThemeDeclaration({ volatilePatterns: null })).toEqual({ missingInstructors: 'fail', volatilePatterns: [] });
  });

  it.each([
    [null, 'studio-theme.yaml holds no keys'],
    ['text', 'studio-theme.yaml holds no keys'],
    [{ missingInstructors: 'ignore' }, 'missingInstructors is neither warn nor fail'],
    [{ volatilePatterns: 'a' }, 'volatilePatterns is not a list of texts'],
    [{ volatilePatterns: ['a', 7] }, 'volatilePatterns is not a list of texts'],
    [{ volatilePatterns: ['('] }, 'Invalid regular expression'],
  ])('is refused when it is %j', (value, message) => {
    expect(() => readThemeDeclaration(value)).toThrow(message);
  });
});

describe('masking what changes from build to build', () => {
  const patterns = (sources: readonly string[]) => sources.map((source) => new RegExp(source, 'g'));

  it('blanks every match, and says so when there is none', () => {
    expect(maskVolatile('id=1 and id=22', patterns(['(?<=id=)\\d+']))).toBe('id=~ and id=~');
    expect(maskVolatile('nothing', patterns(['\\d+']))).toBeUndefined();
    expect(maskVolatile('a1b2', patterns(['\\d', '[ab]']))).toBe('~~~~');
  });

  it('makes two builds of the production player equal, and leaves other differences', () => {
    const player = (random: string, name: string): string => `<div class="video-embed"><video id="video-player-dQw4w9WgXcQ-${random}"></video>${name}</div><script>play("video-player--${random}")</script>`;
    const one = '6a0f1c2b3d4e5f60718293a4b5c6d7e8';
    const other = 'e8d7c6b5a4938271605f4e3d2b1c0f6a';
    const mask = (text: string): string | undefined => maskVolatile(text, patterns(undeclaredTheme.volatilePatterns));
    expect(mask(player(one, 'Lecture'))).toBe(mask(player(other, 'Lecture')));
    expect(mask(player(one, 'Lecture'))).not.toBe(mask(player(one, 'Lecture 2')));
    expect(mask(`<a href="/md5/${one}">`)).toBeUndefined();
  });
});
