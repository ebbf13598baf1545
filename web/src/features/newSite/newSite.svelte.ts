import type { Input, Output } from '#api/contracts/client.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** Typing is one look at the server, not one per letter, milliseconds. */
const TYPING_MS = 200;
/** What was typed outlives a sign-in in between, in this tab. */
const KEPT = 'studio.newSite';

type Look = Output<'GET /api/v1/new-site'>;
type FaultField = Look['faults'][number]['field'];

/** The form of a new site: what is typed, what the server says of it, and asking for it. */
export class NewSite extends OneAtATime<'create'> {
  title = $state('');
  shortId = $state('');
  name = $state('');
  starter = $state('');
  siteType = $state<'ocw' | 'pk12'>('ocw');
  look = $state.raw<Look | undefined>();
  /** Why what is typed cannot be looked at; it can be asked for all the same. */
  lookProblem = $state.raw<ApiProblem | undefined>();
  isLooking = $state(false);
  /** Whether the short id is the person's own, and follows the title no more. */
  isOwnId = $state(false);
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private turn = 0;

  constructor() {
    super();
    const kept = sessionStorage.getItem(KEPT);
    if (kept === null) return;
    const { title, shortId, name, siteType, isOwnId } = JSON.parse(kept) as Pick<NewSite, 'title' | 'shortId' | 'name' | 'siteType' | 'isOwnId'>;
    Object.assign(this, { title, shortId, name, siteType, isOwnId });
    if (title !== '' || shortId !== '') this.typed();
  }

  /** Whether the title has nothing that a name can be made of, so that one is asked for. */
  get needsName(): boolean {
    return this.name !== '' || this.faultOf('name') !== undefined;
  }

  /** What is wrong with a field, as the server says it of what is typed, or of what was asked for. */
  faultOf(field: FaultField | 'starter'): string | undefined {
    const refused = this.problem?.issues.find(({ path }) => path === `body.${field}`)?.message;
    return refused ?? this.look?.faults.find((fault) => fault.field === field)?.message;
  }

  /** Something was typed: it is looked at when the typing rests. */
  typed(): void {
    this.problem = undefined;
    const { title, shortId, name, siteType, isOwnId } = this;
    sessionStorage.setItem(KEPT, JSON.stringify({ title, shortId, name, siteType, isOwnId }));
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => void this.lookNow(), TYPING_MS);
  }

  typedId(text: string): void {
    this.shortId = text;
    this.isOwnId = text !== '';
    this.typed();
  }

  stop(): void {
    clearTimeout(this.waiting);
    this.turn += 1;
  }

  /** Asks for the site; resolves to its name, or undefined with `problem` set. */
  async create(): Promise<string | undefined> {
    clearTimeout(this.waiting);
    const body: Input<'POST /api/v1/sites'>['body'] = { title: this.title, shortId: this.shortId, starter: this.starter, siteType: this.siteType, ...(this.name.trim() === '' ? {} : { name: this.name.trim() }) };
    const site = await this.once('create', () => call('POST /api/v1/sites', { body }));
    if (site !== undefined) sessionStorage.removeItem(KEPT);
    return site?.name;
  }

  private async lookNow(): Promise<void> {
    const turn = (this.turn += 1);
    this.isLooking = true;
    try {
      const look = await call('GET /api/v1/new-site', { query: { title: this.title, ...(this.isOwnId ? { shortId: this.shortId } : {}), ...(this.name.trim() === '' ? {} : { name: this.name.trim() }) } });
      if (turn !== this.turn) return;
      [this.look, this.lookProblem] = [look, undefined];
      if (!this.isOwnId) this.shortId = look.shortId;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (turn === this.turn) this.lookProblem = error;
    } finally {
      if (turn === this.turn) this.isLooking = false;
    }
  }
}
