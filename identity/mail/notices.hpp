// Letters about what happened to an account: made from facts, so that whoever changes something need not
// think of them.
//
// Whose address changed gets one at the address before; new passwords, second factors and deactivation are
// told to the person. An account that needs a verified address causes the request "ask_verify_email". Bots,
// partners' people and those without an address get none. A sink of the journal; a fact that comes again
// makes the same letter, and only after a crash it may arrive twice.
#pragma once
#include <string>
#include <vector>
#include "identity/mail/post_office.hpp"
#include "storage/journal/journal.hpp"

namespace concordat::identity {

class Notices : public storage::EventSink {
public:
    // All must outlive this object.
    Notices(storage::Database& db, PostOffice& office, const LiveSettings& settings)
        : db_(db), office_(office), settings_(settings) {}

    std::string name() const override { return "letters"; }
    bool is_durable() const override { return true; }
    void take(const std::vector<storage::Fact>& facts) override;

private:
    void ask_for_proof(const User& user);

    storage::Database& db_;
    PostOffice& office_;
    const LiveSettings& settings_;
};

}  // namespace concordat::identity
