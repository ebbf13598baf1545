/** The id by which MIT Learn knows a course: the one it had in the system before the existing one, else the site's; without dashes. */
export function learnUid(siteId: string, legacyUid: unknown): string {
  return (typeof legacyUid === 'string' && legacyUid !== '' ? legacyUid : siteId).replaceAll('-', '');
}
