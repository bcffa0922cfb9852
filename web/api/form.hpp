// Small forms: a few fields and one picture, collected in memory while they arrive.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include "web/http/call.hpp"

namespace concordat::web {

struct Form {
    std::map<std::string, std::string> fields;
    std::map<std::string, std::string> files;  // by field name; the bytes
};

// What is taken, and how a longer one is refused.
struct FormBounds {
    std::uint64_t most_bytes = 0;  // of all values together
    const char* too_large_id = "";
};

// For a stream route. `done` answers; it runs on the bulk lane once the whole form is there, and must copy
// what it needs of the call. Throws Error (invalid) when the call brings no form.
std::unique_ptr<BodySink> form_sink(const Call& call, FormBounds bounds,
                                    std::function<Reply(const Form&)> done);

// The value, or 400.
const std::string& file_in(const Form& form, const std::string& name);

Reply ok_reply();

}  // namespace concordat::web
