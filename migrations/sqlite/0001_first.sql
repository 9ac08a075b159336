-- The first layout. Times are milliseconds since 1970 (UTC), ids are the 16 bytes of a UUID, capacities are null for
-- "unlimited". What belongs to an event begins its keys with event_id.

-- Facts about this file: the hash of the owner's token, for instance.
create table meta (
    name text primary key,
    value text not null
) without rowid, strict;

-- Read and written by every batch, so it holds only what a rule reads.
create table events (
    event_id blob primary key,
    slug text not null,
    status text not null check (status in ('draft', 'published', 'closed', 'cancelled')),
    visibility text not null check (visibility in ('public', 'unlisted', 'team')),
    one_per text not null check (one_per in ('email', 'email_and_name')),
    phone text not null check (phone in ('hidden', 'optional', 'required')),
    phone_region text,
    organization_id blob not null,
    -- The teams it concerns: their ids with a blank between them, in order.
    teams text not null,
    capacity integer,
    waitlist_policy text not null check (waitlist_policy in ('strict', 'fill_gaps', 'off')),
    waitlist_limit integer,
    max_skips integer not null,
    max_spots integer not null,
    roles_per_person integer not null,
    starts_at integer,
    ends_at integer,
    opens_at integer,
    closes_at integer,
    cancel_until integer,
    promote_until integer,
    self_move integer not null check (self_move in (0, 1)),
    verify_minutes integer check (verify_minutes > 0),
    retention_days integer check (retention_days > 0),
    reserved integer not null check (reserved >= 0),
    waiting integer not null check (waiting >= 0),
    registrations integer not null check (registrations >= 0),
    override_spots integer not null check (override_spots >= 0),
    seq integer not null,
    last_at integer not null,
    hash blob not null check (length(hash) = 32),
    revision integer not null,
    -- Since when none of its places is free.
    full_since integer,
    check (reserved <= capacity + override_spots)
) without rowid, strict;
-- Touched only when settings change.
create index events_by_start on events (starts_at, event_id);
create index events_by_status on events (status, starts_at, event_id);
-- Only while somebody waits: looked through once at the start.
create index events_waiting on events (event_id) where waiting > 0;

-- Unique over all events, and therefore a table of its own.
create table slugs (
    slug text primary key,
    -- Unique: an event has one slug; found when it changes or the event goes.
    event_id blob not null unique references events on delete cascade
) without rowid, strict;

-- What no rule reads.
create table event_texts (
    event_id blob primary key references events on delete cascade,
    title text not null,
    description text not null,
    location text not null,
    contact text not null,
    timezone text not null,
    metadata text not null
) without rowid, strict;

create table roles (
    event_id blob not null references events on delete cascade,
    role_id blob not null,
    name text not null,
    name_key text not null,
    description text not null default '',
    capacity integer,
    starts_at integer,
    ends_at integer,
    sort integer not null,
    min_needed integer not null,
    closed integer not null check (closed in (0, 1)),
    reserved integer not null check (reserved >= 0),
    waiting integer not null check (waiting >= 0),
    registrations integer not null check (registrations >= 0),
    override_spots integer not null check (override_spots >= 0),
    -- The first in line and how often it was skipped.
    skipped_id blob,
    skips integer not null default 0,
    -- Since when none of its places is free.
    full_since integer,
    primary key (event_id, role_id),
    unique (event_id, name_key),
    check (reserved <= capacity + override_spots)
) without rowid, strict;
-- What begins soon; touched only when a shift gets another time.
create index roles_by_start on roles (starts_at) where starts_at is not null;

-- The source of truth for who is in. Everything personal stands here, where it can be erased.
create table registrations (
    event_id blob not null,
    registration_id blob not null,
    role_id blob not null,
    person text not null,
    person_tag blob not null check (length(person_tag) = 16),
    spots integer not null check (spots >= 1),
    status text not null
        check (status in ('confirmed', 'held', 'waitlisted', 'declined', 'cancelled', 'removed')),
    -- Until when the e-mail must be verified.
    verify_by integer,
    wait_seq integer not null,
    -- Zero while active, else the seq that ended it: makes the active ones unique in one index that also finds the
    -- ended ones.
    ended_seq integer not null,
    checked_in integer not null check (checked_in between 0 and spots),
    link_version integer not null,
    created_at integer not null,
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
) without rowid, strict;
create unique index registrations_by_person on registrations (person, event_id, role_id, ended_seq);
-- The role stands before the status, so that the foreign key finds quickly that a role to be removed is empty.
create index registrations_by_role on registrations (event_id, role_id, status, wait_seq);
-- The waiting in order, by size of the party; touched only by those who wait.
create index registrations_waiting on registrations (event_id, role_id, spots, wait_seq) where status = 'waitlisted';
-- Those whose e-mail waits to be verified, by when that ends.
create index registrations_unverified on registrations (verify_by, event_id, registration_id)
    where verify_by is not null;

-- One entry a change, never updated. No personal data.
create table log (
    event_id blob not null references events on delete cascade,
    seq integer not null,
    at integer not null,
    actor text not null,
    kind text not null,
    registration_id blob,
    body text not null,
    hash blob not null check (length(hash) = 32),
    primary key (event_id, seq)
) without rowid, strict;

-- When somebody of a party came; touched only by those entries.
create index log_check_ins on log (event_id, registration_id, at) where kind = 'checked_in';

-- Free text that belongs to a log entry (a reason). Can be erased; the chain does not cover it.
create table log_texts (
    event_id blob not null references events on delete cascade,
    seq integer not null,
    text text not null,
    primary key (event_id, seq)
) without rowid, strict;

-- What was answered to a request with an Idempotency-Key.
-- Outlives its event: the answer to "delete this draft" is kept here too.
create table idempotency_keys (
    event_id blob not null,
    who text not null,
    key text not null,
    fingerprint blob not null check (length(fingerprint) = 32),
    outcome text not null,
    at integer not null,
    primary key (event_id, who, key)
) without rowid, strict;
create index idempotency_keys_by_age on idempotency_keys (at);

-- What SQLite's planner may expect: rows, and rows for each further column of the key. Without it the foreign key would
-- look through all registrations of an event when a role is removed. Fixed, so that no plan ever changes by itself.
analyze sqlite_schema;
insert into sqlite_stat1 (tbl, idx, stat) values
    ('registrations', 'registrations', '1000000 1000 1'),
    ('registrations', 'registrations_by_person', '1000000 3 2 1 1'),
    ('registrations', 'registrations_by_role', '1000000 1000 300 100 1'),
    ('registrations', 'registrations_waiting', '100000 1000 300 100 1'),
    ('registrations', 'registrations_unverified', '10000 2 1 1');
analyze sqlite_schema;
