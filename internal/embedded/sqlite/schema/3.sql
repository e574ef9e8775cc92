create table record (
  owner      text    not null,
  kind       text    not null,
  id         text    not null,
  version    integer not null,
  updated_at integer not null,
  doc        blob    not null,
  primary key (owner, kind, id)
) strict, without rowid;
