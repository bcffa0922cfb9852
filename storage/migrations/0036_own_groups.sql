-- Groups of other sources than directories: those that people make ('custom': no provider, no remote id) and
-- those of provisioning ('plugin_scim': provider is the client's id, remote_id its externalId, if any).
alter table user_groups add column source text not null default 'ldap';
alter table user_groups alter column remote_id drop not null;
alter table user_groups drop constraint user_groups_provider_remote_id_key;
create unique index user_groups_by_remote on user_groups (source, provider, remote_id);
create index user_groups_by_source on user_groups (source, provider);
