-- Distributes headcount's tables over a Citus cluster: everything that belongs to an event goes to the shard of its
-- event_id, so that a batch is one transaction on one worker and commits there in one phase; meta and slugs are
-- copied to every node. Tried with Citus 13.2 on PostgreSQL 15, with the layout of migrations/postgres/0001_first.sql;
-- what 0002_people.sql adds is left on the coordinator.
--
-- When: once, after the first start of headcount (or the migrations alone) has made the tables, before the first event.
-- Stop headcount, then, as the role that headcount uses, on the coordinator:
--
--     psql "$DATABASE_URL" -f deploy/citus.sql
--
-- Before that, in the same database: `create extension citus` on every node, and on the coordinator
-- `select citus_set_coordinator_host('…', 5432)` and `select citus_add_node('…', 5432)` for each worker. Give headcount a
-- role of its own, not one that moves shards or makes backups: what is set below holds for this role.
--
-- All or nothing: it stops at the first error and changes nothing then. It refuses tables that hold events, because
-- distributing them would block every write for as long as copying takes; move a running server with
-- `headcount copy` into a fresh cluster instead.

\set ON_ERROR_STOP on
\set QUIET on
\pset pager off

begin;

do $$
begin
    if not exists (select from pg_extension where extname = 'citus') then
        raise exception 'this database has no Citus: run "create extension citus" on every node first';
    end if;
    if not exists (select from citus_get_active_worker_nodes()) then
        raise exception 'this cluster has no workers: run "select citus_add_node(host, port)" for each on the coordinator first';
    end if;
    if exists (select from citus_tables where table_name = 'events'::regclass) then
        raise exception 'the tables are distributed already: there is nothing to do';
    end if;
    if exists (select from events) then
        raise exception 'there are events in this database: distribute a fresh one and move them with "headcount copy"';
    end if;
end
$$;

-- Small, read together with every event, unique over all of them.
select create_reference_table('meta');
select create_reference_table('slugs');

-- 32 shards: a shard is what moves from worker to worker, so this is the largest number of workers that can share the
-- load, and a few shards a worker keep it even. Every read over all events (lists, somebody's registrations) asks each
-- shard, so more shards make those dearer. One event always lives on one shard: more shards never make it faster. Can
-- be changed later, while nothing writes, with alter_distributed_table('events', shard_count := …, cascade_to_colocated := true).
select create_distributed_table('events', 'event_id', colocate_with => 'none', shard_count => 32);

-- Colocated: the rows of an event are on the same worker in all tables, and foreign keys hold there.
select create_distributed_table('event_texts', 'event_id', colocate_with => 'events');
select create_distributed_table('roles', 'event_id', colocate_with => 'events');
select create_distributed_table('registrations', 'event_id', colocate_with => 'events');
select create_distributed_table('log', 'event_id', colocate_with => 'events');
select create_distributed_table('log_texts', 'event_id', colocate_with => 'events');
select create_distributed_table('idempotency_keys', 'event_id', colocate_with => 'events');

-- The tables of migrations/postgres/0002_people.sql (accounts, rights, mail, deliveries) stay as they are, on the coordinator
-- alone: they are small, belong to no event, and no statement joins them with those of events. Only a batch that has
-- something mailed writes to both, and is then committed in two phases.

-- The limits that a batch sets with "set local" hold on the node that headcount is connected to. The row is locked on the
-- worker, which hears nothing of them, so its sessions get limits of their own:
--
-- lock_timeout: a wait for the row ends on the worker after as long as it would on a PostgreSQL alone (55P03, "busy"), also
-- where nobody is left to call the wait off.
--
-- idle_in_transaction_session_timeout: a worker that is cut off from the node that began the transaction (its machine is
-- gone, the network is parted, the process stands still) gives the row back. Nothing else would tell it for hours. Longer
-- than a statement may take (5 s), since one worker is idle while another one works, where a transaction needs two.
--
-- No statement_timeout: that of the batch is kept by the node it is connected to, which also calls the statement off on
-- the worker. Here it would end what may take longer: copying, verify, lists over many events.
--
-- Set for the role, not for the database: so they hold on every node, on those that are added later too, and nothing that
-- another role does (moving shards, backups, reports) is cut short. Not with citus.propagate_set_commands = 'local', which
-- would send them in each batch, one round trip each.
do $$
begin
    execute format('alter role %I in database %I set lock_timeout = %L', current_user, current_database(), '4s');
    execute format('alter role %I in database %I set idle_in_transaction_session_timeout = %L', current_user,
        current_database(), '10s');
end
$$;

commit;

-- It worked if this lists meta and slugs as reference tables, and the other seven as distributed by event_id with 32
-- shards and one and the same colocation_id. `select * from citus_shards` tells which worker has what.
select table_name, citus_table_type, distribution_column, colocation_id, shard_count
from citus_tables
order by citus_table_type, table_name;
