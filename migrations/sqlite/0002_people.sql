-- People: accounts, organizations and teams, who may do what, and what is mailed or delivered because of it. Small tables,
-- read and written by scripts (src/store/script.rs), the same SQL on both databases. Times are milliseconds since 1970.

create table organizations (
    organization_id blob primary key,
    name text not null,
    created_at integer not null
) strict;
-- The server's first one, to which events belong that name none.
insert into organizations (organization_id, name, created_at) values (zeroblob(16), 'Our organization', 0);

-- generation: raised when the password, the address or a right changes; what was made under an older one has ended.
create table accounts (
    account_id blob primary key,
    email text not null,
    email_key text not null unique,
    name text not null,
    -- In which they are written to; null: English.
    language text,
    password_hash text,
    confirmed_at integer,
    created_at integer not null,
    ended_at integer,
    generation integer not null
) strict;

-- everything: whether a manager manages all events; else those in grants.
create table members (
    organization_id blob not null,
    account_id blob not null,
    role text not null check (role in ('owner', 'manager', 'staff')),
    special_requirements integer not null check (special_requirements in (0, 1)),
    everything integer not null check (everything in (0, 1)),
    created_at integer not null,
    primary key (organization_id, account_id)
) without rowid, strict;
create index members_by_account on members (account_id);

-- What a manager manages who does not manage everything.
create table grants (
    organization_id blob not null,
    account_id blob not null,
    kind text not null check (kind in ('event', 'team')),
    target_id blob not null,
    primary key (organization_id, account_id, kind, target_id)
) without rowid, strict;

create table teams (
    team_id blob primary key,
    organization_id blob not null,
    name text not null,
    name_key text not null,
    unique (organization_id, name_key)
) strict;

create table team_members (
    team_id blob not null,
    account_id blob not null,
    primary key (team_id, account_id)
) without rowid, strict;
create index team_members_by_account on team_members (account_id);

create table sessions (
    session_hash text primary key,
    account_id blob not null,
    generation integer not null,
    created_at integer not null,
    seen_at integer not null,
    expires_at integer not null
) strict;
create index sessions_by_account on sessions (account_id);
create index sessions_by_end on sessions (expires_at);

create table tokens (
    token_id blob primary key,
    account_id blob not null,
    name text not null,
    hash text not null unique,
    scopes text not null,
    generation integer not null,
    created_at integer not null,
    expires_at integer,
    revoked_at integer
) strict;
create index tokens_by_account on tokens (account_id);

-- What can be done once. The link itself is derived from link_id with the server's secret and stands nowhere.
create table links (
    link_id blob primary key,
    purpose text not null
        check (purpose in ('setup', 'invitation', 'confirm_account', 'reset_password', 'change_address')),
    account_id blob,
    organization_id blob,
    data text not null,
    created_by blob,
    created_at integer not null,
    expires_at integer not null,
    used_at integer
) strict;
create index links_by_account on links (account_id) where account_id is not null;
create index links_by_organization on links (organization_id) where organization_id is not null;

-- Lets its holder check people in at one event, until it expires.
create table doors (
    door_id blob primary key,
    event_id blob not null,
    organization_id blob not null,
    name text not null,
    created_by blob,
    created_at integer not null,
    expires_at integer not null,
    revoked_at integer
) strict;
create index doors_by_event on doors (event_id);

-- version: raising it gives another signing secret, which is derived and stands nowhere.
create table webhooks (
    webhook_id blob primary key,
    organization_id blob not null,
    url text not null,
    kinds text not null,
    personal integer not null check (personal in (0, 1)),
    version integer not null,
    created_at integer not null,
    ended_at integer
) strict;
create index webhooks_by_organization on webhooks (organization_id);

-- Up to which entry of an event's log deliveries have been made out.
create table webhook_marks (
    event_id blob primary key,
    seq integer not null
) strict;

-- At which entry of an event's log nothing personal was left that it had kept for long enough.
create table retention_marks (
    event_id blob primary key,
    seq integer not null
) strict;

-- due_at: when it is to be tried next; null once it was delivered or given up.
create table webhook_deliveries (
    delivery_id blob primary key,
    webhook_id blob not null,
    event_id blob not null,
    seq integer not null,
    kind text not null,
    payload text not null,
    created_at integer not null,
    due_at integer,
    attempts integer not null,
    status integer,
    problem text,
    delivered_at integer,
    unique (webhook_id, event_id, seq)
) strict;
create index webhook_deliveries_due on webhook_deliveries (webhook_id, due_at) where due_at is not null;
-- The ids are made in the order of time, so this lists the newest first.
create index webhook_deliveries_listed on webhook_deliveries (webhook_id, delivery_id);

-- What is to be mailed, written in the transaction of its cause. Ids only: the address is looked up when it is sent.
-- seq: the log entry that caused it. stood: where the registration stood before what may be undone ('': nowhere); null where
-- it cannot be. role_id: of what goes to many, whom it concerns; null: everybody.
create table outbox (
    message_id blob primary key,
    template text not null,
    event_id blob,
    registration_id blob,
    account_id blob,
    link_id blob,
    address text,
    role_id blob,
    seq integer,
    stood text,
    created_at integer not null,
    due_at integer not null,
    attempts integer not null default 0,
    problem text,
    -- When it was done with; where problem says why, it was given up.
    sent_at integer
) strict;
create index outbox_due on outbox (due_at) where sent_at is null;
-- What may still be undone of what a registration's holder is to be told.
create index outbox_undoable on outbox (event_id, registration_id) where sent_at is null and stood is not null;
-- What was mailed long ago is removed.
create index outbox_done on outbox (sent_at) where sent_at is not null;
