#include "messaging/media/emoji_names.hpp"
#include <algorithm>
#include <iterator>

namespace concordat::messaging {
namespace {

constexpr std::string_view table[] = {
#include "messaging/media/emoji_names.inc"
};

constexpr std::string_view skin_tones[] = {"_light_skin_tone", "_medium_light_skin_tone", "_medium_skin_tone",
                                           "_medium_dark_skin_tone", "_dark_skin_tone"};

constexpr std::string_view name_of(std::string_view entry) {
    return entry.substr(0, entry.size() - (entry.back() == '*' ? 1 : 0));
}
static_assert(std::is_sorted(std::begin(table), std::end(table),
                             [](auto a, auto b) { return name_of(a) < name_of(b); }));

// The entry of `name`, empty when there is none.
std::string_view entry_of(std::string_view name) {
    const auto at =
        std::lower_bound(std::begin(table), std::end(table), name,
                         [](std::string_view entry, std::string_view n) { return name_of(entry) < n; });
    return at != std::end(table) && name_of(*at) == name ? *at : std::string_view();
}

}  // namespace

bool is_builtin_emoji(std::string_view name) {
    if (!entry_of(name).empty()) return true;
    return std::any_of(std::begin(skin_tones), std::end(skin_tones), [&](std::string_view tone) {
        if (name.size() <= tone.size() || name.substr(name.size() - tone.size()) != tone) return false;
        const auto entry = entry_of(name.substr(0, name.size() - tone.size()));
        return !entry.empty() && entry.back() == '*';
    });
}

}  // namespace concordat::messaging
