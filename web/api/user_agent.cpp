#include "web/api/user_agent.hpp"

#include <algorithm>

namespace concordat::web {
namespace {

struct Sign {
    std::string_view in_header, word;
};

// The first that occurs counts: "Android" before "Linux", "Edg/" before "Chrome/".
constexpr Sign platforms[] = {{"iPhone", "iPhone"},   {"iPad", "iPad"},           {"Android", "Linux"},
                              {"Windows", "Windows"}, {"Macintosh", "Macintosh"}, {"Linux", "Linux"},
                              {"X11", "Linux"}};
constexpr Sign systems[] = {
    {"iPhone", "iOS"},      {"iPad", "iOS"},        {"Android", "Android"}, {"Windows NT 10", "Windows 10"},
    {"Windows", "Windows"}, {"Mac OS X", "Mac OS"}, {"CrOS", "ChromeOS"},   {"Linux", "Linux"}};
constexpr Sign browsers[] = {{"Mattermost Mobile/", "Mobile App"},
                             {"Mattermost/", "Desktop App"},
                             {"Edg/", "Edge"},
                             {"OPR/", "Opera"},
                             {"Firefox/", "Firefox"},
                             {"Chrome/", "Chrome"},
                             {"Version/", "Safari"}};

template <class Signs>
const Sign* first_in(std::string_view header, const Signs& signs) {
    const auto found = std::find_if(std::begin(signs), std::end(signs), [&](const Sign& sign) {
        return header.find(sign.in_header) != header.npos;
    });
    return found == std::end(signs) ? nullptr : found;
}

// Digits and dots after the sign.
std::string version_after(std::string_view header, std::string_view sign) {
    const auto rest = header.substr(header.find(sign) + sign.size());
    return std::string(rest.substr(0, std::min(rest.find_first_not_of("0123456789."), std::size_t{20})));
}

}  // namespace

std::map<std::string, std::string> session_props_of(std::string_view user_agent) {
    const auto* platform = first_in(user_agent, platforms);
    const auto* system = first_in(user_agent, systems);
    const auto* browser = first_in(user_agent, browsers);
    const bool is_mobile =
        user_agent.find("Mobile") != user_agent.npos || user_agent.find("Android") != user_agent.npos;
    return {{"platform", std::string(platform ? platform->word : "")},
            {"os", std::string(system ? system->word : "")},
            {"browser",
             browser ? std::string(browser->word) + "/" + version_after(user_agent, browser->in_header) : ""},
            {"isMobile", is_mobile ? "true" : "false"},
            {"isSaml", "false"},
            {"isOAuthUser", "false"}};
}

}  // namespace concordat::web
