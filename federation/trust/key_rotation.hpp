// KeyRotation: another key for this organisation.
//
// The new secret, the change that both keys have signed, and the decision are one transaction: a node that
// dies has either key, whole. From then on the new key signs; the old one counts for the overlap, so nothing
// that was signed before is lost, and its secret is kept so long, so that the change can be taken back.
// Sessions tell partners at once; who is away learns it from the next certificate, whenever that is.
//
// A key that may be in other hands is bad since a time: no seal of that time or later counts any more, and
// what this organisation said since is sealed anew.
//
// Thread-safe; calls block. Errors: invalid or conflict, "federation.key*".
#pragma once
#include <functional>
#include "federation/trust/organisation.hpp"

namespace concordat::identity {
class Decisions;
}

namespace concordat::federation {

inline constexpr std::int64_t usual_overlap_days = 7, longest_overlap_days = 30;

class KeyRotation {
public:
    // All must outlive this object.
    KeyRotation(storage::Database& db, Organisation& own, identity::Decisions& decisions)
        : db_(db), own_(own), decisions_(decisions) {}
    // Hears of every change, after its commit.
    void on_change(std::function<void()> act) { changed_ = std::move(act); }

    // `bad_since`: the old key may be in other hands since then; 0: it is good. While an overlap lasts only
    // such a one is changed again. `by` is who acts; empty: the machine's operator.
    void rotate(std::int64_t overlap_days, Millis bad_since = 0, const UserId& by = {});
    // Back to the key before; while the overlap lasts.
    void abort(const UserId& by = {});
    // Destroys the former secret when the overlap is over; seals anew what a bad key has sealed. To be called
    // when the node starts, and now and then.
    void settle();

private:
    void change(const storage::SigningKey& to, Millis overlap, Millis bad_since, const UserId& by,
                const char* rule, const std::string& said);
    void seal_anew();

    storage::Database& db_;
    Organisation& own_;
    identity::Decisions& decisions_;
    std::function<void()> changed_ = [] {};
    std::mutex changing_;  // one changes at a time
};

}  // namespace concordat::federation
