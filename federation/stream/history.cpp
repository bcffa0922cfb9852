#include "federation/stream/history.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "core/base/log.hpp"
#include "messaging/screening/screen.hpp"
#include "storage/tables/federation.hpp"
#include "storage/tables/files.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/reactions.hpp"
#include "storage/tables/users.hpp"

namespace concordat::federation {
namespace {

constexpr Millis one_day = 24LL * 3600 * 1000;
constexpr std::int64_t roots_at_a_time = 64, most_looked_at = 256;

bool can_be_told(const Post& post) {
    return !post.type.starts_with("system_") && !post.props.contains(storage::lost_prop) &&
           !post.props.contains(storage::emptied_prop);
}

}  // namespace

Millis History::from(const PartnerPolicy& policy, Millis now) {
    if (policy.history_days < 0) return 0;
    return std::max<Millis>(0, now - policy.history_days * one_day);
}

void History::want(storage::Tx& tx, const Share& share, const SharePartner& partner, bool is_share_new) {
    if (partner.history_from >= share.since) return;
    storage::ShareTable table(tx);
    const auto known = table.lock_history(share.channel_id);
    // What it did not get of the stream when it came by, it gets said once more.
    const bool is_behind =
        storage::StreamTable(tx).acknowledged(partner.partner_id, own_.id(), share.channel_id) > 0;
    ShareHistory next;
    next.channel_id = share.channel_id;
    next.from_at = partner.history_from;
    next.roots_upto_at = next.upto_at = is_behind ? tx.now() : share.since;
    if (known) {
        next.told = known->told;
        next.kept_back = known->kept_back;
        if (!is_share_new && !is_behind) {
            if (known->from_at <= next.from_at) return;
            next.upto_at = known->upto_at;
            next.roots_upto_at = known->done_at > 0 ? known->from_at : known->roots_upto_at;
        } else {
            next.from_at = std::min(next.from_at, known->from_at);
        }
    }
    next.root_at = next.from_at - 1;
    table.put(next);
}

bool History::waits(storage::Tx& tx, const ShareHistory& history, const Post& post) {
    if (history.done_at > 0 || post.create_at >= history.upto_at) return false;
    auto root_at = post.create_at;
    auto root_id = post.id;
    if (!post.root_id.empty()) {
        const auto root = storage::PostTable(tx).find(std::vector{post.root_id});
        if (root.empty()) return false;
        root_at = root[0].create_at;
        root_id = post.root_id;
    }
    if (root_at < history.from_at || root_at >= history.roots_upto_at) return false;
    const auto reply_at = post.root_id.empty() ? 0 : post.create_at;
    const auto reply_id = post.root_id.empty() ? PostId() : post.id;
    return std::tie(root_at, root_id, reply_at, reply_id) >
           std::tie(history.root_at, history.root_id, history.reply_at, history.reply_id);
}

// From one place to the next, in one transaction.
struct History::Walk {
    storage::Tx& tx;
    Step& step;
    const OrganisationId own;
    const std::vector<SharePartner> partners;
    std::map<UserId, std::optional<User>> users{};
    std::size_t bytes = 0;
    std::int64_t looked = 0;

    const std::optional<User>& user(const UserId& id) {
        auto at = users.find(id);
        if (at == users.end()) at = users.emplace(id, storage::UserTable(tx).find(id)).first;
        return at->second;
    }
    bool is_own(const UserId& id) {
        const auto& found = user(id);
        return found && !found->remote_id;
    }
    // Whether what somebody wrote is told by their own organisation.
    bool is_vouched_for(const UserId& id) {
        const auto& found = user(id);
        if (!found || !found->remote_id) return false;
        return std::ranges::any_of(partners, [&](const SharePartner& p) {
            return p.state == "joined" && p.partner_id.text() == *found->remote_id;
        });
    }
    bool is_full() const {
        return looked >= most_looked_at || step.told.size() >= most_at_a_time || bytes >= bytes_at_a_time;
    }
    void tell(Post post, Millis root_at) {
        bytes += post.message.size() + json_text(post.props).size();
        step.told.push_back({std::move(post), root_at, {}});
    }
    // The replies of the root where it stands, or the roots behind that one. False when there is no more.
    bool go_on() {
        auto& at = step.after;
        if (!at.root_id.empty() && at.reply_at < at.upto_at) {
            const auto replies = storage::PostTable(tx).replies_after(
                at.root_id, at.reply_at, at.reply_id, at.upto_at, static_cast<std::int64_t>(most_at_a_time));
            for (const auto& reply : replies) {
                if (is_full()) return true;
                ++looked;
                at.reply_at = reply.create_at;
                at.reply_id = reply.id;
                if (can_be_told(reply) && is_own(reply.user_id)) tell(reply, at.root_at);
            }
            if (replies.size() < most_at_a_time) end_thread();
            return true;
        }
        const auto roots = storage::PostTable(tx).roots_after(at.channel_id, at.root_at, at.root_id,
                                                              at.roots_upto_at, roots_at_a_time);
        for (const auto& root : roots) {
            if (is_full()) return true;
            ++looked;
            at.root_at = root.create_at;
            at.root_id = root.id;
            at.reply_at = 0;
            at.reply_id = {};
            const bool is_told = can_be_told(root) && is_own(root.user_id);
            if (is_told) tell(root, root.create_at);
            if (root.reply_count > 0 && (is_told || is_vouched_for(root.user_id))) return true;
            end_thread();
        }
        return std::ssize(roots) == roots_at_a_time;
    }
    void end_thread() {
        step.after.reply_at = step.after.upto_at;
        step.after.reply_id = {};
    }
    // What became of them until now.
    void add_past() {
        std::vector<PostId> ids;
        for (const auto& one : step.told) ids.push_back(one.post.id);
        if (ids.empty()) return;
        const auto priorities = storage::PostTable(tx).priorities(ids);
        std::map<PostId, PostPast*> pasts;
        for (auto& one : step.told) {
            one.past.edit_at = one.post.edit_at;
            one.past.is_pinned = one.post.is_pinned;
            if (one.post.metadata && one.post.metadata->priority) {
                const auto priority = priorities.find(one.post.id.text());
                if (priority == priorities.end())
                    one.post.metadata.reset();
                else
                    one.post.metadata->priority = priority->second;
            }
            pasts[one.post.id] = &one.past;
        }
        for (const auto& reaction : storage::ReactionTable(tx).of_posts(ids)) {
            auto& reactions = pasts[reaction.post_id]->reactions;
            if (is_own(reaction.user_id) && reactions.size() < most_past_reactions)
                reactions.push_back({reaction.user_id, reaction.emoji_name, reaction.create_at, {}});
        }
    }
};

std::optional<History::Step> History::next() {
    const auto own = own_.id();
    std::optional<Step> step;
    db_.read([&](storage::Tx& tx) {
        step.reset();
        storage::ShareTable shares(tx);
        const auto unfinished = shares.unfinished_history();
        if (!unfinished) return;
        step.emplace();
        step->before = step->after = *unfinished;
        const auto share = shares.find(unfinished->channel_id);
        bool is_more = share && share->is_home && share->state == "joined";
        Walk walk{tx, *step, own, shares.partners(unfinished->channel_id)};
        while (is_more && !walk.is_full()) is_more = walk.go_on();
        walk.add_past();
        if (!is_more) step->after.done_at = tx.now();
    });
    if (!step) return step;
    screen(*step);
    step->after.told += std::ssize(step->told);
    return step;
}

// Not in the transaction: what strikes is written down in its own.
void History::screen(Step& step) {
    if (!screen_ || step.told.empty() || !screen_->has_rules()) return;
    const auto place = gate_.place(step.before.channel_id);
    if (!place) return step.told.clear();
    std::map<FileId, FileInfo> files;
    db_.read([&](storage::Tx& tx) {
        std::vector<FileId> ids;
        for (const auto& one : step.told)
            ids.insert(ids.end(), one.post.file_ids.begin(), one.post.file_ids.end());
        for (const auto& row : storage::FileTable(tx).find(ids)) files[row.info.id] = row.info;
    });
    std::set<PostId> kept;
    std::erase_if(step.told, [&](const Step::Told& one) {
        if (kept.contains(one.post.root_id)) return true;  // with its thread
        std::vector<FileInfo> attached;
        for (const auto& id : one.post.file_ids)
            if (const auto at = files.find(id); at != files.end()) attached.push_back(at->second);
        if (!screen_->keeps_here(*place, one.post, attached)) return false;
        kept.insert(one.post.id);
        ++step.after.kept_back;
        return true;
    });
    if (!kept.contains(step.after.root_id)) return;
    step.after.reply_at = step.after.upto_at;
    step.after.reply_id = {};
}

}  // namespace concordat::federation
