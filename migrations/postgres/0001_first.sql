-- The first layout. Times are milliseconds since 1970 (UTC), capacities are null for "unlimited". What belongs to an
-- event begins its keys with event_id and refers to nothing of another event, so that it can be distributed by event_id;
-- what belongs to none (meta, slugs) is small. Text that is compared or ordered is compared byte by byte.

-- Facts about this database: its layout, the hash of the owner's token.
create table meta (
    name text collate "C" primary key,
    value text not null
);

-- Read and written by every batch, so it holds only what a rule reads. Half of each page is left free, so that a new
-- version of a row stands beside the old one and no index has to follow.
create table events (
    event_id uuid primary key,
    slug text collate "C" not null,
    status text collate "C" not null check (status in ('draft', 'published', 'closed', 'cancelled')),
    visibility text collate "C" not null check (visibility in ('public', 'unlisted', 'team')),
    one_per text collate "C" not null check (one_per in ('email', 'email_and_name')),
    phone text collate "C" not null check (phone in ('hidden', 'optional', 'required')),
    phone_region text,
    organization_id uuid not null,
    -- The teams it concerns: their ids with a blank between them, in order.
    teams text collate "C" not null,
    capacity bigint,
    waitlist_policy text collate "C" not null check (waitlist_policy in ('strict', 'fill_gaps', 'off')),
    waitlist_limit bigint,
    max_skips bigint not null,
    max_spots bigint not null,
    roles_per_person bigint not null,
    starts_at bigint,
    ends_at bigint,
    opens_at bigint,
    closes_at bigint,
    cancel_until bigint,
    promote_until bigint,
    self_move boolean not null,
    verify_minutes bigint check (verify_minutes > 0),
    retention_days bigint check (retention_days > 0),
    reserved bigint not null check (reserved >= 0),
    waiting bigint not null check (waiting >= 0),
    registrations bigint not null check (registrations >= 0),
    override_spots bigint not null check (override_spots >= 0),
    seq bigint not null,
    last_at bigint not null,
    hash bytea not null check (octet_length(hash) = 32),
    revision bigint not null,
    -- Since when none of its places is free.
    full_since bigint,
    check (reserved <= capacity + override_spots)
) with (fillfactor = 50);
-- Touched only when settings change.
create index events_by_start on events (starts_at, event_id);
create index events_by_status on events (status, starts_at, event_id);
-- Only while somebody waits: looked through once at the start.
create index events_waiting on events (event_id) where waiting > 0;

-- Unique over all events, and therefore a table of its own, which refers to none.
create table slugs (
    slug text collate "C" primary key,
    -- Unique: an event has one slug; found when it changes or the event goes.
    event_id uuid not null unique
);

-- What no rule reads.
create table event_texts (
    event_id uuid primary key references events on delete cascade,
    title text not null,
    description text not null,
    location text not null,
    contact text not null,
    timezone text not null,
    metadata text not null
);

create table roles (
    event_id uuid not null references events on delete cascade,
    role_id uuid not null,
    name text not null,
    name_key text collate "C" not null,
    description text not null default '',
    capacity bigint,
    starts_at bigint,
    ends_at bigint,
    sort bigint not null,
    min_needed bigint not null,
    closed boolean not null,
    reserved bigint not null check (reserved >= 0),
    waiting bigint not null check (waiting >= 0),
    registrations bigint not null check (registrations >= 0),
    override_spots bigint not null check (override_spots >= 0),
    -- The first in line and how often it was skipped.
    skipped_id uuid,
    skips bigint not null default 0,
    -- Since when none of its places is free.
    full_since bigint,
    primary key (event_id, role_id),
    unique (event_id, name_key),
    check (reserved <= capacity + override_spots)
) with (fillfactor = 50);
-- What begins soon; touched only when a shift gets another time.
create index roles_by_start on roles (starts_at) where starts_at is not null;

-- The source of truth for who is in. Everything personal stands here, where it can be erased.
create table registrations (
    event_id uuid not null,
    registration_id uuid not null,
    role_id uuid not null,
    person text collate "C" not null,
    person_tag bytea not null check (octet_length(person_tag) = 16),
    spots bigint not null check (spots >= 1),
    status text collate "C" not null
        check (status in ('confirmed', 'held', 'waitlisted', 'declined', 'cancelled', 'removed')),
    -- Until when the e-mail must be verified.
    verify_by bigint,
    wait_seq bigint not null,
    -- Zero while active, else the seq that ended it.
    ended_seq bigint not null,
    checked_in bigint not null check (checked_in between 0 and spots),
    link_version bigint not null,
    created_at bigint not null,
    name text not null,
    email text,
    phone text,
    notes text,
    special_requirements text,
    staff_note text,
    metadata text,
    -- In which they are written to; null: English.
    language text,
    primary key (event_id, registration_id),
    foreign key (event_id, role_id) references roles (event_id, role_id),
    check ((ended_seq = 0) = (status in ('confirmed', 'held', 'waitlisted'))),
    check (status <> 'held' or verify_by is not null),
    check (verify_by is null or status in ('held', 'waitlisted'))
);
-- Nobody is active twice in a role.
create unique index registrations_active on registrations (event_id, person, role_id) where ended_seq = 0;
-- Somebody's registrations over all events.
create index registrations_by_person on registrations (person, event_id, role_id, ended_seq);
-- The role stands before the status, so that the foreign key finds quickly that a role to be removed is empty.
create index registrations_by_role on registrations (event_id, role_id, status, wait_seq, registration_id);
-- The waiting in order, by size of the party; touched only by those who wait.
create index registrations_waiting on registrations (event_id, role_id, spots, wait_seq) where status = 'waitlisted';
-- Those whose e-mail waits to be verified, by when that ends.
create index registrations_unverified on registrations (verify_by, event_id, registration_id)
    where verify_by is not null;

-- One entry a change, never updated. No personal data.
create table log (
    event_id uuid not null references events on delete cascade,
    seq bigint not null,
    at bigint not null,
    actor text collate "C" not null,
    kind text collate "C" not null,
    registration_id uuid,
    body text not null,
    hash bytea not null check (octet_length(hash) = 32),
    primary key (event_id, seq)
);

-- When somebody of a party came; touched only by those entries.
create index log_check_ins on log (event_id, registration_id, at) where kind = 'checked_in';

-- Free text that belongs to a log entry (a reason). Can be erased; the chain does not cover it.
create table log_texts (
    event_id uuid not null references events on delete cascade,
    seq bigint not null,
    text text not null,
    primary key (event_id, seq)
);

-- What was answered to a request with an Idempotency-Key.
-- Outlives its event: the answer to "delete this draft" is kept here too.
create table idempotency_keys (
    event_id uuid not null,
    who text collate "C" not null,
    key text collate "C" not null,
    fingerprint bytea not null check (octet_length(fingerprint) = 32),
    outcome text not null,
    at bigint not null,
    primary key (event_id, who, key)
);
create index idempotency_keys_by_age on idempotency_keys (at, event_id);
