create table api_key (
  id         text    primary key,
  owner      text    not null,
  hash       blob    not null,  -- SHA-256 of the key
  created_at integer not null,
  revoked_at integer            -- null: valid
) strict, without rowid;
