// Text of LDAP filters and names. Pure functions, any thread.
//
// What a person typed goes into a filter through escaped() only, and never into a distinguished name.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace concordat::identity::ldap {

// As RFC 4515 wants it: * ( ) \, control bytes and all above 0x7e as \xx.
std::string escaped(std::string_view value);
// "(attribute=value)" with the value escaped.
std::string equals(std::string_view attribute, std::string_view value);
// "(&...)" of those that are not empty; each must be one whole filter.
std::string all_of(const std::vector<std::string>& filters);
std::string any_of(const std::vector<std::string>& filters);
// Whether it is exactly one filter in parentheses, so that joining it with others changes nothing of them.
bool is_one_filter(std::string_view text);
// The same for all spellings of one name; "" when it is none.
std::string normal_dn(const std::string& dn);

// The immutable id as text: objectGUID as Active Directory's tools write it, other bytes that are not plain
// text in hex with "hex:" before it. "" when it is empty.
std::string subject_of(std::string_view attribute, std::string_view value);
// The bytes again.
std::string value_of(std::string_view attribute, std::string_view subject);

}  // namespace concordat::identity::ldap
