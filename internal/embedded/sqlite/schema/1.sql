-- Times are nanoseconds since 1970 UTC.

create table task (
  owner      text    not null,
  id         text    not null,
  version    integer not null,
  status     text    not null,
  model      text    not null,
  created_at integer not null,
  deleted    integer not null,
  doc        blob    not null,
  prompt     text    not null, -- folded, for searching
  primary key (owner, id)
) strict;

create index task_by_status on task (owner, status, id);
create index task_by_model on task (owner, model, id);

create table job (
  owner      text    not null,
  task       text    not null,
  n          integer not null,
  version    integer not null,
  status     text    not null,
  model      text    not null,
  created_at integer not null,
  next_at    integer,          -- null: nothing is due
  doc        blob    not null,
  primary key (owner, task, n)
) strict;

create index job_due on job (next_at, owner, task, n) where next_at is not null;
create index job_waiting on job (owner, model, created_at, task, n) where status = 'waiting';

create table slots (
  one     integer primary key check (one = 1),
  version integer not null,
  doc     blob    not null
) strict;

create table usage (
  owner  text    primary key,
  bytes  integer not null,
  images integer not null
) strict, without rowid;

create table spend (
  day    text    primary key,
  images integer not null
) strict, without rowid;

create table idempotency (
  owner      text    not null,
  key        text    not null,
  body_hash  blob    not null,
  task       text    not null,
  created_at integer not null,
  primary key (owner, key)
) strict, without rowid;

create index idempotency_by_age on idempotency (created_at);

-- The ids of hint only grow, so the oldest message has the smallest.
create table hint (
  id         integer primary key autoincrement,
  visible_at integer not null,
  sent_at    integer not null,
  received   integer not null, -- how often
  body       text    not null
) strict;

create index hint_by_visible on hint (visible_at);

create table dead_letter (
  id       integer primary key, -- as it was in hint
  died_at  integer not null,
  sent_at  integer not null,
  received integer not null,
  body     text    not null
) strict;
