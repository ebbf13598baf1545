import type { Knex } from 'knex';

/** Who did what, when, and what came of it. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table audit_entries (
      id uuid primary key,
      action text not null,
      -- Null for what nobody signed in did; the name stays when the person or the token is gone.
      actor_id uuid references users (id) on delete set null,
      actor_name text not null,
      actor_kind text not null check (actor_kind in ('person', 'token', 'nobody')),
      -- Who acts in the actor's name.
      impersonator_id uuid references users (id) on delete set null,
      site_id uuid references sites (id) on delete set null,
      site_name text,
      -- What the address of the request names, and what the route adds.
      target jsonb not null default '{}',
      detail jsonb not null default '{}',
      ip text,
      -- Null while it is not known: a process that dies leaves it so.
      outcome text check (outcome in ('done', 'refused', 'failed')),
      code text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index audit_entries_created_at on audit_entries (created_at desc, id desc);
    create index audit_entries_actor_id on audit_entries (actor_id, created_at desc);
    create index audit_entries_impersonator_id on audit_entries (impersonator_id);
    create index audit_entries_site_id on audit_entries (site_id, created_at desc);
    create index audit_entries_action on audit_entries (action, created_at desc);

    -- What was written stays: only an outcome may be added, once, and a reference to what is gone be emptied.
    create function keep_audit_entries() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' then raise exception 'audit_entries are kept for good'; end if;
      if old.outcome is not null and (new.outcome is distinct from old.outcome or new.detail is distinct from old.detail)
        or (new.id, new.action, new.actor_name, new.actor_kind, new.site_name, new.target, new.ip, new.created_at)
          is distinct from (old.id, old.action, old.actor_name, old.actor_kind, old.site_name, old.target, old.ip, old.created_at)
        or (new.actor_id is not null and new.actor_id is distinct from old.actor_id)
        or (new.impersonator_id is not null and new.impersonator_id is distinct from old.impersonator_id)
        or (new.site_id is not null and new.site_id is distinct from old.site_id)
      then raise exception 'audit_entries are not changed'; end if;
      return new;
    end $$;
    create trigger audit_entries_kept before update or delete on audit_entries for each row execute function keep_audit_entries();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table audit_entries; drop function keep_audit_entries()');
}
