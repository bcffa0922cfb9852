#include "identity/scim/group.hpp"

#include <algorithm>

#include "core/base/text.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t longest_display_name = 256, longest_external_id = 512, longest_id = 64;
constexpr std::size_t most_changes = 100, most_comparisons = 4, longest_filter = 4096;

ScimError unusable(const std::string& attribute) {
    return {400, "invalidValue", "The value of " + attribute + " is not of the right kind, or too long."};
}

const json::value* member_named(const json::object& object, std::string_view name) {
    for (const auto& [key, value] : object)
        if (lower_ascii(key) == lower_ascii(name)) return &value;
    return nullptr;
}

std::string short_text(const json::value& value, const std::string& attribute, std::size_t longest) {
    if (value.is_null()) return {};
    if (!value.is_string() || value.get_string().size() > longest ||
        value.get_string().find('\0') != json::string::npos)
        throw unusable(attribute);
    return std::string(value.get_string());
}

std::string display_name_of(const json::value& value) {
    const auto name = std::string(trimmed(short_text(value, "displayName", longest_display_name)));
    if (name.empty()) throw ScimError(400, "invalidValue", "displayName is needed.");
    return name;
}

std::string member_of(const json::value& value) {
    const auto* id = value.is_object() ? member_named(value.get_object(), "value") : &value;
    if (!id || !id->is_string()) throw unusable("members");
    if (value.is_object())
        if (const auto* type = member_named(value.get_object(), "type");
            type && type->is_string() && lower_ascii(std::string(type->get_string())) != "user")
            throw ScimError(400, "invalidValue", "The members of a group are people.");
    return short_text(*id, "members.value", longest_id);
}

// An array of people, or one.
std::vector<std::string> members_of_value(const json::value& value) {
    if (value.is_null()) return {};
    if (!value.is_array()) return {member_of(value)};
    if (value.get_array().size() > most_scim_members)
        throw ScimError(400, "invalidValue", "A body names at most 10000 members.");
    std::vector<std::string> out;
    for (const auto& one : value.get_array()) out.push_back(member_of(one));
    return out;
}

std::string attribute_of(const std::string& path) {
    constexpr std::string_view schema = "urn:ietf:params:scim:schemas:core:2.0:group:";
    const auto lower = lower_ascii(path);
    return lower.starts_with(schema) ? path.substr(schema.size()) : path;
}

// VALUE of: attribute eq "VALUE". Nothing when it is something else.
std::optional<ScimFilter> comparison_in(std::string_view text) {
    text = trimmed(text);
    const auto at = lower_ascii(text).find(" eq ");
    if (at == std::string::npos) return std::nullopt;
    boost::system::error_code failed;
    const auto value = json::parse(std::string(trimmed(text.substr(at + 4))), failed);
    if (failed || !value.is_string() || value.get_string().size() > longest_external_id ||
        value.get_string().find('\0') != json::string::npos)
        return std::nullopt;
    return ScimFilter{lower_ascii(attribute_of(std::string(trimmed(text.substr(0, at))))),
                      std::string(value.get_string())};
}

// The id in members[value eq "ID"].
std::optional<std::string> member_in_path(const std::string& path) {
    constexpr std::string_view start = "members[";
    if (!lower_ascii(path).starts_with(start) || !path.ends_with(']')) return std::nullopt;
    const auto inner =
        comparison_in(std::string_view(path).substr(start.size(), path.size() - start.size() - 1));
    if (!inner || inner->attribute != "value" || inner->value.size() > longest_id) return std::nullopt;
    return inner->value;
}

void set_members(ScimGroupChange& change, const std::vector<std::string>& members, bool is_in) {
    for (const auto& id : members) change.members[id] = is_in;
    if (change.members.size() > most_scim_members)
        throw ScimError(400, "invalidValue", "A body names at most 10000 members.");
}

void empty(ScimGroupChange& change) {
    change.empties = true;
    change.members.clear();
}

void set_attribute(ScimGroupChange& change, const std::string& name, const json::value& value,
                   bool replaces) {
    if (name == "displayname") {
        change.display_name = display_name_of(value);
    } else if (name == "externalid") {
        change.external_id = short_text(value, "externalId", longest_external_id);
    } else if (name == "members") {
        const auto members = members_of_value(value);
        if (replaces) empty(change);
        set_members(change, members, true);
    }
}

void remove_attribute(ScimGroupChange& change, const std::string& path, const json::value* value) {
    const auto name = lower_ascii(path);
    if (const auto id = member_in_path(path)) {
        set_members(change, {*id}, false);
    } else if (name == "members" && value && !value->is_null()) {
        set_members(change, members_of_value(*value), false);
    } else if (name == "members") {
        empty(change);
    } else if (name == "externalid") {
        change.external_id = "";
    } else if (name == "displayname") {
        throw ScimError(400, "invalidValue", "displayName is needed.");
    } else if (name.starts_with("members")) {
        throw ScimError(400, "invalidPath", "A member is named by members[value eq \"ID\"].");
    }
}

// What the operation does to `change`.
void apply(ScimGroupChange& change, const json::object& operation) {
    const auto* op = member_named(operation, "op");
    const auto* path = member_named(operation, "path");
    const auto* value = member_named(operation, "value");
    const auto act = op && op->is_string() ? lower_ascii(std::string(op->get_string())) : std::string();
    const auto where =
        path && path->is_string() ? attribute_of(std::string(path->get_string())) : std::string();
    if (act == "remove") {
        if (where.empty()) throw ScimError(400, "noTarget", "A removal needs a path.");
        remove_attribute(change, where, value);
        return;
    }
    if (act != "add" && act != "replace")
        throw ScimError(400, "invalidSyntax", "An operation is add, replace or remove.");
    if (!value) throw ScimError(400, "invalidValue", "The operation has no value.");
    if (!where.empty()) {
        if (where.find('[') != std::string::npos)
            throw ScimError(400, "invalidPath", "Members are added by the path members.");
        set_attribute(change, lower_ascii(where), *value, act == "replace");
        return;
    }
    if (!value->is_object()) throw ScimError(400, "invalidValue", "Without a path the value is an object.");
    for (const auto& [key, inner] : value->get_object())
        set_attribute(change, lower_ascii(attribute_of(std::string(key))), inner, act == "replace");
}

}  // namespace

ScimGroup scim_group_of(const json::value& body) {
    if (!body.is_object()) throw ScimError(400, "invalidSyntax", "The body is no JSON object.");
    ScimGroupChange change;
    for (const auto& [key, value] : body.get_object())
        set_attribute(change, lower_ascii(attribute_of(std::string(key))), value, false);
    ScimGroup group;
    group.display_name = change.display_name.value_or("");
    if (group.display_name.empty()) throw ScimError(400, "invalidValue", "displayName is needed.");
    group.external_id = change.external_id.value_or("");
    for (const auto& [id, is_in] : change.members) group.members.push_back(id);
    return group;
}

ScimGroupChange scim_group_change(const json::value& body) {
    const auto* operations = body.is_object() ? member_named(body.get_object(), "Operations") : nullptr;
    if (!operations || !operations->is_array() || operations->get_array().empty() ||
        operations->get_array().size() > most_changes)
        throw ScimError(400, "invalidSyntax", "A patch has 1 to 100 Operations.");
    ScimGroupChange change;
    for (const auto& one : operations->get_array()) {
        if (!one.is_object()) throw ScimError(400, "invalidSyntax", "An operation is no JSON object.");
        apply(change, one.get_object());
    }
    return change;
}

std::vector<ScimFilter> scim_group_filter(const std::string& text) {
    const auto bad = [] {
        return ScimError(400, "invalidFilter",
                         "A filter here is ATTRIBUTE eq \"VALUE\", of displayName, externalId, id or "
                         "members.value; several are joined by and.");
    };
    if (text.size() > longest_filter) throw bad();
    std::vector<ScimFilter> out;
    std::string_view rest = text;
    while (!trimmed(rest).empty()) {
        // A value may hold the word, too: the first place where what stands before it is whole.
        std::optional<ScimFilter> one;
        std::size_t end = 0;
        const auto lower = lower_ascii(rest);
        for (auto at = lower.find(" and "); !one; at = lower.find(" and ", at + 1)) {
            const auto part = std::string(trimmed(rest.substr(0, at)));
            one = comparison_in(part);
            if (const auto id = member_in_path(part)) one = ScimFilter{"members.value", *id};
            end = at;
            if (at == std::string::npos) break;
        }
        if (!one || out.size() == most_comparisons) throw bad();
        if (one->attribute == "members") one->attribute = "members.value";
        if (one->attribute != "displayname" && one->attribute != "externalid" && one->attribute != "id" &&
            one->attribute != "members.value")
            throw bad();
        out.push_back(std::move(*one));
        if (end == std::string::npos) return out;
        rest.remove_prefix(end + 5);
        if (trimmed(rest).empty()) throw bad();
    }
    return out;
}

}  // namespace concordat::identity
