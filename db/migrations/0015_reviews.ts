import type { Knex } from 'knex';

/** What people decided about reviews. Where a review stands is told by its run; this is what its run does not know. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table reviews (
      id uuid primary key,
      run_id uuid not null unique references runs (id) on delete cascade,
      site_id uuid not null references sites (id) on delete cascade,
      version text not null check (version in ('draft', 'live')),
      -- Null for the command line, here and below; the moment tells whether it happened.
      asked_by uuid references users (id) on delete set null,
      approval_asked_by uuid references users (id) on delete set null,
      approval_asked_at timestamptz,
      approved_by uuid references users (id) on delete set null,
      approved_at timestamptz,
      rejected_by uuid references users (id) on delete set null,
      rejected_at timestamptz,
      -- When it is to be published, while somebody wants that.
      scheduled_at timestamptz,
      scheduled_by uuid references users (id) on delete set null,
      let_through_by uuid references users (id) on delete set null,
      let_through_at timestamptz,
      -- The publish that was asked for last, and for which try of the review's step.
      publish_request_id uuid references run_requests (id) on delete set null,
      publish_attempt integer,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index reviews_site_id on reviews (site_id, created_at desc);
    create index reviews_scheduled on reviews (scheduled_at) where scheduled_at is not null;
    create index reviews_asked_by on reviews (asked_by);
    create index reviews_approval_asked_by on reviews (approval_asked_by);
    create index reviews_approved_by on reviews (approved_by);
    create index reviews_rejected_by on reviews (rejected_by);
    create index reviews_scheduled_by on reviews (scheduled_by);
    create index reviews_let_through_by on reviews (let_through_by);
    create index reviews_publish_request_id on reviews (publish_request_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table reviews');
}
