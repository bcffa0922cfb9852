// What this node can do, for clients that show or hide whole screens by it.
//
// Honesty rule: a flag is true only when the product really does it today; a client that is promised
// more shows screens that lead nowhere. Whoever finishes a feature turns its flag on here, in the
// same change. A flag says "can"; whether it is also wanted is a setting.
#pragma once

namespace concordat::web {

struct Features {
    // Conversation
    bool post_priority = true;
    bool post_acknowledgements = true;
    bool persistent_notifications = false;
    bool synced_drafts = true;
    bool scheduled_posts = true;
    bool channel_bookmarks = true;
    bool custom_groups = true;
    bool custom_profile_attributes = true;
    bool event_scope = false;  // whether typing and reactions go only to those who have the channel open

    // Presentation: settings that clients carry out by themselves
    bool announcement = true;
    bool theme_management = true;
    bool lock_teammate_name_display = true;

    // Identity
    bool mfa = true;
    bool ldap = true;
    bool ldap_groups = true;
    bool saml = true;
    bool open_id = true;
    bool google_oauth = true;
    bool office365_oauth = true;
    bool guest_accounts = true;
    bool guest_magic_link = false;
    bool custom_permission_schemes = true;
    bool access_tokens = true;
    bool bots = true;

    // Integrations and delivery
    bool incoming_webhooks = true;
    bool outgoing_webhooks = true;
    bool slash_commands = true;
    bool interactive_dialogs = true;
    bool oauth_provider = true;
    bool outgoing_oauth_connections = false;
    bool extensions = false;
    bool mail = true;                 // letters about accounts, and invitations
    bool mail_notifications = false;  // letters about messages
    bool push = false;
    bool id_loaded_push = false;

    // Compliance
    bool compliance = true;
    bool data_retention = true;
    bool message_export = true;
    bool custom_terms_of_service = true;

    // Partners and operations
    bool shared_channels = true;
    bool remote_clusters = true;
    bool cluster = false;
    bool metrics = true;
    bool client_metrics = false;  // clients report how fast they are
};

}  // namespace concordat::web
