-- The steps of records: which, and when the next is due.
alter table record add column step    integer not null default 0;
alter table record add column next_at integer; -- null: nothing is due

create index record_due on record (next_at, owner, id, step) where next_at is not null;
