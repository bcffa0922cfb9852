// Bodies as programs send them: JSON, forms, plain text, told apart by their Content-Type.
#pragma once
#include <map>
#include <string>
#include "web/http/call.hpp"

namespace concordat::web {

enum class PayloadKind { json, form, multipart, other, malformed };

// json for application/json and for none; malformed when it is there and is no media type.
PayloadKind payload_kind(const Call& call);
// One value of an application/x-www-form-urlencoded body. Throws Error (invalid, `id`) when it is not there.
std::string form_value(const std::string& body, const std::string& name, const char* id);
// The fields of a multipart/form-data body; files in it are passed over. Throws Error (invalid, `id`).
std::map<std::string, std::string> multipart_fields(const Call& call, const char* id);

// "ok" as text/plain, which is how programs are told that all is well.
Reply plain_ok();

}  // namespace concordat::web
