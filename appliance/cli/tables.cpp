#include "appliance/cli/tables.hpp"

#include <algorithm>
#include <ctime>
#include <iostream>
#include <string_view>
#include <vector>

#include "appliance/daemon/api_routes.hpp"
#include "core/base/text.hpp"

namespace concordat::appliance {
namespace {

std::string time_text(std::int64_t at) {
    if (at == 0) return "never";
    const std::time_t seconds = at / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[32];
    return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts));
}

std::string cell(std::string_view name, const json::value& value) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_bool()) return value.get_bool() ? "yes" : "no";
    if (name.ends_with("_at") && value.is_int64()) return time_text(value.get_int64());
    return json::serialize(value);
}

void print_rows(std::ostream& out, const json::array& rows, const std::string& indent) {
    std::vector<std::string> columns;
    std::vector<std::size_t> widths;
    for (const auto& field : rows[0].get_object()) columns.emplace_back(field.key());
    for (const auto& column : columns) {
        std::size_t width = column.size();
        for (const auto& row : rows)
            if (const auto* value = row.get_object().if_contains(column))
                width = std::max(width, rune_count(cell(column, *value)));
        widths.push_back(width);
    }
    auto print = [&](std::size_t i, const std::string& text) {
        out << (i == 0 ? indent : "") << text
            << (i + 1 < columns.size() ? std::string(widths[i] - rune_count(text) + 2, ' ') : "\n");
    };
    for (std::size_t i = 0; i < columns.size(); ++i) print(i, columns[i]);
    for (const auto& row : rows)
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto* value = row.get_object().if_contains(columns[i]);
            print(i, value ? cell(columns[i], *value) : "");
        }
}

bool holds_objects(const json::value& value) {
    return value.is_array() && !value.get_array().empty() && value.get_array()[0].is_object();
}

void print_fields(std::ostream& out, const json::object& object, const std::string& indent) {
    for (const auto& field : object) {
        out << indent << field.key() << ':';
        if (field.value().is_object()) {
            out << '\n';
            print_fields(out, field.value().get_object(), indent + "  ");
        } else if (holds_objects(field.value())) {
            out << '\n';
            print_rows(out, field.value().get_array(), indent + "  ");
        } else {
            out << ' ' << cell(field.key(), field.value()) << '\n';
        }
    }
}

}  // namespace

void print_table(std::ostream& out, const json::value& value) {
    if (value.is_array()) {
        if (value.get_array().empty())
            out << "none\n";
        else
            print_rows(out, value.get_array(), "");
    } else if (value.is_object()) {
        print_fields(out, value.get_object(), "");
    } else {
        out << cell("", value) << '\n';
    }
}

int print_routes(bool is_tsv, bool is_json) {
    const auto lines = route_table();
    if (is_json) {
        json::array all;
        for (const auto& line : lines)
            all.push_back(json::object{{"method", line.method}, {"path", line.path}, {"rule", line.rule}});
        std::cout << json::serialize(all) << '\n';
        return 0;
    }
    for (const auto& line : lines) {
        if (is_tsv)
            std::cout << line.method << '\t' << line.path << '\t' << line.rule << '\n';
        else
            std::cout << line.method << std::string(7 - std::min<std::size_t>(6, line.method.size()), ' ')
                      << line.path << "  [" << line.rule << "]\n";
    }
    return 0;
}

}  // namespace concordat::appliance
