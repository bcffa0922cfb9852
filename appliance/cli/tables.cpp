#include "appliance/cli/tables.hpp"

#include <algorithm>
#include <iostream>
#include <vector>

#include "appliance/daemon/api_routes.hpp"
#include "core/base/text.hpp"

namespace concordat::appliance {
namespace {

std::string cell(const json::value& value) { return value.is_string() ? std::string(value.get_string()) : json::serialize(value); }

void print_rows(std::ostream& out, const json::array& rows) {
    std::vector<std::string> columns;
    std::vector<std::size_t> widths;
    for (const auto& field : rows[0].get_object()) columns.emplace_back(field.key());
    for (const auto& column : columns) {
        std::size_t width = column.size();
        for (const auto& row : rows)
            if (const auto* value = row.get_object().if_contains(column)) width = std::max(width, rune_count(cell(*value)));
        widths.push_back(width);
    }
    auto print = [&](std::size_t i, const std::string& text) { out << text << (i + 1 < columns.size() ? std::string(widths[i] - rune_count(text) + 2, ' ') : "\n"); };
    for (std::size_t i = 0; i < columns.size(); ++i) print(i, columns[i]);
    for (const auto& row : rows)
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto* value = row.get_object().if_contains(columns[i]);
            print(i, value ? cell(*value) : "");
        }
}

void print_fields(std::ostream& out, const json::object& object, const std::string& indent) {
    for (const auto& field : object) {
        if (field.value().is_object()) {
            out << indent << field.key() << ":\n";
            print_fields(out, field.value().get_object(), indent + "  ");
        } else if (field.value().is_array() && !field.value().get_array().empty() && field.value().get_array()[0].is_object()) {
            out << indent << field.key() << ":\n";
            print_rows(out, field.value().get_array());
        } else {
            out << indent << field.key() << ": " << cell(field.value()) << '\n';
        }
    }
}

}  // namespace

void print_table(std::ostream& out, const json::value& value) {
    if (value.is_array()) {
        if (value.get_array().empty()) out << "none\n";
        else print_rows(out, value.get_array());
    } else if (value.is_object()) {
        print_fields(out, value.get_object(), "");
    } else {
        out << cell(value) << '\n';
    }
}

int print_routes(bool is_tsv) {
    for (const auto& line : route_table()) {
        if (is_tsv) std::cout << line.method << '\t' << line.path << '\t' << line.rule << '\n';
        else std::cout << line.method << std::string(7 - std::min<std::size_t>(6, line.method.size()), ' ') << line.path << "  [" << line.rule << "]\n";
    }
    return 0;
}

}  // namespace concordat::appliance
