import { configVariables } from './schema.ts';

/** The text of `.env.example`, in the order of the schema. */
export function renderEnvExample(): string {
  const lines = ['# Every variable the studio reads. Unset ones have the value shown.', ''];
  for (const variable of configVariables) {
    lines.push(`# ${variable.description}`);
    lines.push(variable.default === null || variable.secret ? `# ${variable.name}=` : `# ${variable.name}=${variable.default}`, '');
  }
  return lines.join('\n');
}
