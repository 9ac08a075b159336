-- People: accounts, organizations and teams, who may do what, and what is mailed or delivered because of it. Small tables,
-- read and written by scripts (src/store/script.rs), the same SQL on both databases. Times are milliseconds since 1970.

create table organizations (
    organization_id uuid primary key,
    name text not null,
    created_at bigint not null
);
-- The server's first one, to which events belong that name none.
insert into organizations (organization_id, name, created_at) values ('00000000-0000-0000-0000-000000000000', 'Our organization', 0);

-- generation: raised when the password, the address or a right changes; what was made under an older one has ended.
create table accounts (
    account_id uuid primary key,
    email text not null,
    email_key text collate "C" not null unique,
    name text not null,
    -- In which they are written to; null: English.
    language text,
    password_hash text,
    confirmed_at bigint,
    created_at bigint not null,
    ended_at bigint,
    generation bigint not null
);

-- everything: whether a manager manages all events; else those in grants.
create table members (
    organization_id uuid not null,
    account_id uuid not null,
    role text collate "C" not null check (role in ('owner', 'manager', 'staff')),
    special_requirements bigint not null check (special_requirements in (0, 1)),
    everything bigint not null check (everything in (0, 1)),
    created_at bigint not null,
    primary key (organization_id, account_id)
);
create index members_by_account on members (account_id);

-- What a manager manages who does not manage everything.
create table grants (
    organization_id uuid not null,
    account_id uuid not null,
    kind text collate "C" not null check (kind in ('event', 'team')),
    target_id uuid not null,
    primary key (organization_id, account_id, kind, target_id)
);

create table teams (
    team_id uuid primary key,
    organization_id uuid not null,
    name text not null,
    name_key text collate "C" not null,
    unique (organization_id, name_key)
);

create table team_members (
    team_id uuid not null,
    account_id uuid not null,
    primary key (team_id, account_id)
);
create index team_members_by_account on team_members (account_id);

create table sessions (
    session_hash text collate "C" primary key,
    account_id uuid not null,
    generation bigint not null,
    created_at bigint not null,
    seen_at bigint not null,
    expires_at bigint not null
);
create index sessions_by_account on sessions (account_id);
create index sessions_by_end on sessions (expires_at);

create table tokens (
    token_id uuid primary key,
    account_id uuid not null,
    name text not null,
    hash text collate "C" not null unique,
    scopes text not null,
    generation bigint not null,
    created_at bigint not null,
    expires_at bigint,
    revoked_at bigint
);
create index tokens_by_account on tokens (account_id);

-- What can be done once. The link itself is derived from link_id with the server's secret and stands nowhere.
create table links (
    link_id uuid primary key,
    purpose text collate "C" not null
        check (purpose in ('setup', 'invitation', 'confirm_account', 'reset_password', 'change_address')),
    account_id uuid,
    organization_id uuid,
    data text not null,
    created_by uuid,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
create index links_by_account on links (account_id) where account_id is not null;
create index links_by_organization on links (organization_id) where organization_id is not null;

-- Lets its holder check people in at one event, until it expires.
create table doors (
    door_id uuid primary key,
    event_id uuid not null,
    organization_id uuid not null,
    name text not null,
    created_by uuid,
    created_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint
);
create index doors_by_event on doors (event_id);

-- version: raising it gives another signing secret, which is derived and stands nowhere.
create table webhooks (
    webhook_id uuid primary key,
    organization_id uuid not null,
    url text not null,
    kinds text not null,
    personal bigint not null check (personal in (0, 1)),
    version bigint not null,
    created_at bigint not null,
    ended_at bigint
);
create index webhooks_by_organization on webhooks (organization_id);

-- Up to which entry of an event's log deliveries have been made out.
create table webhook_marks (
    event_id uuid primary key,
    seq bigint not null
);

-- At which entry of an event's log nothing personal was left that it had kept for long enough.
create table retention_marks (
    event_id uuid primary key,
    seq bigint not null
);

-- due_at: when it is to be tried next; null once it was delivered or given up.
create table webhook_deliveries (
    delivery_id uuid primary key,
    webhook_id uuid not null,
    event_id uuid not null,
    seq bigint not null,
    kind text not null,
    payload text not null,
    created_at bigint not null,
    due_at bigint,
    attempts bigint not null,
    status bigint,
    problem text,
    delivered_at bigint,
    unique (webhook_id, event_id, seq)
);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, due_at) where due_at is not null;
-- The ids are made in the order of time, so this lists the newest first.
create index webhook_deliveries_listed on webhook_deliveries (webhook_id, delivery_id);

-- What is to be mailed, written in the transaction of its cause. Ids only: the address is looked up when it is sent.
-- seq: the log entry that caused it. stood: where the registration stood before what may be undone ('': nowhere); null where
-- it cannot be. role_id: of what goes to many, whom it concerns; null: everybody.
create table outbox (
    message_id uuid primary key,
    template text not null,
    event_id uuid,
    registration_id uuid,
    account_id uuid,
    link_id uuid,
    address text,
    role_id uuid,
    seq bigint,
    stood text,
    created_at bigint not null,
    due_at bigint not null,
    attempts bigint not null default 0,
    problem text,
    -- When it was done with; where problem says why, it was given up.
    sent_at bigint
);
create index outbox_due on outbox (due_at) where sent_at is null;
-- What may still be undone of what a registration's holder is to be told.
create index outbox_undoable on outbox (event_id, registration_id) where sent_at is null and stood is not null;
-- What was mailed long ago is removed.
create index outbox_done on outbox (sent_at) where sent_at is not null;
