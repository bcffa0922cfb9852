// What a provider of OpenID Connect sends: a key set and a token, parted by a zero byte.
#include "identity/oidc/id_token.hpp"

using namespace concordat;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const auto at = all.find('\0');
    const auto token = at == all.npos ? all : all.substr(at + 1);
    identity::oidc::SigningKeys keys;
    try {
        keys = identity::oidc::SigningKeys(all.substr(0, at));
    } catch (const Error&) {
    }
    identity::Trail trail("sign_in", "attempt");
    const auto claims = identity::oidc::claims_in(
        token, keys, {"https://id.example", "client", "nonce", 1'700'000'000'000}, trail);
    if (claims && trail.is_refused()) __builtin_trap();  // nobody is let in by what was refused
    (void)identity::oidc::key_id_of(token);
    return 0;
}
