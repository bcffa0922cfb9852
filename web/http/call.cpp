#include "web/http/call.hpp"

#include "core/base/text.hpp"
#include "web/http/percent.hpp"

namespace concordat::web {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

// Calls visit(raw name, raw value) for each parameter until it returns true.
template <class Visit>
bool any_parameter(std::string_view query, Visit visit) {
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        const auto value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view();
        if (!pair.empty() && visit(pair.substr(0, equals), value)) return true;
    }
    return false;
}

bool names(std::string_view raw, std::string_view name) {
    return raw.find_first_of("%+") == raw.npos ? raw == name : form_decoded(raw) == name;
}

}  // namespace

const char* verb_word(Verb verb) {
    switch (verb) {
        case Verb::get:
            return "GET";
        case Verb::head:
            return "HEAD";
        case Verb::post:
            return "POST";
        case Verb::put:
            return "PUT";
        case Verb::patch:
            return "PATCH";
        case Verb::del:
            return "DELETE";
        case Verb::options:
            return "OPTIONS";
        case Verb::other:
            break;
    }
    return "OTHER";
}

std::string_view Headers::get(std::string_view name) const {
    for (const auto& [key, value] : all_)
        if (same_ignoring_case(key, name)) return value;
    return {};
}

bool Headers::has(std::string_view name) const {
    for (const auto& field : all_)
        if (same_ignoring_case(field.first, name)) return true;
    return false;
}

std::string Head::query_value(std::string_view name) const {
    std::string found;
    any_parameter(query, [&](std::string_view key, std::string_view value) {
        if (!names(key, name)) return false;
        found = form_decoded(value);
        return true;
    });
    return found;
}

bool Head::has_query(std::string_view name) const {
    return any_parameter(query, [&](std::string_view key, std::string_view) { return names(key, name); });
}

std::string Head::cookie(std::string_view name) const {
    for (const auto& [key, value] : headers.all()) {
        if (!same_ignoring_case(key, "cookie")) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            const auto end = std::min(rest.find(';'), rest.size());
            const auto pair = trimmed(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (pair.size() <= name.size() || pair[name.size()] != '=' || pair.substr(0, name.size()) != name)
                continue;
            auto text = pair.substr(name.size() + 1);
            if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
                text = text.substr(1, text.size() - 2);
            return std::string(text);
        }
    }
    return {};
}

const std::string& Call::path_value(std::string_view name) const {
    for (const auto& [key, value] : path)
        if (key == name) return value;
    throw Error(Fault::internal, "web.path_value", "", "the route has no parameter of that name");
}

}  // namespace concordat::web
