// The tables letters and mail_links.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/letter.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class LetterTable {
public:
    explicit LetterTable(Tx& tx) : tx_(tx) {}
    // False when a letter with this id is there already, or one with the same `only_one` (not empty).
    bool insert(const Letter& letter, std::string_view only_one = {});
    // The number of letters of this kind, counted no further than `most`.
    std::int64_t count(const std::string& kind, std::int64_t most);
    std::int64_t count();
    // Those that are due, oldest first, put off until `again_at`: nobody else takes them until then.
    std::vector<Letter> take_due(Millis now, Millis again_at, std::int64_t limit);
    void put_off(const LetterId& id, Millis due_at);
    bool remove(const LetterId& id);

private:
    Tx& tx_;
};

class MailLinkTable {
public:
    explicit MailLinkTable(Tx& tx) : tx_(tx) {}
    // `token_hash` is the SHA-256 of the token.
    void insert(const MailLink& link, std::string_view token_hash);
    std::optional<MailLink> by_hash(std::string_view token_hash);
    // Until the end of the transaction nobody else uses it.
    std::optional<MailLink> lock_by_hash(std::string_view token_hash);
    void remove(const MailLinkId& id);
    void remove_of(const UserId& user, const std::string& kind);
    // All of a kind; how many.
    std::int64_t remove_all(const std::string& kind);
    std::int64_t count_since(const UserId& user, const std::string& kind, Millis since);
    std::int64_t count_made_since(const UserId& maker, Millis since);
    // What ended before `now`; how many.
    std::int64_t remove_expired(Millis now);

private:
    std::optional<MailLink> first(const pqxx::result& result);
    Tx& tx_;
};

}  // namespace concordat::storage
