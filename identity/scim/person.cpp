#include "identity/scim/person.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t longest_value = 512, most_operations = 100;

ScimError bad_value(const std::string& attribute) {
    return {400, "invalidValue", "The value of " + attribute + " is not of the right kind, or too long."};
}

// A member by its name in any case.
const json::value* member(const json::object& object, std::string_view name) {
    for (const auto& [key, value] : object)
        if (lower_ascii(key) == lower_ascii(name)) return &value;
    return nullptr;
}

std::string text_of(const json::value& value, const std::string& attribute) {
    if (value.is_null()) return {};
    if (!value.is_string() || value.get_string().size() > longest_value ||
        value.get_string().find('\0') != json::string::npos)
        throw bad_value(attribute);
    return std::string(value.get_string());
}

// Some clients send "True" and "False".
bool flag_of(const json::value& value, const std::string& attribute) {
    if (value.is_bool()) return value.get_bool();
    const auto word = value.is_string() ? lower_ascii(std::string(value.get_string())) : std::string();
    if (word == "true") return true;
    if (word == "false") return false;
    throw bad_value(attribute);
}

std::string email_of(const json::value& value) {
    if (value.is_null()) return {};
    if (value.is_string()) return text_of(value, "emails");
    if (!value.is_array()) throw bad_value("emails");
    std::string chosen;
    for (const auto& one : value.get_array()) {
        if (!one.is_object()) throw bad_value("emails");
        const auto* address = member(one.get_object(), "value");
        const auto* primary = member(one.get_object(), "primary");
        if (!address) continue;
        if (chosen.empty() || (primary && flag_of(*primary, "emails.primary")))
            chosen = text_of(*address, "emails.value");
    }
    return chosen;
}

void set_name(ScimUser& user, const json::value& value) {
    if (value.is_null()) {
        user.given_name.clear();
        user.family_name.clear();
        return;
    }
    if (!value.is_object()) throw bad_value("name");
    if (const auto* given = member(value.get_object(), "givenName"))
        user.given_name = text_of(*given, "name.givenName");
    if (const auto* family = member(value.get_object(), "familyName"))
        user.family_name = text_of(*family, "name.familyName");
}

// The core schema's prefix may stand before an attribute.
std::string without_schema(const std::string& path) {
    constexpr std::string_view schema = "urn:ietf:params:scim:schemas:core:2.0:user:";
    const auto lower = lower_ascii(path);
    return lower.starts_with(schema) ? lower.substr(schema.size()) : lower;
}

// "emails[type eq "work"].value" and the like: there is one address.
bool is_email_path(const std::string& path) {
    return path == "emails" || path == "emails.value" ||
           (path.starts_with("emails[") && (path.ends_with("]") || path.ends_with("].value")));
}

void set(ScimUser& user, const std::string& path, const json::value& value) {
    if (path == "username")
        user.user_name = text_of(value, "userName");
    else if (path == "externalid")
        user.external_id = text_of(value, "externalId");
    else if (path == "name")
        set_name(user, value);
    else if (path == "name.givenname")
        user.given_name = text_of(value, "name.givenName");
    else if (path == "name.familyname")
        user.family_name = text_of(value, "name.familyName");
    else if (path == "nickname")
        user.nick_name = text_of(value, "nickName");
    else if (path == "title")
        user.title = text_of(value, "title");
    else if (path == "preferredlanguage")
        user.language = text_of(value, "preferredLanguage");
    else if (is_email_path(path))
        user.email = email_of(value);
    else if (path == "active")
        user.active = value.is_null() || flag_of(value, "active");
    else if (path == "id")
        throw ScimError(400, "mutability", "The id of a person never changes.");
}

}  // namespace

ScimUser scim_user_of(const json::value& body) {
    if (!body.is_object()) throw ScimError(400, "invalidSyntax", "The body is no JSON object.");
    ScimUser user;
    for (const auto& [key, value] : body.get_object())
        if (lower_ascii(key) != "id") set(user, without_schema(key), value);
    return user;
}

ScimUser patched(ScimUser user, const json::value& body) {
    const auto* operations = body.is_object() ? member(body.get_object(), "Operations") : nullptr;
    if (!operations || !operations->is_array() || operations->get_array().empty() ||
        operations->get_array().size() > most_operations)
        throw ScimError(400, "invalidSyntax", "A patch has 1 to 100 Operations.");
    for (const auto& one : operations->get_array()) {
        if (!one.is_object()) throw ScimError(400, "invalidSyntax", "An operation is no JSON object.");
        const auto* op = member(one.get_object(), "op");
        const auto* path = member(one.get_object(), "path");
        const auto* value = member(one.get_object(), "value");
        const auto act = op && op->is_string() ? lower_ascii(std::string(op->get_string())) : std::string();
        const auto where =
            path && path->is_string() ? without_schema(std::string(path->get_string())) : std::string();
        if (act == "remove") {
            if (where.empty()) throw ScimError(400, "noTarget", "A removal needs a path.");
            set(user, where, nullptr);
        } else if (act == "add" || act == "replace") {
            if (!value) throw ScimError(400, "invalidValue", "The operation has no value.");
            if (!where.empty()) {
                set(user, where, *value);
                continue;
            }
            if (!value->is_object())
                throw ScimError(400, "invalidValue", "Without a path the value is an object.");
            for (const auto& [key, inner] : value->get_object()) set(user, without_schema(key), inner);
        } else {
            throw ScimError(400, "invalidSyntax", "An operation is add, replace or remove.");
        }
    }
    return user;
}

std::optional<ScimFilter> scim_filter(const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto bad = [] {
        return ScimError(
            400, "invalidFilter",
            "The only filter here is ATTRIBUTE eq \"VALUE\", of userName, externalId, id or emails.value.");
    };
    const auto bracket =
        text.starts_with("emails[") ? text.find(']') : 0;  // its own comparison stands inside
    const auto words_end = lower_ascii(text).find(" eq ", std::min(bracket, text.size()));
    if (words_end == std::string::npos) throw bad();
    ScimFilter filter;
    filter.attribute = without_schema(std::string(trimmed(text.substr(0, words_end))));
    if (is_email_path(filter.attribute)) filter.attribute = "emails.value";
    if (filter.attribute != "username" && filter.attribute != "externalid" && filter.attribute != "id" &&
        filter.attribute != "emails.value")
        throw bad();
    boost::system::error_code failed;
    const auto value = json::parse(std::string(trimmed(text.substr(words_end + 4))), failed);
    if (failed || !value.is_string() || value.get_string().size() > longest_value) throw bad();
    filter.value = std::string(value.get_string());
    return filter;
}

}  // namespace concordat::identity
