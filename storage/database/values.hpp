// C++ values as SQL parameters and back.
//
// Ids travel as uuid, sealed bytes as bytea, lists as array literals:
//   tx.exec("... where id = any($1)", array_of(ids))
#pragma once
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <vector>
#include "core/base/error.hpp"
#include "core/model/ids.hpp"

namespace pqxx {
template <class Of>
struct string_traits<concordat::Id<Of>> {
    static constexpr const char* name() noexcept { return "id"; }
    static constexpr bool has_null() noexcept { return false; }
    static bool is_null(const concordat::Id<Of>&) { return false; }
    [[noreturn]] static concordat::Id<Of> null() { internal::throw_null_conversion("id"); }
    static void from_string(const char text[], concordat::Id<Of>& out) {
        out = concordat::Id<Of>(concordat::uuid_bytes(text));
    }
    static std::string to_string(const concordat::Id<Of>& id) { return id.uuid(); }
};
}  // namespace pqxx

namespace concordat::storage {

inline pqxx::binarystring bytea(std::string_view bytes) {
    return pqxx::binarystring(bytes.data(), bytes.size());
}
// The bytes of a bytea column ("" for null).
std::string bytes_in(const pqxx::field& field);
inline std::string text_in(const pqxx::field& field) {
    return {field.c_str(), field.size()};
}
template <class AnyIdType>
AnyIdType id_in(const pqxx::field& field) {
    return field.is_null() ? AnyIdType() : AnyIdType(uuid_bytes({field.c_str(), field.size()}));
}
std::int64_t int_in(const pqxx::field& field);
inline bool bool_in(const pqxx::field& field) {
    return !field.is_null() && field.c_str()[0] == 't';
}
// An id parameter that is null when empty.
struct NullableId {
    template <class Of>
    NullableId(const Id<Of>& id) : text(id.empty() ? std::string() : id.uuid()) {}
    const char* c_str() const { return text.empty() ? nullptr : text.c_str(); }
    std::string text;
};

// Array literals. The bytes form is for bytea[].
template <class Of>
std::string array_of(const std::vector<Id<Of>>& ids) {
    std::string out = "{";
    for (const auto& id : ids) {
        if (out.size() > 1) out += ',';
        out += id.uuid();
    }
    return out + '}';
}
std::string array_of(const std::vector<std::string>& texts);
std::string array_of(const std::vector<std::int64_t>& numbers);
std::string array_of_bytes(const std::vector<std::string>& values);
// An array of uuids in which an empty id is null.
template <class Of>
std::string array_of_nullable(const std::vector<Id<Of>>& ids) {
    std::string out = "{";
    for (const auto& id : ids) {
        if (out.size() > 1) out += ',';
        out += id.empty() ? "null" : id.uuid();
    }
    return out + '}';
}
// "{uuid,uuid}" as a column gives it.
template <class AnyIdType>
std::vector<AnyIdType> ids_in(const pqxx::field& field) {
    std::vector<AnyIdType> out;
    std::string_view text(field.c_str(), field.size());
    for (std::size_t at = 1; at + 36 < text.size() + 1 && text.size() > 2; at += 37)
        out.push_back(AnyIdType(uuid_bytes(text.substr(at, 36))));
    return out;
}

}  // namespace concordat::storage

namespace pqxx {
template <>
struct string_traits<concordat::storage::NullableId> {
    static constexpr const char* name() noexcept { return "id or null"; }
    static constexpr bool has_null() noexcept { return true; }
    static bool is_null(const concordat::storage::NullableId& id) { return id.text.empty(); }
    static std::string to_string(const concordat::storage::NullableId& id) { return id.text; }
};
}  // namespace pqxx
