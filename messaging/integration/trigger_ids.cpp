#include "messaging/integration/trigger_ids.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "core/base/error.hpp"
#include "core/model/scope.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/data_keys.hpp"
#include "storage/database/database.hpp"

namespace concordat::messaging {
namespace {

constexpr Millis ahead = 5000;  // a clock that was set back must not make them all invalid

Error refused(const char* what, const char* text) {
    return {Fault::invalid, std::string("interactive_message.decode_trigger_id.") + what, text};
}

}  // namespace

std::string TriggerIds::mac(const std::string& signed_part, Millis time) {
    const auto key = db_.keys().writing(scopes::configuration, storage::day_of(time));
    const auto secret = key->derive("trigger id");
    return storage::base64(
        storage::text_of(storage::hmac_sha256(storage::text_of(secret.bytes()), signed_part)));
}

NewTrigger TriggerIds::make(const UserId& user) {
    const auto now = db_.now();
    NewTrigger out;
    out.client_part = new_token();
    const auto signed_part = out.client_part + ':' + user.text() + ':' + std::to_string(now) + ':';
    out.text = storage::base64(signed_part + mac(signed_part, now));
    return out;
}

Trigger TriggerIds::check(const std::string& text) {
    const auto plain = storage::from_base64(text);
    if (!plain || text.empty()) throw refused("base64_decode_failed", "The trigger id is not base64.");
    std::vector<std::size_t> colons;
    for (std::size_t at = 0; at < plain->size(); ++at)
        if ((*plain)[at] == ':') colons.push_back(at);
    if (colons.size() != 3) throw refused("missing_data", "The trigger id is not complete.");
    Millis time = 0;
    const auto* begin = plain->data() + colons[1] + 1;
    const auto* end = plain->data() + colons[2];
    const auto [stop, failed] = std::from_chars(begin, end, time);
    const auto user = plain->substr(colons[0] + 1, colons[1] - colons[0] - 1);
    if (failed != std::errc() || stop != end || !looks_like_id(user))
        throw refused("missing_data", "The trigger id is not complete.");
    // Before the signature, so that only keys of now are asked for.
    const auto age = db_.now() - time;
    const auto longest = settings_.current()->ServiceSettings.OutgoingIntegrationRequestsTimeout * 1000;
    if (age > longest || age < -ahead) throw refused("expired", "The trigger id is too old.");
    const auto signed_part = plain->substr(0, colons[2] + 1);
    if (!storage::constant_time_equal(plain->substr(colons[2] + 1), mac(signed_part, time)))
        throw refused("verify_signature_failed", "The trigger id is not of this server.");
    return {plain->substr(0, colons[0]), UserId::from_text(user)};
}

}  // namespace concordat::messaging
