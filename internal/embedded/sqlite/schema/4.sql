-- The index of words, see package search. A posting's task is the first 63 bits of
-- its id: 48 of time and 15 of chance, so a key may stand for several tasks.

create table term (
  id    integer primary key,
  owner text    not null,
  text  text    not null,
  unique (owner, text)
) strict;

create table posting (
  term integer not null,
  task integer not null,
  primary key (term, task)
) strict, without rowid;

-- How many tasks have a mark.
create table tally (
  owner text    not null,
  mark  text    not null,
  label text    not null,
  n     integer not null,
  primary key (owner, mark)
) strict, without rowid;

-- indexed: 0 to be put into the index, 1 in it, 2 in it but not with all words.
-- hidden: deleted, or in the bin.
drop index task_by_status;
drop index task_by_model;
alter table task drop column prompt;
alter table task add column indexed integer not null default 0;
alter table task add column hidden  integer not null default 0;
update task set hidden = deleted, indexed = deleted where deleted = 1;

create index task_listed on task (owner, id) where hidden = 0;
create index task_active on task (owner, id) where deleted = 0 and status in ('PENDING', 'PROCESSING');
create index task_loose on task (owner, id) where deleted = 0 and indexed <> 1;
create index task_unindexed on task (id, owner) where indexed = 0;
