#include "identity/access/builtin_roles.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/permission.hpp"

namespace concordat::identity {
namespace {

struct Line {
    const char* name;
    const char* display_name;
    const char* description;
    bool scheme_managed;
    bool built_in;
    const char* permissions;  // separated by blanks
};

constexpr const char* every_permission = "*";

// clang-format off
constexpr Line lines[] = {
    {"channel_admin", "Channel Admin",
     "Looks after one channel: its members, its roles and its settings.", true, true, R"(
        add_bookmark_private_channel add_bookmark_public_channel add_reaction create_post
        delete_bookmark_private_channel delete_bookmark_public_channel edit_bookmark_private_channel
        edit_bookmark_public_channel manage_channel_access_rules manage_channel_roles
        manage_private_channel_auto_translation manage_private_channel_banner manage_private_channel_members
        manage_public_channel_auto_translation manage_public_channel_banner manage_public_channel_members
        order_bookmark_private_channel order_bookmark_public_channel read_private_channel_groups
        read_public_channel_groups remove_reaction upload_file use_channel_mentions use_group_mentions)"},
    {"channel_guest", "Channel Guest",
     "Takes part in a channel as an invited outsider.", true, true, R"(
        add_reaction create_post edit_post read_channel read_channel_content remove_reaction upload_file
        use_channel_mentions)"},
    {"channel_user", "Channel Member",
     "Takes part in a channel.", true, true, R"(
        add_bookmark_private_channel add_bookmark_public_channel add_reaction create_post
        delete_bookmark_private_channel delete_bookmark_public_channel delete_post delete_private_channel
        delete_public_channel edit_bookmark_private_channel edit_bookmark_public_channel edit_post
        get_public_link manage_private_channel_members manage_private_channel_properties
        manage_public_channel_members manage_public_channel_properties order_bookmark_private_channel
        order_bookmark_public_channel read_channel read_channel_content read_private_channel_groups
        read_public_channel_groups remove_reaction upload_file use_channel_mentions use_group_mentions)"},
    {"compliance_officer", "Compliance Officer",
     "Asks for exports of messages and fetches them. Rights over exports do not come with administration.", false, true, R"(
        create_compliance_export_job download_compliance_export_result manage_compliance_export_job
        read_compliance_export_job sysconsole_read_compliance_compliance_export
        sysconsole_read_compliance_compliance_monitoring sysconsole_write_compliance_compliance_export)"},
    {"content_officer", "Content Officer",
     "Makes rules about what may be written and uploaded. Reads nothing that was said.", false, true, ""},
    {"custom_group_user", "Group Member",
     "Belongs to a group that people made themselves.", false, false, ""},
    {"export_approver", "Export Approver",
     "Approves or refuses exports that others have asked for. Reads nothing that was said.", false, true, ""},
    {"legal", "Legal",
     "Makes and releases legal holds. Rights over holds do not come with administration.", false, true, ""},
    {"playbook_admin", "Playbook Admin",
     "Looks after one playbook.", true, true, R"(
        playbook_private_manage_members playbook_private_manage_properties playbook_private_manage_roles
        playbook_public_make_private playbook_public_manage_members playbook_public_manage_properties
        playbook_public_manage_roles)"},
    {"playbook_member", "Playbook Member",
     "Works with one playbook.", true, true, R"(
        playbook_private_manage_members playbook_private_manage_properties playbook_private_view
        playbook_public_manage_members playbook_public_manage_properties playbook_public_view run_create)"},
    {"run_admin", "Run Admin",
     "Looks after one run of a playbook.", true, true, R"(run_manage_members run_manage_properties)"},
    {"run_member", "Run Member",
     "Takes part in one run of a playbook.", true, true, R"(run_view)"},
    {"secure_connection_manager", "Partner Connection Manager",
     "Connects this server with servers of other organisations.", false, true, R"(manage_secure_connections)"},
    {"shared_channel_manager", "Shared Channel Manager",
     "Shares channels with connected organisations.", false, true, R"(manage_shared_channels)"},
    {"system_admin", "System Admin",
     "May do everything on this server.", true, true, every_permission},
    {"system_custom_group_admin", "Group Admin",
     "Looks after all groups that people made themselves.", false, true, R"(
        create_custom_group delete_custom_group edit_custom_group manage_custom_group_members
        restore_custom_group)"},
    {"system_guest", "Guest",
     "Signs in as an invited outsider and sees only the places they were invited to.", true, true, R"(create_direct_channel create_group_channel)"},
    {"system_manager", "System Manager",
     "Runs the server day to day, without rights over security and other administrators.", false, true, R"(
        add_user_to_team convert_private_channel_to_public convert_public_channel_to_private
        create_elasticsearch_post_aggregation_job create_elasticsearch_post_indexing_job
        delete_private_channel delete_public_channel edit_brand get_analytics get_logs invalidate_caches
        join_private_teams join_public_teams list_private_teams list_public_teams manage_channel_roles
        manage_elasticsearch_post_aggregation_job manage_elasticsearch_post_indexing_job
        manage_outgoing_oauth_connections manage_private_channel_auto_translation
        manage_private_channel_members manage_private_channel_properties
        manage_public_channel_auto_translation manage_public_channel_members
        manage_public_channel_properties manage_team manage_team_roles purge_elasticsearch_indexes
        read_channel read_elasticsearch_post_aggregation_job read_elasticsearch_post_indexing_job
        read_ldap_sync_job read_license_information read_private_channel_groups read_public_channel
        read_public_channel_groups recycle_database_connections reload_config remove_user_from_team
        sysconsole_read_about_edition_and_license sysconsole_read_authentication_email
        sysconsole_read_authentication_guest_access sysconsole_read_authentication_ldap
        sysconsole_read_authentication_mfa sysconsole_read_authentication_openid
        sysconsole_read_authentication_password sysconsole_read_authentication_saml
        sysconsole_read_authentication_signup sysconsole_read_environment_database
        sysconsole_read_environment_developer sysconsole_read_environment_elasticsearch
        sysconsole_read_environment_file_storage sysconsole_read_environment_high_availability
        sysconsole_read_environment_image_proxy sysconsole_read_environment_logging
        sysconsole_read_environment_performance_monitoring
        sysconsole_read_environment_push_notification_server sysconsole_read_environment_rate_limiting
        sysconsole_read_environment_session_lengths sysconsole_read_environment_smtp
        sysconsole_read_environment_web_server sysconsole_read_integrations_bot_accounts
        sysconsole_read_integrations_cors sysconsole_read_integrations_gif
        sysconsole_read_integrations_integration_management sysconsole_read_plugins
        sysconsole_read_products_boards sysconsole_read_reporting_server_logs
        sysconsole_read_reporting_site_statistics sysconsole_read_reporting_team_statistics
        sysconsole_read_site_announcement_banner sysconsole_read_site_customization
        sysconsole_read_site_emoji sysconsole_read_site_file_sharing_and_downloads
        sysconsole_read_site_localization sysconsole_read_site_notices sysconsole_read_site_notifications
        sysconsole_read_site_posts sysconsole_read_site_public_links sysconsole_read_site_users_and_teams
        sysconsole_read_user_management_channels sysconsole_read_user_management_groups
        sysconsole_read_user_management_permissions sysconsole_read_user_management_teams
        sysconsole_write_environment_database sysconsole_write_environment_developer
        sysconsole_write_environment_elasticsearch sysconsole_write_environment_file_storage
        sysconsole_write_environment_high_availability sysconsole_write_environment_image_proxy
        sysconsole_write_environment_logging sysconsole_write_environment_performance_monitoring
        sysconsole_write_environment_push_notification_server sysconsole_write_environment_rate_limiting
        sysconsole_write_environment_session_lengths sysconsole_write_environment_smtp
        sysconsole_write_environment_web_server sysconsole_write_integrations_bot_accounts
        sysconsole_write_integrations_cors sysconsole_write_integrations_gif
        sysconsole_write_integrations_integration_management sysconsole_write_products_boards
        sysconsole_write_site_announcement_banner sysconsole_write_site_customization
        sysconsole_write_site_emoji sysconsole_write_site_file_sharing_and_downloads
        sysconsole_write_site_localization sysconsole_write_site_notices sysconsole_write_site_notifications
        sysconsole_write_site_posts sysconsole_write_site_public_links sysconsole_write_site_users_and_teams
        sysconsole_write_user_management_channels sysconsole_write_user_management_groups
        sysconsole_write_user_management_permissions sysconsole_write_user_management_teams
        test_elasticsearch test_email test_ldap test_s3 test_site_url view_team)"},
    {"system_post_all", "Post Everywhere",
     "Writes in every channel, also without being a member. Meant for bots and integrations.", false, true, R"(create_post upload_file use_channel_mentions use_group_mentions)"},
    {"system_post_all_public", "Post in Public Channels",
     "Writes in every public channel, also without being a member. Meant for bots and integrations.", false, true, R"(create_post_public use_channel_mentions use_group_mentions)"},
    {"system_read_only_admin", "System Observer",
     "Sees the whole administration and changes nothing.", false, true, R"(
        download_compliance_export_result get_analytics get_logs list_private_teams list_public_teams
        read_audits read_channel read_compliance_export_job read_data_retention_job
        read_elasticsearch_post_aggregation_job read_elasticsearch_post_indexing_job read_ldap_sync_job
        read_license_information read_other_users_teams read_private_channel_groups read_public_channel
        read_public_channel_groups sysconsole_read_about_edition_and_license
        sysconsole_read_authentication_email sysconsole_read_authentication_guest_access
        sysconsole_read_authentication_ldap sysconsole_read_authentication_mfa
        sysconsole_read_authentication_openid sysconsole_read_authentication_password
        sysconsole_read_authentication_saml sysconsole_read_authentication_signup
        sysconsole_read_compliance_compliance_export sysconsole_read_compliance_compliance_monitoring
        sysconsole_read_compliance_custom_terms_of_service sysconsole_read_compliance_data_retention_policy
        sysconsole_read_environment_database sysconsole_read_environment_developer
        sysconsole_read_environment_elasticsearch sysconsole_read_environment_file_storage
        sysconsole_read_environment_high_availability sysconsole_read_environment_image_proxy
        sysconsole_read_environment_logging sysconsole_read_environment_mobile_security
        sysconsole_read_environment_performance_monitoring
        sysconsole_read_environment_push_notification_server sysconsole_read_environment_rate_limiting
        sysconsole_read_environment_session_lengths sysconsole_read_environment_smtp
        sysconsole_read_environment_web_server sysconsole_read_experimental_feature_flags
        sysconsole_read_experimental_features sysconsole_read_integrations_bot_accounts
        sysconsole_read_integrations_cors sysconsole_read_integrations_gif
        sysconsole_read_integrations_integration_management sysconsole_read_plugins
        sysconsole_read_products_boards sysconsole_read_reporting_server_logs
        sysconsole_read_reporting_site_statistics sysconsole_read_reporting_team_statistics
        sysconsole_read_site_announcement_banner sysconsole_read_site_customization
        sysconsole_read_site_emoji sysconsole_read_site_file_sharing_and_downloads
        sysconsole_read_site_localization sysconsole_read_site_notices sysconsole_read_site_notifications
        sysconsole_read_site_posts sysconsole_read_site_public_links sysconsole_read_site_users_and_teams
        sysconsole_read_user_management_channels sysconsole_read_user_management_groups
        sysconsole_read_user_management_permissions sysconsole_read_user_management_teams
        sysconsole_read_user_management_users test_ldap view_team)"},
    {"system_user", "Member",
     "Signs in and uses this server.", true, true, R"(
        create_custom_group create_direct_channel create_emojis create_group_channel create_team
        delete_custom_group delete_emojis edit_custom_group join_public_teams list_public_teams
        manage_custom_group_members restore_custom_group view_members)"},
    {"system_user_access_token", "Personal Access Tokens",
     "Makes, lists and revokes own access tokens.", false, true, R"(create_user_access_token read_user_access_token revoke_user_access_token)"},
    {"system_user_manager", "User Manager",
     "Looks after accounts, groups, teams and channels.", false, true, R"(
        add_user_to_team convert_private_channel_to_public convert_public_channel_to_private
        delete_private_channel delete_public_channel join_private_teams join_public_teams list_private_teams
        list_public_teams manage_channel_roles manage_private_channel_auto_translation
        manage_private_channel_members manage_private_channel_properties
        manage_public_channel_auto_translation manage_public_channel_members
        manage_public_channel_properties manage_team manage_team_roles read_channel read_ldap_sync_job
        read_private_channel_groups read_public_channel read_public_channel_groups remove_user_from_team
        sysconsole_read_authentication_email sysconsole_read_authentication_guest_access
        sysconsole_read_authentication_ldap sysconsole_read_authentication_mfa
        sysconsole_read_authentication_openid sysconsole_read_authentication_password
        sysconsole_read_authentication_saml sysconsole_read_authentication_signup
        sysconsole_read_user_management_channels sysconsole_read_user_management_groups
        sysconsole_read_user_management_permissions sysconsole_read_user_management_teams
        sysconsole_write_user_management_channels sysconsole_write_user_management_groups
        sysconsole_write_user_management_teams test_ldap view_team)"},
    {"team_admin", "Team Admin",
     "Looks after one team: its members, its channels and its settings.", true, true, R"(
        add_bookmark_private_channel add_bookmark_public_channel add_reaction
        bypass_incoming_webhook_channel_lock convert_private_channel_to_public
        convert_public_channel_to_private create_post delete_bookmark_private_channel
        delete_bookmark_public_channel delete_others_posts delete_post edit_bookmark_private_channel
        edit_bookmark_public_channel import_team manage_channel_access_rules manage_channel_roles
        manage_others_incoming_webhooks manage_others_outgoing_webhooks manage_others_slash_commands
        manage_own_incoming_webhooks manage_own_outgoing_webhooks manage_own_slash_commands
        manage_private_channel_auto_translation manage_private_channel_banner manage_private_channel_members
        manage_public_channel_auto_translation manage_public_channel_banner manage_public_channel_members
        manage_team manage_team_roles order_bookmark_private_channel order_bookmark_public_channel
        playbook_private_manage_roles playbook_public_manage_roles read_private_channel_groups
        read_public_channel_groups remove_reaction remove_user_from_team upload_file use_channel_mentions
        use_group_mentions)"},
    {"team_guest", "Team Guest",
     "Belongs to a team as an invited outsider.", true, true, R"(view_team)"},
    {"team_post_all", "Post Everywhere in the Team",
     "Writes in every channel of one team, also without being a member.", false, true, R"(create_post upload_file use_channel_mentions use_group_mentions)"},
    {"team_post_all_public", "Post in Public Channels of the Team",
     "Writes in every public channel of one team, also without being a member.", false, true, R"(create_post_public use_channel_mentions use_group_mentions)"},
    {"team_user", "Team Member",
     "Belongs to a team.", true, true, R"(
        add_user_to_team create_private_channel create_public_channel invite_user join_public_channels
        list_team_channels playbook_private_create playbook_public_create read_public_channel view_team)"},
};
// clang-format on

std::vector<std::string> words_of(std::string text) {
    if (text == every_permission) {
        auto all = names_of(Permissions().set());
        std::sort(all.begin(), all.end());
        return all;
    }
    std::replace(text.begin(), text.end(), '\n', ' ');
    return split_words(text);
}

std::vector<BuiltinRole> read_table() {
    std::vector<BuiltinRole> roles;
    for (const auto& line : lines) {
        roles.push_back({line.name, line.display_name, line.description, words_of(line.permissions),
                         line.scheme_managed, line.built_in});
    }
    return roles;
}

}  // namespace

const std::vector<BuiltinRole>& builtin_roles() {
    static const std::vector<BuiltinRole> roles = read_table();
    return roles;
}

const BuiltinRole* builtin_role(const std::string& name) {
    for (const auto& role : builtin_roles()) {
        if (role.name == name) return &role;
    }
    return nullptr;
}

}  // namespace concordat::identity
