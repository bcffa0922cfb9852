#include "identity/access/ancillary_permissions.hpp"

#include <algorithm>
#include <map>

#include "core/base/error.hpp"
#include "core/model/permission.hpp"

namespace concordat::identity {
namespace {

using P = Permission;
const std::map<Permission, std::vector<Permission>>& ancillary() {
    static const std::map<Permission, std::vector<Permission>> table{
        {P::sysconsole_read_about_edition_and_license, {P::read_license_information}},
        {P::sysconsole_write_about_edition_and_license, {P::manage_license_information}},
        {P::sysconsole_read_user_management_users, {P::read_other_users_teams, P::get_analytics}},
        {P::sysconsole_write_user_management_users,
         {P::edit_other_users, P::demote_to_guest, P::promote_guest}},
        {P::sysconsole_read_user_management_teams,
         {P::list_private_teams, P::list_public_teams, P::view_team}},
        {P::sysconsole_write_user_management_teams,
         {P::manage_team, P::manage_team_roles, P::remove_user_from_team, P::join_private_teams,
          P::join_public_teams, P::add_user_to_team}},
        {P::sysconsole_read_user_management_channels,
         {P::read_public_channel, P::read_channel, P::read_public_channel_groups,
          P::read_private_channel_groups}},
        {P::sysconsole_write_user_management_channels,
         {P::manage_team, P::manage_public_channel_properties, P::manage_private_channel_properties,
          P::manage_public_channel_members, P::manage_private_channel_members, P::delete_public_channel,
          P::delete_private_channel, P::manage_channel_roles, P::convert_public_channel_to_private,
          P::convert_private_channel_to_public}},
        {P::sysconsole_write_user_management_groups,
         {P::manage_team, P::manage_public_channel_members, P::manage_private_channel_members,
          P::convert_public_channel_to_private, P::convert_private_channel_to_public}},
        {P::sysconsole_write_environment_web_server,
         {P::test_site_url, P::reload_config, P::invalidate_caches}},
        {P::sysconsole_write_environment_database, {P::recycle_database_connections}},
        {P::sysconsole_read_environment_elasticsearch,
         {P::read_elasticsearch_post_indexing_job, P::read_elasticsearch_post_aggregation_job}},
        {P::sysconsole_write_environment_elasticsearch,
         {P::test_elasticsearch, P::create_elasticsearch_post_indexing_job,
          P::manage_elasticsearch_post_indexing_job, P::create_elasticsearch_post_aggregation_job,
          P::manage_elasticsearch_post_aggregation_job, P::purge_elasticsearch_indexes}},
        {P::sysconsole_write_environment_file_storage, {P::test_s3}},
        {P::sysconsole_write_environment_smtp, {P::test_email}},
        {P::sysconsole_read_reporting_server_logs, {P::get_logs}},
        {P::sysconsole_read_reporting_site_statistics, {P::get_analytics}},
        {P::sysconsole_read_reporting_team_statistics, {P::view_team}},
        {P::sysconsole_write_site_customization, {P::edit_brand}},
        {P::sysconsole_write_authentication_email, {P::invalidate_email_invite}},
        {P::sysconsole_read_authentication_ldap, {P::test_ldap, P::read_ldap_sync_job}},
        {P::sysconsole_write_authentication_ldap,
         {P::create_ldap_sync_job, P::manage_ldap_sync_job, P::add_ldap_public_cert,
          P::remove_ldap_public_cert, P::add_ldap_private_cert, P::remove_ldap_private_cert}},
        {P::sysconsole_read_authentication_saml, {P::get_saml_cert_status}},
        {P::sysconsole_write_authentication_saml,
         {P::get_saml_metadata_from_idp, P::add_saml_public_cert, P::remove_saml_public_cert,
          P::add_saml_private_cert, P::remove_saml_private_cert, P::add_saml_idp_cert,
          P::remove_saml_idp_cert}},
        {P::sysconsole_read_compliance_data_retention_policy, {P::read_data_retention_job}},
        {P::sysconsole_write_compliance_data_retention_policy,
         {P::create_data_retention_job, P::manage_data_retention_job}},
        {P::sysconsole_read_compliance_compliance_export,
         {P::read_compliance_export_job, P::download_compliance_export_result}},
        {P::sysconsole_write_compliance_compliance_export,
         {P::create_compliance_export_job, P::manage_compliance_export_job,
          P::download_compliance_export_result}},
        {P::sysconsole_read_compliance_compliance_monitoring, {P::read_audits}},
    };
    return table;
}

}  // namespace

std::vector<std::string> with_ancillary(const std::vector<std::string>& permissions) {
    std::vector<std::string> out;
    const auto add = [&](const std::string& name) {
        if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
    };
    for (const auto& name : permissions) {
        if (!permission_from(name))
            throw Error(Fault::invalid, "api.permission.ancillary.unknown", "No such permission: " + name);
        add(name);
    }
    for (const auto& name : permissions) {
        const auto more = ancillary().find(*permission_from(name));
        if (more == ancillary().end()) continue;
        for (const auto permission : more->second) add(std::string(name_of(permission)));
    }
    return out;
}

}  // namespace concordat::identity
