#include "web/api/payload.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "web/http/multipart.hpp"
#include "web/http/percent.hpp"

namespace concordat::web {
namespace {

bool is_token(std::string_view text) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
        return (c < 128 && std::isalnum(c)) || others.find(static_cast<char>(c)) != others.npos;
    });
}

class FormFields : public PartTaker {
public:
    void begin(const PartHead& head) override {
        is_field_ = !head.filename;
        if (is_field_) value_ = &values[head.name];
    }
    void take(std::string_view bytes) override {
        if (is_field_) value_->append(bytes);
    }
    void end() override {}

    std::map<std::string, std::string> values;

private:
    bool is_field_ = false;
    std::string* value_ = nullptr;
};

}  // namespace

PayloadKind payload_kind(const Call& call) {
    const auto header = call.head.headers.get("Content-Type");
    if (trimmed(header).empty()) return PayloadKind::json;
    const auto type = lower_ascii(trimmed(header.substr(0, header.find(';'))));
    const auto slash = type.find('/');
    if (slash == type.npos || !is_token(std::string_view(type).substr(0, slash)) ||
        !is_token(std::string_view(type).substr(slash + 1)))
        return PayloadKind::malformed;
    if (type == "application/json") return PayloadKind::json;
    if (type == "application/x-www-form-urlencoded") return PayloadKind::form;
    if (type == "multipart/form-data") return PayloadKind::multipart;
    return PayloadKind::other;
}

std::string form_value(const std::string& body, const std::string& name, const char* id) {
    std::string_view rest = body;
    while (!rest.empty()) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        if (form_decoded(pair.substr(0, equals)) != name) continue;
        return form_decoded(pair.substr(std::min(equals + 1, pair.size())));
    }
    throw Error(Fault::invalid, id, "The form has no field " + name + ".");
}

std::map<std::string, std::string> multipart_fields(const Call& call, const char* id) {
    FormFields fields;
    try {
        const auto boundary = form_boundary(call.head.headers.get("Content-Type"));
        if (!boundary) throw Error(Fault::invalid, id);
        MultipartReader reader(*boundary, fields);
        reader.write(call.body);
        reader.finish();
    } catch (const Error& e) {  // told by the id of what the form is for
        throw Error(Fault::invalid, id, "The form is not well formed.", e.id());
    }
    return std::move(fields.values);
}

Reply plain_ok() {
    Reply reply;
    reply.content_type = "text/plain";
    reply.body = "ok";
    return reply;
}

}  // namespace concordat::web
