/**
 * What a themes repository says of itself in `studio-theme.yaml` at its root. Themes without the file are taken to be
 * the production ones: they fail on an instructor that is missing, and put a random id into their video players.
 */
export interface ThemeDeclaration {
  /** What Hugo does when an instructor's JSON is missing. */
  readonly missingInstructors: 'warn' | 'fail';
  /** Regular expressions whose matches change from build to build and mean nothing. */
  readonly volatilePatterns: readonly string[];
}

export const themeDeclarationFile = 'studio-theme.yaml';

/** The production themes end a player's id with the shuffled digits of an MD5: `video-player-<key>-<32 hexadecimal digits>`. */
export const undeclaredTheme: ThemeDeclaration = {
  missingInstructors: 'fail',
  volatilePatterns: ['(?<=video-player-[\\w-]{0,64}-)[0-9a-f]{32}(?![0-9a-f])'],
};

/**
 * Reads the parsed content of the file.
 * @throws {Error} naming what is wrong with it.
 */
export function readThemeDeclaration(value: unknown): ThemeDeclaration {
  if (typeof value !== 'object' || value === null) throw new Error(`${themeDeclarationFile} holds no keys`);
  const missing = 'missingInstructors' in value ? value.missingInstructors : 'fail';
  if (missing !== 'warn' && missing !== 'fail') throw new Error(`${themeDeclarationFile}: missingInstructors is neither warn nor fail`);
  const patterns = 'volatilePatterns' in value ? (value.volatilePatterns ?? []) : [];
  if (!Array.isArray(patterns) || !patterns.every((pattern): pattern is string => typeof pattern === 'string')) throw new Error(`${themeDeclarationFile}: volatilePatterns is not a list of texts`);
  for (const pattern of patterns) new RegExp(pattern);
  return { missingInstructors: missing, volatilePatterns: patterns };
}

/** The text with every volatile match blanked, or undefined when nothing matched. */
export function maskVolatile(text: string, patterns: readonly RegExp[]): string | undefined {
  let masked = text;
  for (const pattern of patterns) masked = masked.replace(pattern, '~');
  return masked === text ? undefined : masked;
}
