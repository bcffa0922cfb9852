// Reads bytes as what an identity system sends: people, groups, patches of both, filters. Whatever they are:
// a value within its bounds, or a ScimError of the standard.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include "core/base/json.hpp"
#include "identity/scim/group.hpp"
#include "identity/scim/person.hpp"

namespace {

template <class Act>
void attempt(Act act) {
    try {
        act();
    } catch (const concordat::identity::ScimError& e) {
        if (e.status() != 400 || e.type().empty()) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concordat;
    using namespace concordat::identity;
    const std::string text(reinterpret_cast<const char*>(data), size);
    attempt([&] { scim_filter(text); });
    attempt([&] {
        const auto filters = scim_group_filter(text);
        if (filters.size() > 4) std::abort();
        for (const auto& one : filters)
            if (one.attribute.empty() || one.value.size() > 512) std::abort();
    });
    boost::system::error_code failed;
    const auto body = json::parse(text, failed);
    if (failed) return 0;
    attempt([&] { scim_user_of(body); });
    attempt([&] { patched(ScimUser(), body); });
    attempt([&] {
        const auto group = scim_group_of(body);
        if (group.display_name.empty() || group.members.size() > most_scim_members) std::abort();
    });
    attempt([&] {
        const auto change = scim_group_change(body);
        if (change.members.size() > most_scim_members) std::abort();
        if (change.display_name && change.display_name->empty()) std::abort();
    });
    return 0;
}
