import type { Knex } from 'knex';

/** What the pages of administration read: the audit log by its filters, and runs of every kind, a page at a time. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Processes act by themselves, and webhooks bring what others did.
    alter table audit_entries drop constraint audit_entries_actor_kind_check;
    alter table audit_entries add constraint audit_entries_actor_kind_check check (actor_kind in ('person', 'token', 'process', 'webhook', 'nobody'));

    -- Who is gone keeps a name, and so does a site.
    create index audit_entries_site_name on audit_entries (site_name, created_at desc, id desc);
    create index audit_entries_outcome on audit_entries (outcome, created_at desc, id desc) where outcome is distinct from 'done';

    -- A request may say only in its body which site it is about: with the outcome an entry may get the site it lacked.
    create or replace function keep_audit_entries() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' then raise exception 'audit_entries are kept for good'; end if;
      if old.outcome is not null and (new.outcome is distinct from old.outcome or new.detail is distinct from old.detail or new.site_name is distinct from old.site_name)
        or (new.id, new.action, new.actor_name, new.actor_kind, new.target, new.ip, new.created_at)
          is distinct from (old.id, old.action, old.actor_name, old.actor_kind, old.target, old.ip, old.created_at)
        or (old.site_name is not null and new.site_name is distinct from old.site_name)
        or (old.outcome is not null and new.site_id is not null and new.site_id is distinct from old.site_id)
        or (new.actor_id is not null and new.actor_id is distinct from old.actor_id)
        or (new.impersonator_id is not null and new.impersonator_id is distinct from old.impersonator_id)
        or (old.site_id is not null and new.site_id is not null and new.site_id is distinct from old.site_id)
      then raise exception 'audit_entries are not changed'; end if;
      return new;
    end $$;

    -- The list of runs by each of its filters, newest first.
    create index runs_process on runs (process, started_at desc, id);
    create index runs_process_state on runs (process, state, started_at desc, id);
    create index runs_version_state on runs (version, state, started_at desc, id);
    create index runs_open_started on runs (started_at desc, id) where state in ('running', 'failed');
    create index runs_state on runs (state, started_at desc, id);
    create index runs_version on runs (version, started_at desc, id);
    create index runs_site on runs (site_id, started_at desc, id);
    create index runs_workflow_id on runs (workflow_id, started_at desc, id desc);
    create index run_requests_by on run_requests (requested_by, created_at desc);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index run_requests_by, runs_workflow_id, runs_open_started, runs_version_state, runs_process_state, runs_site, runs_version, runs_state, runs_process, audit_entries_outcome, audit_entries_site_name;
    create or replace function keep_audit_entries() returns trigger language plpgsql as $$
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
    alter table audit_entries drop constraint audit_entries_actor_kind_check;
    alter table audit_entries add constraint audit_entries_actor_kind_check check (actor_kind in ('person', 'token', 'nobody'));
  `);
}
