#include "messaging/conversation/mention_book.hpp"

#include <mutex>

#include "core/model/facts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr std::int64_t page = 1000;

bool has_words(const User& user) {
    if (!user.notify_props || user.delete_at > 0) return false;
    const auto keys = user.notify_props->find("mention_keys");
    const auto first = user.notify_props->find("first_name");
    return (keys != user.notify_props->end() && !keys->second.empty()) ||
           (first != user.notify_props->end() && first->second == "true" && !user.first_name.empty());
}

}  // namespace

void MentionBook::load() {
    for (std::int64_t offset = 0;; offset += page) {
        storage::UserQuery query;
        query.active = true;
        query.offset = offset;
        query.limit = page;
        const auto users = db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).select(query); });
        for (const auto& user : users) note(user);
        if (users.empty()) return;
    }
}

void MentionBook::note(const User& user) {
    std::unique_lock lock(mutex_);
    if (has_words(user))
        keywords_[user.id] = keywords_of(user.username, user.first_name, *user.notify_props);
    else
        keywords_.erase(user.id);
}

void MentionBook::on_facts(const std::vector<storage::Fact>& facts) {
    for (const auto& fact : facts) {
        if (fact.is<UserUpdated>())
            note(fact.as<UserUpdated>().user);
        else if (fact.is<UserCreated>())
            note(fact.as<UserCreated>().user);
    }
}

bool MentionBook::is_empty() const {
    std::shared_lock lock(mutex_);
    return keywords_.empty();
}

std::vector<UserId> MentionBook::called(const MentionScan& scan) const {
    std::vector<UserId> out;
    std::shared_lock lock(mutex_);
    for (const auto& [user, words] : keywords_)
        if (matches(scan, words)) out.push_back(user);
    return out;
}

}  // namespace concordat::messaging
