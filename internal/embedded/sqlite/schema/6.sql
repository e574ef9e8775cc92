-- What the pictures of the tasks that have a mark take.
alter table tally add column bytes integer not null default 0;
