#include "messaging/screening/screen.hpp"

#include <algorithm>
#include <map>

#include "core/base/error.hpp"
#include "identity/decision/decisions.hpp"
#include "messaging/screening/rule_set.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/content_rules.hpp"

namespace concordat::messaging {
namespace {

constexpr std::size_t most_hits_written = 100;  // of one message, but for the first of each rule
constexpr int deepest_attachment = 8;

// Every text in attachments, keys left out: titles, fields, values of menus.
template <class Take>
void each_text(const json::value& value, int depth, const Take& take) {
    if (depth > deepest_attachment) return;
    if (const auto* text = value.if_string()) return take(std::string_view(*text));
    if (const auto* list = value.if_array())
        for (const auto& one : *list) each_text(one, depth + 1, take);
    if (const auto* object = value.if_object())
        for (const auto& member : *object) each_text(member.value(), depth + 1, take);
}

std::string said_of(const ContentHit& hit) {
    return "rule " + hit.rule_id.text() + ", " + hit.action + ", channel " + hit.channel_id.text() + ", " +
           hit.place + " " + std::to_string(hit.start) + "+" + std::to_string(hit.length);
}

}  // namespace

Screen::~Screen() = default;

void Screen::reload() {
    std::lock_guard order(reloading_);
    std::shared_ptr<const RuleSet> fresh;
    try {
        fresh = std::make_shared<const RuleSet>(
            db_.read([](storage::Tx& tx) { return storage::ContentRuleTable(tx).all(); }));
    } catch (...) {  // what was in force is not any more: whoever writes next reads them, or is refused
        std::lock_guard guard(mutex_);
        rules_.reset();
        throw;
    }
    std::lock_guard guard(mutex_);
    rules_ = std::move(fresh);
}

std::shared_ptr<const RuleSet> Screen::rules() {
    {
        std::lock_guard guard(mutex_);
        if (rules_) return rules_;
    }
    reload();
    std::lock_guard guard(mutex_);
    require(rules_ != nullptr, Fault::unavailable, "content.rules",
            "The rules about content cannot be read now.");
    return rules_;
}

bool Screen::has_rules() {
    return !rules()->is_empty();
}

bool Screen::counts_here(const ContentRule& rule, const identity::ChannelPlace& channel) {
    if (rule.where == "all") return true;
    if (rule.where == "teams") return std::ranges::count(rule.team_ids, channel.team_id) > 0;
    if (rule.where == "channels") return std::ranges::count(rule.channel_ids, channel.id) > 0;
    const auto row = db_.read([&](storage::Tx& tx) { return storage::ChannelTable(tx).find(channel.id); });
    return row && row->shared.value.value_or(false);
}

Screen::Found Screen::in_message(const RuleSet& set, const identity::ChannelPlace& channel,
                                 const Post& post) {
    Found out;
    auto& [hits, struck, words] = out;
    std::map<const ContentRule*, bool> counted;
    const auto look = [&](const char* place, std::string_view text) {
        for (const auto& strike : set.in_text(text)) {
            const auto [known, is_first] = counted.try_emplace(strike.rule, false);
            if (is_first) known->second = counts_here(*strike.rule, channel);
            // What many others have struck must not hide the one that blocks.
            if (!known->second || (!is_first && hits.size() >= most_hits_written)) continue;
            auto& hit = hits.emplace_back();
            hit.rule_id = strike.rule->id;
            hit.post_id = post.id;
            hit.place = place;
            hit.start = static_cast<std::int64_t>(strike.start);
            hit.length = static_cast<std::int64_t>(strike.length);
            hit.action = strike.rule->action;
            struck.push_back(strike.rule);
        }
    };
    look("message", post.message);
    if (const auto* attachments = post.props.if_contains("attachments"))
        each_text(*attachments, 0, [&](std::string_view text) {
            words += '\n';
            words += text;
            look("attachment", text);
        });
    return out;
}

Screen::Found Screen::in_file(const RuleSet& set, const identity::ChannelPlace& channel,
                              const FileInfo& file) {
    Found out;
    for (const auto& strike : set.in_file(file.name, file.mime_type)) {
        if (!counts_here(*strike.rule, channel)) continue;
        auto& hit = out.hits.emplace_back();
        hit.rule_id = strike.rule->id;
        hit.place = "file";
        hit.action = strike.rule->action;
        out.struck.push_back(strike.rule);
    }
    return out;
}

void Screen::check_message(const Actor& actor, const identity::ChannelPlace& channel, const Post& post) {
    const auto set = rules();
    if (set->is_empty()) return;
    auto found = in_message(*set, channel, post);
    if (found.hits.empty()) return;
    settle(actor, channel, std::move(found.hits),
           actor.user_id.text() + channel.id.text() + post.message + found.words, found.struck);
}

bool Screen::keeps_here(const identity::ChannelPlace& channel, const Post& post,
                        const std::vector<FileInfo>& files) {
    const auto set = rules();
    if (set->is_empty()) return false;
    auto found = in_message(*set, channel, post);
    for (const auto& file : files) {
        auto more = in_file(*set, channel, file);
        std::ranges::move(more.hits, std::back_inserter(found.hits));
        std::ranges::move(more.struck, std::back_inserter(found.struck));
    }
    const auto rule =
        std::ranges::find_if(found.struck, [](const ContentRule* r) { return r->action != "log"; });
    if (rule == found.struck.end()) return false;
    identity::Trail trail("content", post.id.text());
    trail.decision.user_id = post.user_id;
    for (auto& hit : found.hits) {
        hit.id = ContentHitId::fresh(db_.now());
        hit.create_at = db_.now();
        hit.user_id = post.user_id;
        hit.channel_id = channel.id;
        hit.post_id = post.id;
        hit.outcome = hit.action == "log" ? "logged" : "blocked";
        trail.noted("content.hit", said_of(hit));
    }
    trail.refused("content.kept_here", "rule " + (*rule)->id.text());
    db_.transact([&](storage::Tx& tx) {
        for (const auto& hit : found.hits) storage::ContentRuleTable(tx).insert(hit);
        decisions_.record(tx, trail);
    });
    return true;
}

void Screen::check_file(const Actor& actor, const FileInfo& file) {
    const auto set = rules();
    if (set->is_empty()) return;
    const auto channel = gate_.place(file.channel_id);
    if (!channel) return;  // the upload is refused by itself
    auto found = in_file(*set, *channel, file);
    // No message has this in it: a word that was given for one is none for a file.
    const auto what = actor.user_id.text() + file.channel_id.text() + '\0' + file.name;
    if (!found.hits.empty()) settle(actor, *channel, std::move(found.hits), what, found.struck);
}

bool Screen::has_word(const std::string& what) {
    const std::string digest(storage::text_of(storage::sha256(what)));
    const auto now = db_.now();
    std::lock_guard guard(mutex_);
    if (const auto at = words_.find(digest); at != words_.end() && at->second > now) return true;
    if (words_.size() >= most_words)
        std::erase_if(words_, [&](const auto& word) { return word.second <= now; });
    if (words_.size() >= most_words) words_.clear();  // who was warned is warned again
    words_[digest] = now + word_counts;
    return false;
}

void Screen::settle(const Actor& actor, const identity::ChannelPlace& channel, std::vector<ContentHit> hits,
                    const std::string& what, const std::vector<const ContentRule*>& struck) {
    const auto first = [&](const char* action) -> const ContentRule* {
        const auto at = std::ranges::find(struck, action, &ContentRule::action);
        return at == struck.end() ? nullptr : *at;
    };
    const auto* blocking = first("block");
    const auto* warning = first("warn");
    const bool is_sent = !blocking && warning && has_word(what);
    identity::Trail trail("content", hits[0].post_id.empty() ? "upload" : hits[0].post_id.text());
    trail.decision.user_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    for (auto& hit : hits) {
        hit.id = ContentHitId::fresh(db_.now());
        hit.create_at = db_.now();
        hit.user_id = actor.user_id;
        hit.channel_id = channel.id;
        hit.outcome = hit.action == "block" ? "blocked"
                      : hit.action == "log" ? "logged"
                      : is_sent             ? "sent"
                                            : "warned";
        trail.noted("content.hit", said_of(hit));
    }
    if (blocking)
        trail.refused("content.blocked", "rule " + blocking->id.text());
    else if (warning && !is_sent)
        trail.refused("content.warned", "rule " + warning->id.text());
    else
        trail.admitted(is_sent ? "content.sent_after_warning" : "content.logged", "");
    db_.transact([&](storage::Tx& tx) {
        for (const auto& hit : hits) storage::ContentRuleTable(tx).insert(hit);
        decisions_.record(tx, trail);
    });
    if (blocking) throw Error(Fault::invalid, "content.blocked", blocking->message);
    if (warning && !is_sent)
        throw Error(Fault::invalid, "content.warned",
                    warning->message + " Send it again within 5 minutes to send it all the same.");
}

}  // namespace concordat::messaging
