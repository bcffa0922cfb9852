#include "identity/access/ancillary_permissions.hpp"

#include <gtest/gtest.h>

#include "tests/support/refusal.hpp"

namespace concordat::identity {
namespace {

using Names = std::vector<std::string>;

TEST(AncillaryPermissions, FollowWhatIsAskedForEachOnce) {
    EXPECT_EQ(with_ancillary({}), Names());
    EXPECT_EQ(with_ancillary({"create_post"}), Names{"create_post"});
    EXPECT_EQ(with_ancillary({"sysconsole_read_reporting_site_statistics", "get_analytics"}),
              (Names{"sysconsole_read_reporting_site_statistics", "get_analytics"}));
    EXPECT_EQ(with_ancillary({"sysconsole_read_authentication_ldap", "sysconsole_read_authentication_ldap"}),
              (Names{"sysconsole_read_authentication_ldap", "test_ldap", "read_ldap_sync_job"}));
}

TEST(AncillaryPermissions, OfWhatIsNoPermissionThereAreNone) {
    EXPECT_EQ(test::refusal([] {
                  with_ancillary({"create_post", "fly"});
              }),
              "api.permission.ancillary.unknown");
}

}  // namespace
}  // namespace concordat::identity
