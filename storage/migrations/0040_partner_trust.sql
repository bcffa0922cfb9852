-- Changes of organisations' keys, of this one, of partners, and of those that were introduced, byte by byte
-- as they were signed. Kept for ever: seals of former keys are checked with them.
create table federation_key_changes (
    organisation  uuid    not null,
    number        integer not null,   -- from 1
    change        text    not null,
    old_signature bytea   not null,
    new_signature bytea   not null,
    received_at   bigint  not null,
    primary key (organisation, number)
);

-- Names that partners' certificates of an outside infrastructure must have, as DNS:… or URI:….
create table federation_certificate_names (
    partner_id uuid primary key references federation_partners (id),
    name       text not null
);
