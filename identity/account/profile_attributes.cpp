#include "identity/account/profile_attributes.hpp"

#include <algorithm>
#include <chrono>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/account/profile.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/profile_fields.hpp"

namespace concordat::identity {
namespace {

template <std::size_t N>
bool is_among(std::string_view text, const char* const (&words)[N]) {
    return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

constexpr const char* field_types[] = {"text", "select", "multiselect", "date", "user", "multiuser"};
constexpr const char* visibilities[] = {"hidden", "when_set", "always"};
constexpr const char* text_kinds[] = {"", "email", "url", "phone"};
constexpr const char* known_attrs[] = {
    "visibility", "sort_order", "options",   "value_type",  "managed",
    "ldap",       "saml",       "protected", "access_mode", "source_plugin_id"};

void check_field(bool is_good, const char* name, const char* text) {
    if (!is_good)
        throw Error(Fault::invalid, std::string("app.custom_profile_attributes.") + name + ".app_error",
                    text);
}

bool has_options(const ProfileField& field) {
    return field.type == "select" || field.type == "multiselect";
}

bool is_one_of(const ProfileField& field, const std::string& id) {
    return std::any_of(field.attrs.options.begin(), field.attrs.options.end(),
                       [&](const auto& option) { return option.id == id; });
}

// "", or a calendar day as 2026-11-30.
bool is_day(const std::string& text) {
    using namespace std::chrono;
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i != 4 && i != 7 && (text[i] < '0' || text[i] > '9')) return false;
    const auto day_of =
        year(std::stoi(text.substr(0, 4))) / std::stoi(text.substr(5, 2)) / std::stoi(text.substr(8, 2));
    return day_of.ok();
}

bool is_of_kind(const std::string& text, const std::string& kind) {
    if (kind == "email") return is_email(text);
    if (kind == "url") return text.starts_with("https://") || text.starts_with("http://");
    if (kind == "phone")
        return text.find_first_not_of("+0123456789 ()-./") == std::string::npos &&
               text.find_first_of("0123456789") != std::string::npos;
    return true;
}

std::vector<std::string> texts_in(const json::value& given) {
    std::vector<std::string> out;
    from_json(given, out, "value");
    return out;
}

bool is_nothing(const json::value& value) {
    return value.is_null() || (value.is_string() && value.get_string().empty()) ||
           (value.is_array() && value.get_array().empty());
}

void complete(ProfileField& field) {
    field.name = std::string(trimmed(field.name));
    check_field(!field.name.empty() && rune_count(field.name) <= ProfileAttributes::longest_name, "name",
                "An attribute needs a name of at most 64 characters.");
    check_field(is_among(field.type, field_types), "type",
                "The type is text, select, multiselect, date, user or multiuser.");
    auto& attrs = field.attrs;
    check_field(is_among(attrs.visibility, visibilities), "visibility",
                "The visibility is hidden, when_set or always.");
    check_field(is_among(attrs.value_type, text_kinds), "value_type",
                "The value_type is empty, email, url or phone.");
    check_field(attrs.managed.empty() || attrs.managed == "admin", "managed",
                "It is managed by admin, or not.");
    check_field(
        attrs.ldap.empty() && attrs.saml.empty(), "source",
        "Values are not taken from a directory or provider: leave ldap and saml empty, and use managed.");
    if (field.type != "text") attrs.value_type.clear();
    if (!has_options(field)) return attrs.options.clear();
    check_field(!attrs.options.empty() && attrs.options.size() <= ProfileAttributes::most_options, "options",
                "A choice needs options, at most 200.");
    std::vector<std::string> names, ids;
    for (auto& option : attrs.options) {
        option.name = std::string(trimmed(option.name));
        check_field(!option.name.empty() && rune_count(option.name) <= ProfileAttributes::longest_name &&
                        option.color.size() <= 32,
                    "options", "An option has a name of at most 64 characters.");
        if (!looks_like_id(option.id)) option.id = new_token();
        names.push_back(option.name);
        ids.push_back(option.id);
    }
    for (auto* list : {&names, &ids}) {
        std::sort(list->begin(), list->end());
        check_field(std::adjacent_find(list->begin(), list->end()) == list->end(), "options",
                    "Each option is there once.");
    }
}

void apply_patch(ProfileField& field, const ProfileFieldPatch& wanted) {
    if (wanted.name) field.name = *wanted.name;
    if (wanted.type) field.type = *wanted.type;
    if (!wanted.attrs) return;
    for (const auto& member : *wanted.attrs) {
        check_field(is_among(member.key(), known_attrs), "attrs",
                    "There is no such attribute of an attribute.");
        const bool is_of_extensions = member.key() == "protected" || member.key() == "access_mode" ||
                                      member.key() == "source_plugin_id";
        check_field(!is_of_extensions || is_nothing(member.value()) || member.value() == json::value(false),
                    "attrs", "Attributes that belong to an extension cannot be made.");
    }
    from_json(json::value(*wanted.attrs), field.attrs, "attrs");
}

// What remains of a value when options are gone.
json::value without_lost_options(const ProfileField& field, const json::value& value) {
    if (value.is_string()) return is_one_of(field, std::string(value.get_string())) ? value : json::value("");
    json::array kept;
    for (const auto& id : texts_in(value))
        if (is_one_of(field, id)) kept.emplace_back(id);
    return kept;
}

}  // namespace

void ProfileAttributes::decide(storage::Tx& tx, const Actor& actor, const UserId& user, const char* rule,
                               const std::string& detail, const std::string& attempt) {
    Trail trail("account", attempt);
    trail.decision.user_id = user;
    trail.decision.actor_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    trail.admitted(rule, detail);
    decisions_.record(tx, trail);
}

std::vector<ProfileField> ProfileAttributes::fields() {
    auto all = db_.read([](storage::Tx& tx) { return storage::ProfileFieldTable(tx).all(); });
    for (auto& field : all) field.group_id = group;
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.attrs.sort_order < b.attrs.sort_order; });
    return all;
}

ProfileField ProfileAttributes::create(const Actor& actor, const ProfileFieldPatch& wanted,
                                       const std::string& attempt) {
    ProfileField field;
    apply_patch(field, wanted);
    complete(field);
    field.group_id = group;
    db_.transact([&](storage::Tx& tx) {
        storage::ProfileFieldTable table(tx);
        check_field(std::ssize(table.hold_all()) < most_fields, "limit_reached",
                    "There are 20 attributes already.");
        field.id = ProfileFieldId::fresh(tx.now());
        field.create_at = field.update_at = tx.now();
        table.insert(field);
        tx.emit(ProfileFieldSaved{field, true, false, actor.user_id});
        decide(tx, actor, {}, "profile.field.created", "The attribute " + field.id.text() + ".", attempt);
    });
    return field;
}

ProfileField ProfileAttributes::patch(const Actor& actor, const ProfileFieldId& id,
                                      const ProfileFieldPatch& wanted, const std::string& attempt) {
    return db_.transact([&](storage::Tx& tx) {
        storage::ProfileFieldTable table(tx);
        const auto all = table.hold_all();
        const auto at = std::find_if(all.begin(), all.end(), [&](const auto& f) { return f.id == id; });
        require(at != all.end(), Fault::not_found,
                "app.custom_profile_attributes.property_field_not_found.app_error",
                "There is no such attribute.");
        auto field = *at;
        apply_patch(field, wanted);
        complete(field);
        field.update_at = tx.now();
        field.group_id = group;
        const bool drops_values = field.type != at->type;
        if (drops_values)
            table.remove_values(id);
        else if (has_options(field))
            for (const auto& [user, value] : table.values_of_field(id)) {
                const auto kept = without_lost_options(field, value);
                if (kept == value) continue;
                if (is_nothing(kept))
                    table.remove_value(user, id);
                else
                    table.set_value(user, id, kept, tx.now());
            }
        table.update(field);
        tx.emit(ProfileFieldSaved{field, false, drops_values, actor.user_id});
        decide(tx, actor, {}, "profile.field.changed",
               "The attribute " + id.text() + (drops_values ? ", whose kind is another." : "."), attempt);
        return field;
    });
}

void ProfileAttributes::remove(const Actor& actor, const ProfileFieldId& id, const std::string& attempt) {
    db_.transact([&](storage::Tx& tx) {
        storage::ProfileFieldTable table(tx);
        const auto all = table.hold_all();
        require(std::any_of(all.begin(), all.end(), [&](const auto& f) { return f.id == id; }),
                Fault::not_found, "app.custom_profile_attributes.property_field_not_found.app_error",
                "There is no such attribute.");
        table.remove(id, tx.now());
        tx.emit(ProfileFieldRemoved{id, actor.user_id});
        decide(tx, actor, {}, "profile.field.removed", "The attribute " + id.text() + ".", attempt);
    });
}

ProfileValues ProfileAttributes::values_of(const Actor& actor, const UserId& user) {
    accounts_.get(user);
    if (!gate_.may_see_user(actor, user)) throw lacks_permission("to see that person");
    const bool sees_all = actor.user_id == user || gate_.may(actor, Permission::manage_system);
    const auto all = fields();
    ProfileValues out;
    for (auto& [id, value] :
         db_.read([&](storage::Tx& tx) { return storage::ProfileFieldTable(tx).values_of(user); })) {
        const auto field =
            std::find_if(all.begin(), all.end(), [&, wanted = id](const auto& f) { return f.id == wanted; });
        if (field != all.end() && (sees_all || field->attrs.visibility != "hidden"))
            out[id.text()] = std::move(value);
    }
    return out;
}

json::value ProfileAttributes::checked(const ProfileField& field, const json::value& given) {
    if (is_nothing(given)) return json::value(nullptr);
    const bool is_list = field.type == "multiselect" || field.type == "multiuser";
    check_field(is_list ? given.is_array() : given.is_string(), "value",
                "The value is a text, or for several choices a list of texts.");
    auto texts = is_list ? texts_in(given) : std::vector{std::string(trimmed(given.get_string()))};
    check_field(texts.size() <= most_chosen, "value", "At most 50 are chosen.");
    for (const auto& text : texts) {
        if (has_options(field)) {
            check_field(is_one_of(field, text), "value", "That is none of the options.");
        } else if (field.type == "date") {
            check_field(is_day(text), "value", "A date is written as 2026-11-30.");
        } else if (field.type == "text") {
            check_field(rune_count(text) <= longest_text && is_of_kind(text, field.attrs.value_type), "value",
                        "The text has more than 256 characters, or is not of the kind that is asked for.");
        } else {
            check_field(looks_like_id(text) && accounts_.find(UserId::from_text(text)).has_value(), "value",
                        "That is nobody's id.");
        }
    }
    if (!is_list) return json::value(texts[0]);
    std::sort(texts.begin(), texts.end());
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    return json::value(json::array(texts.begin(), texts.end()));
}

ProfileValues ProfileAttributes::set_values(const Actor& actor, const UserId& user,
                                            const ProfileValues& wanted, const std::string& attempt) {
    accounts_.get(user);
    const bool is_admin = gate_.may(actor, Permission::manage_system);
    if (user != actor.user_id) gate_.require(actor, Permission::edit_other_users);
    return db_.transact([&](storage::Tx& tx) {
        storage::ProfileFieldTable table(tx);
        const auto all = table.all();
        ProfileValues given, told;
        for (const auto& [name, value] : wanted) {
            const auto field = std::find_if(all.begin(), all.end(),
                                            [&, &id = name](const auto& f) { return f.id.text() == id; });
            require(field != all.end(), Fault::not_found,
                    "app.custom_profile_attributes.property_field_not_found.app_error",
                    "There is no such attribute.");
            require(field->attrs.managed.empty() || is_admin, Fault::forbidden,
                    "app.custom_profile_attributes.property_field_is_managed.app_error",
                    "That attribute is set by administrators.");
            auto kept = checked(*field, value);
            if (kept.is_null())
                table.remove_value(user, field->id);
            else
                table.set_value(user, field->id, kept, tx.now());
            if (kept.is_null()) kept = value.is_array() ? json::value(json::array()) : json::value("");
            if (field->attrs.visibility != "hidden") told[name] = kept;
            given[name] = std::move(kept);
        }
        if (!told.empty()) tx.emit(ProfileValuesChanged{user, actor.user_id, told});
        if (user != actor.user_id)
            decide(tx, actor, user, "profile.values",
                   std::to_string(given.size()) + " attributes of another.", attempt);
        return given;
    });
}

}  // namespace concordat::identity
