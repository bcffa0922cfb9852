// Attributes of people that the organisation defines: a cost centre, a clearance, a telephone number.
//
// Administrators define fields; people fill in their own, but for those that are managed, which only
// administrators set. A field that is hidden is told to the person and to administrators, others to whoever
// may see the person. When the kind of a field changes, what people had is gone; a removed option is gone
// from the values, too. Values are not taken from directories or providers: a field that asks for it is
// refused.
//
// Thread-safe; calls block. Changes of fields, and of others' values, are decisions (act "account"); who may
// define fields is the route's rule.
// Errors: app.custom_profile_attributes.NAME.app_error (invalid, not_found, forbidden);
// app.user.missing_account.const (not_found); lacks_permission().
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "core/model/actor.hpp"
#include "core/model/profile_field.hpp"
#include "identity/access/gate.hpp"
#include "identity/account/accounts.hpp"
#include "identity/decision/decisions.hpp"

namespace concordat::identity {

// What is absent stays.
struct ProfileFieldPatch {
    std::optional<std::string> name, type;
    std::optional<json::object> attrs;  // members of ProfileFieldAttrs; others are refused
};
BOOST_DESCRIBE_STRUCT(ProfileFieldPatch, (), (name, type, attrs))

class ProfileAttributes {
public:
    static constexpr std::int64_t most_fields = 20;
    static constexpr std::size_t longest_name = 64, longest_text = 256, most_options = 200, most_chosen = 50;
    // Clients ask for the group that fields belong to; there is one.
    static constexpr const char* group = "concordatprofileattributes";

    // All must outlive this object.
    ProfileAttributes(storage::Database& db, Gate& gate, Accounts& accounts, Decisions& decisions)
        : db_(db), gate_(gate), accounts_(accounts), decisions_(decisions) {}

    // In the order that they are shown in.
    std::vector<ProfileField> fields();
    ProfileField create(const Actor& actor, const ProfileFieldPatch& wanted, const std::string& attempt);
    ProfileField patch(const Actor& actor, const ProfileFieldId& id, const ProfileFieldPatch& wanted,
                       const std::string& attempt);
    void remove(const Actor& actor, const ProfileFieldId& id, const std::string& attempt);

    ProfileValues values_of(const Actor& actor, const UserId& user);
    // An empty text or list takes the value away. All or none. Returns what was given, as it is kept.
    ProfileValues set_values(const Actor& actor, const UserId& user, const ProfileValues& wanted,
                             const std::string& attempt);

private:
    void decide(storage::Tx& tx, const Actor& actor, const UserId& user, const char* rule,
                const std::string& detail, const std::string& attempt);
    json::value checked(const ProfileField& field, const json::value& given);

    storage::Database& db_;
    Gate& gate_;
    Accounts& accounts_;
    Decisions& decisions_;
};

}  // namespace concordat::identity
