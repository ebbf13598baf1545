import type { ListedPerson, PersonDetail, Waiting } from '../../../api/contracts/accounts.ts';
import type { ApiToken } from '../../../api/contracts/apiTokens.ts';
import type { Output } from '../../../api/contracts/client.ts';
import type { StudioSession } from '../../../api/contracts/sessions.ts';
import type { SitePeople, SitePerson } from '../../../api/contracts/sitePeople.ts';
import type { RouteKey } from '../../../api/contracts/index.ts';
import { ago, newId, type Site } from './world.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const session = (some: Partial<StudioSession> = {}): StudioSession => ({ id: newId(), isThis: false, beganAt: ago(90_000), beganFrom: { userAgent: FIREFOX, ip: '203.0.113.7' }, usedAt: ago(600), usedFrom: { userAgent: FIREFOX, ip: '203.0.113.7' }, expiresAt: new Date(Date.now() + 3_600_000).toISOString(), actedBy: null, ...some });

/** People of the studio, who works on one site, sessions and tokens. */
export class PeopleFixture {
  sessions: StudioSession[];
  tokens: ApiToken[];
  sitePeople: SitePerson[];
  requests: SitePeople['requests'];
  /** The sites and requests of who is signed in. */
  own: Pick<Output<'GET /api/v1/account'>, 'sites' | 'requests'>;
  can: SitePeople['can'] = { manage: true, changeOwner: true, leave: false };
  readonly people: (ListedPerson & { waiting: Waiting[] })[];
  /** What was asked for, to be read by a test. */
  readonly bodies: { readonly key: RouteKey; readonly body: unknown }[] = [];
  private readonly site: Site;

  constructor(site: Site, me: { readonly id: string; readonly name: string }) {
    this.site = site;
    this.sessions = [session({ isThis: true }), session({ usedFrom: { userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1', ip: '2001:db8::42' } }), session({ usedFrom: { userAgent: null, ip: null }, actedBy: 'Lee Sandoval' })];
    this.own = { sites: [{ name: site.name, title: site.title, role: 'owner' }], requests: [{ site: 'algebra', message: 'Please.', state: 'refused', answer: 'Not this term.', askedAt: ago(9_000) }] };
    const token = (some: Partial<ApiToken>): ApiToken => ({ id: newId(), name: 'nightly reports', prefix: 'ocws_Ab12Cd', scopes: ['read'], roles: [], sites: null, madeBy: me, madeAt: ago(90_000), expiresAt: new Date(Date.now() + 40 * 86_400_000).toISOString(), revokedAt: null, lastUsedAt: ago(600), state: 'works', ...some });
    this.tokens = [token({}), token({ name: 'old importer', scopes: ['import', 'publish'], sites: [site.name], state: 'revoked', revokedAt: ago(9_000), lastUsedAt: null }), token({ name: 'command line', prefix: null, scopes: null, roles: ['global_admin'], madeBy: null, expiresAt: null })];
    const member = (name: string, role: SitePerson['role'], state: SitePerson['state'] = 'active'): SitePerson => ({ id: newId(), name, email: `${name.split(' ')[0]?.toLowerCase() ?? ''}@example.edu`, role, state, since: ago(90_000) });
    this.sitePeople = [member('Olga Rivera', 'owner'), member('Sam Whitfield', 'admin'), member('Ed Moreau', 'editor'), member('newcomer', 'editor', 'invited')];
    this.requests = [{ id: newId(), person: { id: newId(), name: 'Stan Ito', email: 'stan@example.edu' }, message: 'I teach this course in spring and would like to bring the syllabus up to date.', askedAt: ago(5_000) }];
    const person = (name: string, some: Partial<ListedPerson & { waiting: Waiting[] }> = {}) => ({ id: newId(), name, email: `${name.split(' ')[0]?.toLowerCase() ?? ''}@example.edu`, roles: [], siteCount: 0, state: 'active' as const, lastSignInAt: ago(5_000), waiting: [], ...some });
    const of = { name: site.name, title: site.title };
    this.people = [
      person(me.name, { id: me.id, roles: ['global_admin'] }),
      person('Olga Rivera', { siteCount: 1, waiting: [
        { kind: 'site-owned', site: of, runId: null, what: null, since: ago(90_000), others: 1 },
        { kind: 'review-to-decide', site: of, runId: newId(), what: 'Review', since: ago(800), others: 0 },
        { kind: 'run-asked', site: null, runId: newId(), what: 'Import', since: ago(300), others: null },
        { kind: 'access-to-decide', site: of, runId: null, what: null, since: ago(5_000), others: 1 },
      ] }),
      person('Gus Author', { roles: ['global_author'], state: 'closed' }),
      person('newcomer', { siteCount: 1, state: 'invited', lastSignInAt: null }),
    ];
  }

  /** What a route answers; undefined for one that is none of these. */
  answer(key: RouteKey, { params, query, body }: Asked, me: string | undefined): unknown {
    if (!key.startsWith('GET ')) this.bodies.push({ key, body });
    switch (key) {
      case 'GET /api/v1/account':
        return { ...this.own, can: { change: true, manageTokens: true } };
      case 'GET /api/v1/sessions':
      case 'GET /api/v1/people/:person/sessions':
        return { sessions: key === 'GET /api/v1/sessions' ? this.sessions : this.sessions.filter((one) => !one.isThis) };
      case 'DELETE /api/v1/sessions/:session':
        this.sessions = this.sessions.filter((one) => one.id !== params['session']);
        return { ended: 1 };
      case 'POST /api/v1/sessions/end-others':
      case 'POST /api/v1/people/:person/sessions/end': {
        const ended = this.sessions.filter((one) => !one.isThis).length;
        this.sessions = this.sessions.filter((one) => one.isThis);
        return { ended };
      }
      case 'GET /api/v1/tokens':
        return { tokens: this.tokens };
      case 'POST /api/v1/tokens': {
        const made: ApiToken = { ...(this.tokens[0] as ApiToken), id: newId(), name: String(body['name']), scopes: body['scopes'] as ApiToken['scopes'], lastUsedAt: null };
        this.tokens = [made, ...this.tokens];
        return { ...made, secret: 'ocws_Ab12CdTheRestOfTheTokenThatIsShownOnlyOnce' };
      }
      case 'DELETE /api/v1/tokens/:token':
        this.tokens = this.tokens.map((one) => (one.id === params['token'] ? { ...one, state: 'revoked', revokedAt: ago(0) } : one));
        return { name: 'nightly reports' };
      case 'GET /api/v1/sites/:site/people':
        return { people: this.sitePeople, requests: this.can.manage ? this.requests : [], can: this.can };
      case 'POST /api/v1/sites/:site/people':
      case 'PUT /api/v1/sites/:site/owner': {
        const email = String(body['email']);
        const role = key.startsWith('PUT') ? 'owner' : body['role'] === 'admin' ? 'admin' : 'editor';
        const person: SitePerson = { id: newId(), name: email.split('@')[0] ?? email, email, role, state: 'invited', since: ago(0) };
        this.sitePeople = [...this.sitePeople.map((one) => (role === 'owner' && one.role === 'owner' ? { ...one, role: 'admin' as const } : one)), person];
        return person;
      }
      case 'PATCH /api/v1/sites/:site/people/:person':
        this.sitePeople = this.sitePeople.map((one) => (one.id === params['person'] ? { ...one, role: body['role'] === 'admin' ? 'admin' : 'editor' } : one));
        return this.sitePeople.find((one) => one.id === params['person']);
      case 'DELETE /api/v1/sites/:site/people/:person':
        this.sitePeople = this.sitePeople.filter((one) => one.id !== params['person']);
        return { removed: true };
      case 'POST /api/v1/access-requests':
        return { message: `If there is a site named ‘${String(body['site'])}’, those who answer for it were told that you ask. You get a mail when they decide.` };
      case 'POST /api/v1/access-requests/:request/approve':
      case 'POST /api/v1/access-requests/:request/refuse':
        this.requests = this.requests.filter((one) => one.id !== params['request']);
        return { state: key.endsWith('approve') ? 'approved' : 'refused' };
      case 'GET /api/v1/people': {
        const search = String(query['search'] ?? '').toLowerCase();
        const fits = this.people.filter((one) => `${one.name} ${one.email}`.toLowerCase().includes(search) && (query['state'] === undefined || (query['state'] === 'closed') === (one.state === 'closed')) && (query['role'] === undefined || one.roles.includes(query['role'] as 'global_admin')));
        return { total: fits.length, people: fits.slice(Number(query['offset']), Number(query['offset']) + Number(query['limit'])) };
      }
      case 'GET /api/v1/people/:person':
        return this.detail(params['person'], me);
      case 'POST /api/v1/people/:person/close':
        this.set(params['person'], 'closed');
        return { sessionsEnded: 2, tokensRevoked: 1, person: this.detail(params['person'], me) };
      case 'POST /api/v1/people/:person/open':
        this.set(params['person'], 'active');
        return this.detail(params['person'], me);
      case 'POST /api/v1/people/:person/hand-over': {
        const person = this.person(params['person']);
        person.waiting = person.waiting.filter((one) => one.kind !== 'site-owned');
        return { sites: [this.site.name], person: this.detail(params['person'], me) };
      }
      case 'POST /api/v1/people/:person/impersonation':
        return { until: new Date(Date.now() + 3_600_000).toISOString() };
      case 'DELETE /api/v1/impersonation':
        return { isSignedIn: true };
      default:
        return undefined;
    }
  }

  private person(id: string | undefined) {
    const person = this.people.find((one) => one.id === id);
    if (person === undefined) throw new Error(`There is no person ${id ?? ''}`);
    return person;
  }

  private set(id: string | undefined, state: ListedPerson['state']): void {
    this.person(id).state = state;
  }

  private detail(id: string | undefined, me: string | undefined): PersonDetail {
    const person = this.person(id);
    const isSelf = person.id === me;
    const isOpen = person.state !== 'closed';
    return { ...person, sites: person.siteCount === 0 ? [] : [{ name: this.site.name, title: this.site.title, role: 'owner' }], waiting: { total: person.waiting.length, list: person.waiting }, can: { close: isOpen && !isSelf, open: !isOpen, impersonate: isOpen && !isSelf && !person.roles.includes('global_admin') } };
  }
}
