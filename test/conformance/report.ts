import { isKept, MAX_EXCEPTED, type RepositoryReport } from './runConformance.ts';

/** The figures of all repositories together, and of each. */
export function reportSummary(reports: readonly RepositoryReport[]) {
  const sum = (count: (report: RepositoryReport) => number): number => reports.reduce((total, report) => total + count(report), 0);
  const rules: Record<string, number> = {};
  for (const { excepted } of reports) for (const [rule, count] of Object.entries(excepted)) rules[rule] = (rules[rule] ?? 0) + count;
  const files = sum((report) => report.files);
  const excepted = Object.values(rules).reduce((total, count) => total + count, 0);
  return {
    kept: isKept(reports),
    files,
    identical: sum((report) => report.identical),
    excepted,
    exceptedShare: share(excepted, files),
    exceptedByRule: rules,
    different: sum((report) => report.different.length),
    edited: sum((report) => report.edited),
    editedClean: sum((report) => report.editedClean),
    copies: sum((report) => report.copies.length),
    rememberedShare: share(sum((report) => report.remembered), sum((report) => report.characters)),
    repositories: reports,
  };
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 10_000);

/** The same in lines for people. */
export function reportLines(reports: readonly RepositoryReport[]): string[] {
  const total = reportSummary(reports);
  const percent = (part: number): string => `${(part * 100).toFixed(2)} %`;
  const rules = (counts: Readonly<Record<string, number>>): string => Object.entries(counts).map(([rule, count]) => `${rule} ${count}`).join(', ') || 'none';
  return [
    ...reports.flatMap((report) => [
      `${report.repository} (${report.starter}): files ${report.files}, identical ${report.identical}, excepted ${rules(report.excepted)}, different ${report.different.length}, edited ${report.edited}, editedClean ${report.editedClean}`,
      ...report.different.map(({ path, reason }) => `  different: ${path}: ${reason}`),
      ...report.editedUnclean.map(({ path, reason }) => `  edited: ${path}: ${reason}`),
      ...report.copies.map((path) => `  copied: ${path}: the database holds its whole text`),
    ]),
    '',
    `files        ${total.files}`,
    `identical    ${total.identical}`,
    `excepted     ${total.excepted} (${percent(total.exceptedShare)}): ${rules(total.exceptedByRule)}`,
    `different    ${total.different}`,
    `edited       ${total.edited}`,
    `editedClean  ${total.editedClean}`,
    `copies       ${total.copies} files whose text the database holds; of all texts it remembers ${percent(total.rememberedShare)} as they were written`,
    ...(total.exceptedShare > MAX_EXCEPTED ? [`More than ${percent(MAX_EXCEPTED)} of the files are excepted.`] : []),
    total.kept ? 'Every promise is kept.' : 'A promise is broken: see the lines above.',
  ];
}
