#include "core/config/section_file.hpp"

#include <fstream>
#include <sstream>

#include "core/base/error.hpp"
#include "core/config/load.hpp"

namespace concordat {

SectionFile read_section(const std::string& section, const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) return {{}, "it cannot be read."};
    try {  // what is wrong with the file is an answer here
        auto loaded = parse_settings("{\"" + section + "\":" + text.str() + "}", file, {});
        auto problem = loaded.warnings.empty() ? std::string() : loaded.warnings.front();
        return {std::move(loaded.settings), std::move(problem)};
    } catch (const Error& e) {
        return {{}, e.text()};
    }
}

}  // namespace concordat
