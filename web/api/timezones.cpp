#include "web/api/timezones.hpp"

#include <fstream>
#include <set>

#include "core/base/log.hpp"
#include "core/base/text.hpp"

namespace concordat::web {

std::vector<std::string> timezones_in(std::istream& tzdata) {
    std::set<std::string> names{"UTC"};
    for (std::string line; std::getline(tzdata, line);) {
        const auto words = split_words(line);
        // "Z Europe/Paris 0:9:21 ..." and "L Europe/Paris Europe/Monaco"
        if (words.size() < 3 || (words[0] != "Z" && words[0] != "L")) continue;
        const auto& name = words[0] == "Z" ? words[1] : words[2];
        if (name.find('/') != name.npos) names.insert(name);
    }
    return {names.begin(), names.end()};
}

std::vector<std::string> installed_timezones(const std::string& file) {
    std::ifstream in(file);
    if (!in)
        log_warn("there is no tz database, so clients can choose no time zone but UTC", {{"file", file}});
    return timezones_in(in);
}

}  // namespace concordat::web
