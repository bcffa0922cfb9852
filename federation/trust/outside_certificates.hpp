// Certificates of a public key infrastructure that organisations have anyway, beside the organisation's own
// key and never instead of it.
//
// A node shows its certificate in its hello, with a signature by its key over this very connection. Whoever
// names authorities takes no session from a partner whose certificate does not come from one of them, is over
// or revoked, or has not exactly the name that an administrator wrote down for this partner. Files are read
// whenever they are needed, so a new list of revoked certificates counts at once. Whatever cannot be read or
// checked is a refusal.
//
// A value; thread-safe.
#pragma once
#include <string>
#include "core/base/clock.hpp"
#include "federation/wire/binding.hpp"
#include "federation/wire/messages.hpp"

namespace concordat::federation {

inline constexpr std::size_t most_certificates = 4,
                             longest_certificates = 9000;  // shown; bytes of DER together

// DNS:… or URI:…, without wildcards.
bool is_certificate_name(const std::string& name);

class OutsideCertificates {
public:
    OutsideCertificates(std::string authorities, std::string revoked, std::string certificate,
                        std::string key)
        : authorities_(std::move(authorities)),
          revoked_(std::move(revoked)),
          certificate_(std::move(certificate)),
          key_(std::move(key)) {}

    // Of partners.
    bool are_demanded() const { return !authorities_.empty(); }
    // The own one, if there is one. Throws Error (unavailable, "federation.certificate_file") when it cannot
    // be read.
    void show(Hello& hello, const Binding& binding) const;
    // Why what a partner shows does not do; "" when it does. For the log.
    std::string objection(const Hello& hello, const Binding& binding, const std::string& name,
                          Millis now) const;

private:
    std::string authorities_, revoked_, certificate_, key_;  // files
};

}  // namespace concordat::federation
