#include "core/config/settings_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/base/text.hpp"
#include "core/config/keys.hpp"
#include "core/config/load.hpp"

namespace concordat {
namespace {

[[noreturn]] void refuse_file(const std::string& text) {
    throw Error(Fault::invalid, "config.invalid", text);
}

const Key& known_key(std::string_view section, std::string_view name) {
    for (const auto& key : setting_keys())
        if (key.section == section && key.name == name) return key;
    throw Error(Fault::invalid, "config.unknown",
                "There is no setting " + std::string(rune_prefix(section, 64)) + '.' +
                    std::string(rune_prefix(name, 64)) + '.');
}

}  // namespace

std::string read_settings_text(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) refuse_file(file + ": cannot be read: " + std::strerror(errno));
    std::string text(largest_settings_file + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad()) refuse_file(file + ": cannot be read: " + std::strerror(errno));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > largest_settings_file) refuse_file(file + ": is larger than 4 MiB");
    return text;
}

json::object settings_tree(std::string_view text, const std::string& name) {
    json::stream_parser parser;
    boost::system::error_code ec;
    const auto used = parser.write_some(text.data(), text.size(), ec);
    const auto rest = text.substr(used);
    if (!ec && rest.find_first_not_of(" \t\r\n") != rest.npos) ec = json::error::extra_data;
    if (!ec) parser.finish(ec);
    if (ec) {
        const auto line =
            1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(used), '\n');
        refuse_file(name + ": line " + std::to_string(line) + " is not JSON (" + ec.message() + ")");
    }
    auto tree = parser.release();
    if (!tree.is_object()) refuse_file(name + ": must be a JSON object");
    return std::move(tree.get_object());
}

json::object told_settings(const json::object& sections) {
    json::object told;
    for (const auto& section : sections) {
        if (section.value().is_null()) continue;
        if (!section.value().is_object()) refuse_file(std::string(section.key()) + ": must be an object");
        json::object values;
        for (const auto& [name, value] : section.value().get_object()) {
            if (value.is_null()) continue;
            const bool is_masked = known_key(section.key(), name).is_secret() && value.is_string() &&
                                   std::string_view(value.get_string()) == secret_mask;
            if (!is_masked) values[name] = value;
        }
        if (!values.empty()) told[section.key()] = std::move(values);
    }
    return told;
}

json::object with_settings(json::object tree, const json::object& sections) {
    for (const auto& section : sections) {
        auto& there = tree[section.key()];
        if (!there.is_object()) there = json::object();
        for (const auto& [name, value] : section.value().get_object()) there.get_object()[name] = value;
    }
    return tree;
}

Error changed_at_the_machine(const Key& key) {
    return {Fault::forbidden, "config.local",
            key.path() + " is changed at the machine only, by whoever runs it."};
}

std::string spelled_settings(const json::object& tree) {
    std::string out = "{";
    for (const auto& section : tree) {
        out += out.size() > 1 ? ",\n    " : "\n    ";
        write_json_string(out, std::string_view(section.key()));
        out += ": ";
        const auto* values = section.value().if_object();
        if (!values || values->empty()) {
            out += json::serialize(section.value());
            continue;
        }
        out += '{';
        bool is_first = true;
        for (const auto& [name, value] : *values) {
            out += is_first ? "\n        " : ",\n        ";
            is_first = false;
            write_json_string(out, std::string_view(name));
            out += ": " + json::serialize(value);
        }
        out += "\n    }";
    }
    return out + "\n}\n";
}

}  // namespace concordat
