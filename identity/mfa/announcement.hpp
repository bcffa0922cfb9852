// The letter that a second factor will be asked for: to everybody whom the rules name and who has none, once
// for each date in MfaEnforcedFrom.
//
// How far it came is kept in the table system, in the transaction that hands the letters in; so after a crash
// nobody is left out or written to twice. Nobody is written to about settings that are on trial, and nothing
// is done while the post office is closed. Whom the rules name later learns it from the client only.
//
// One thread; tick() blocks for a few queries.
#pragma once
#include <cstdint>
#include "core/config/live.hpp"
#include "identity/mail/post_office.hpp"

namespace concordat::identity {

class FactorAnnouncement {
public:
    static constexpr std::int64_t letters_at_a_time = 100;

    // All must outlive this object.
    FactorAnnouncement(storage::Database& db, PostOffice& office, const LiveSettings& settings)
        : db_(db), office_(office), settings_(settings) {}

    // Hands in the next letters; how many.
    std::size_t tick();

private:
    storage::Database& db_;
    PostOffice& office_;
    const LiveSettings& settings_;
};

}  // namespace concordat::identity
