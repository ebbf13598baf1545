import { type Config, variables } from './schema.ts';

export type { Config } from './schema.ts';

/** Every fault of the environment at once, so that one look mends them all. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`The configuration is wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/**
 * Reads the configuration from the environment.
 * @throws {ConfigError} naming every variable that is missing or wrong.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const faults: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries(variables)) {
    const given = env[variable.name];
    const raw = given === undefined || given === '' ? variable.default : given;
    if (raw === null) {
      faults.push(`${variable.name} must be set: ${variable.description}`);
      continue;
    }
    const parsed = variable.schema.safeParse(raw);
    if (parsed.success) {
      config[key] = typeof parsed.data === 'string' && key.endsWith('Url') ? parsed.data.replace(/\/+$/, '') : parsed.data;
    } else {
      const shown = variable.secret ? '(hidden)' : JSON.stringify(raw);
      faults.push(`${variable.name} is ${shown}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`);
    }
  }
  faults.push(...faultsAmong(config));
  if (faults.length > 0) throw new ConfigError(faults);
  return config as Config;
}

/** What no variable shows by itself. */
function faultsAmong(config: Partial<Config>): string[] {
  return [...themeFaults(config), ...waybackFaults(config), ...posthogFaults(config), ...oidcFaults(config), ...mailFaults(config)];
}

function waybackFaults({ enableWaybackTasks, waybackAccessKey, waybackSecretKey }: Partial<Config>): string[] {
  if (enableWaybackTasks !== true || (waybackAccessKey !== undefined && waybackSecretKey !== undefined)) return [];
  return ['ENABLE_WAYBACK_TASKS is set, so WAYBACK_MACHINE_ACCESS_KEY and WAYBACK_MACHINE_SECRET_KEY must be: without an account no link can be archived'];
}

function posthogFaults({ posthogEnabled, posthogProjectApiKey }: Partial<Config>): string[] {
  return posthogEnabled === true && posthogProjectApiKey === undefined ? ['POSTHOG_ENABLED is set, so POSTHOG_PROJECT_API_KEY must be: events go to a project'] : [];
}

function oidcFaults({ oidcIssuer, oidcClientId, oidcClientSecret }: Partial<Config>): string[] {
  if (oidcIssuer === undefined) return [];
  const faults = oidcClientId === undefined || oidcClientSecret === undefined ? ['OIDC_ISSUER_URL is set, so OIDC_CLIENT_ID and OIDC_CLIENT_SECRET must be'] : [];
  const { protocol, hostname } = new URL(oidcIssuer);
  if (protocol !== 'https:' && !(protocol === 'http:' && /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname))) faults.push(`OIDC_ISSUER_URL is ${JSON.stringify(oidcIssuer)}: it must begin with https, but on this machine`);
  return faults;
}

function mailFaults({ mailgunKey, mailSmtpUrl }: Partial<Config>): string[] {
  return mailgunKey === undefined || mailSmtpUrl === undefined ? [] : ['MAILGUN_KEY and MAIL_SMTP_URL are both set: mails are handed over by one of them, so leave the other out'];
}

function themeFaults(config: Partial<Config>): string[] {
  const themes = config.extraCourseThemes;
  if (themes === undefined) return [];
  const faults = themes.filter((theme) => !/^[A-Za-z0-9][\w-]*$/.test(theme)).map((theme) => `OCW_EXTRA_COURSE_THEMES names ${JSON.stringify(theme)}, which cannot be a folder: it may have letters, digits, dashes and underscores`);
  for (const [name, mapping] of [['OCW_EXTRA_THEMES_BASE_URLS', config.extraThemesBaseUrls], ['OCW_EXTRA_THEMES_GTM_IDS', config.extraThemesGtmIds]] as const) {
    for (const theme of Object.keys(mapping ?? {})) if (!themes.includes(theme)) faults.push(`${name} names ${JSON.stringify(theme)}, which OCW_EXTRA_COURSE_THEMES does not`);
  }
  return faults;
}
