-- What a partner said of its policy for this organisation, and why it does not take a conversation.
alter table federation_partners add column told jsonb not null default '{}';
alter table federation_share_partners add column reason text not null default '';
