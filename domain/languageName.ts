const LANGUAGES = new Intl.DisplayNames('en', { type: 'language', languageDisplay: 'standard' });

/** A language (`en`, `pt-BR`) as people call it: "English", "Portuguese (Brazil)". */
export function languageName(language: string): string {
  return LANGUAGES.of(language) ?? language;
}
