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
#include "storage/tables/files.hpp"
#include "storage/tables/held_posts.hpp"

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

Screen::Struck Screen::struck_by(const UserId& author, const identity::ChannelPlace& channel,
                                 const Post& post) {
    Struck out;
    out.set = rules();
    if (out.set->is_empty()) return out;
    out.what = author.text() + channel.id.text() + post.message;
    std::map<const ContentRule*, bool> counted;
    const auto look = [&](const char* place, std::string_view text) {
        for (const auto& strike : out.set->in_text(text)) {
            const auto [known, is_first] = counted.try_emplace(strike.rule, false);
            if (is_first) known->second = counts_here(*strike.rule, channel);
            // What many others have struck must not hide the one that blocks.
            if (!known->second || (!is_first && out.hits.size() >= most_hits_written)) continue;
            auto& hit = out.hits.emplace_back();
            hit.rule_id = strike.rule->id;
            hit.post_id = post.id;
            hit.place = place;
            hit.start = static_cast<std::int64_t>(strike.start);
            hit.length = static_cast<std::int64_t>(strike.length);
            hit.action = strike.rule->action;
            out.rules.push_back(strike.rule);
        }
    };
    look("message", post.message);
    if (const auto* attachments = post.props.if_contains("attachments"))
        each_text(*attachments, 0, [&](std::string_view text) {
            out.what += '\n';
            out.what += text;
            look("attachment", text);
        });
    return out;
}

void Screen::add_file(Struck& struck, const identity::ChannelPlace& channel, const FileInfo& file,
                      const PostId& post, bool only_holding) {
    for (const auto& strike : struck.set->in_file(file.name, file.mime_type)) {
        if (only_holding && strike.rule->action != "hold") continue;
        if (!counts_here(*strike.rule, channel)) continue;
        auto& hit = struck.hits.emplace_back();
        hit.rule_id = strike.rule->id;
        hit.post_id = post;
        hit.place = "file";
        hit.action = strike.rule->action;
        struck.rules.push_back(strike.rule);
    }
}

void Screen::check_new(const Actor& actor, const identity::ChannelPlace& channel, const Post& post) {
    auto struck = struck_by(actor.user_id, channel, post);
    if (!post.file_ids.empty() && !struck.set->is_empty()) {
        // Files were looked at when they came; those that rules hold wait together with the message.
        const auto files =
            db_.read([&](storage::Tx& tx) { return storage::FileTable(tx).find(post.file_ids); });
        for (const auto& file : files) add_file(struck, channel, file.info, post.id, true);
    }
    if (!struck.hits.empty()) settle(actor, channel, std::move(struck), &post, false);
}

void Screen::check_message(const Actor& actor, const identity::ChannelPlace& channel, const Post& post) {
    auto struck = struck_by(actor.user_id, channel, post);
    if (!struck.hits.empty()) settle(actor, channel, std::move(struck), nullptr, false);
}

bool Screen::keeps_here(const identity::ChannelPlace& channel, const Post& post,
                        const std::vector<FileInfo>& files) {
    auto struck = struck_by(post.user_id, channel, post);
    for (const auto& file : files) add_file(struck, channel, file, post.id, false);
    const auto rule =
        std::ranges::find_if(struck.rules, [](const ContentRule* r) { return r->action != "log"; });
    if (rule == struck.rules.end()) return false;
    identity::Trail trail("content", post.id.text());
    trail.decision.user_id = post.user_id;
    for (auto& hit : struck.hits) {
        hit.id = ContentHitId::fresh(db_.now());
        hit.create_at = db_.now();
        hit.user_id = post.user_id;
        hit.channel_id = channel.id;
        hit.outcome = hit.action == "log" ? "logged" : "blocked";
        trail.noted("content.hit", said_of(hit));
    }
    trail.refused("content.kept_here", "rule " + (*rule)->id.text());
    db_.transact([&](storage::Tx& tx) {
        for (const auto& hit : struck.hits) storage::ContentRuleTable(tx).insert(hit);
        decisions_.record(tx, trail);
    });
    return true;
}

void Screen::check_file(const Actor& actor, const FileInfo& file) {
    Struck struck;
    struck.set = rules();
    if (struck.set->is_empty()) return;
    const auto channel = gate_.place(file.channel_id);
    if (!channel) return;  // the upload is refused by itself
    add_file(struck, *channel, file, {}, false);
    // No message has this in it: a word that was given for one is none for a file.
    struck.what = actor.user_id.text() + file.channel_id.text() + '\0' + file.name;
    if (!struck.hits.empty()) settle(actor, *channel, std::move(struck), nullptr, true);
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

void Screen::settle(const Actor& actor, const identity::ChannelPlace& channel, Struck struck,
                    const Post* held_post, bool is_upload) {
    const auto first = [&](const char* action) -> const ContentRule* {
        const auto at = std::ranges::find(struck.rules, action, &ContentRule::action);
        return at == struck.rules.end() ? nullptr : *at;
    };
    const auto* holding = first("hold");
    const auto* blocking = first("block");
    if (!blocking && !held_post && !is_upload) blocking = holding;
    const auto* warning = first("warn");
    const bool is_held = !blocking && holding && held_post;
    const bool is_sent = !blocking && !is_held && warning && has_word(struck.what);
    const bool is_warned = !blocking && !is_held && warning && !is_sent;
    auto& hits = struck.hits;
    identity::Trail trail("content", hits[0].post_id.empty() ? "upload" : hits[0].post_id.text());
    trail.decision.user_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    for (auto& hit : hits) {
        hit.id = ContentHitId::fresh(db_.now());
        hit.create_at = db_.now();
        hit.user_id = actor.user_id;
        hit.channel_id = channel.id;
        const bool blocks = hit.action == "block" || (hit.action == "hold" && !held_post && !is_upload);
        hit.outcome = blocks                 ? "blocked"
                      : hit.action == "hold" ? "held"
                      : hit.action == "log"  ? "logged"
                      : is_sent              ? "sent"
                                             : "warned";
        trail.noted("content.hit", said_of(hit));
    }
    if (blocking)
        trail.refused("content.blocked", "rule " + blocking->id.text());
    else if (is_held)
        trail.refused("content.held", "rule " + holding->id.text());
    else if (is_warned)
        trail.refused("content.warned", "rule " + warning->id.text());
    else
        trail.admitted(is_sent ? "content.sent_after_warning" : "content.logged", "");
    db_.transact([&](storage::Tx& tx) {
        if (is_held && !keep(tx, actor, *held_post, holding->id)) return;  // it waits already
        for (const auto& hit : hits) storage::ContentRuleTable(tx).insert(hit);
        decisions_.record(tx, trail);
    });
    if (blocking) throw Error(Fault::invalid, "content.blocked", blocking->message);
    if (is_held)
        throw Error(Fault::invalid, "content.held",
                    holding->message + " It waits for review, and is sent when it is released.");
    if (is_warned)
        throw Error(Fault::invalid, "content.warned",
                    warning->message + " Send it again within 5 minutes to send it all the same.");
}

bool Screen::keep(storage::Tx& tx, const Actor& actor, const Post& post, const ContentRuleId& rule) {
    storage::HeldPostTable table(tx);
    require(table.waiting().first < most_held, Fault::unavailable, "content.held_full",
            "Too many messages wait for review already.");
    HeldPost held;
    held.id = HeldPostId::fresh(tx.now());
    held.create_at = tx.now();
    held.expires_at = tx.now() + held_for;
    held.user_id = actor.user_id;
    held.channel_id = post.channel_id;
    held.rule_id = rule;
    held.state = "waiting";
    return table.insert(held, post);
}

}  // namespace concordat::messaging
