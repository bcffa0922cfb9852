#include "messaging/integration/slack_text.hpp"

#include <array>
#include <map>
#include <utility>
#include <vector>

#include "core/model/ids.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr std::size_t id_size = 26;
constexpr std::size_t most_mentions = 200;  // looked up in one message
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> wide{
    {{"<!channel>", "@channel"}, {"<!here>", "@here"}, {"<!all>", "@all"}}};

// The id of "<@ID>" at `at`, or "".
std::string_view mention_at(std::string_view text, std::size_t at) {
    const auto rest = text.substr(at);
    if (rest.size() < id_size + 3 || !rest.starts_with("<@") || rest[id_size + 2] != '>') return {};
    const auto id = rest.substr(2, id_size);
    return looks_like_id(id) ? id : std::string_view();
}

using Change = std::function<std::string(std::string_view)>;

void change_text(json::object& in, const char* key, const Change& change) {
    auto* value = in.if_contains(key);
    if (!value || !value->is_string()) return;
    const auto& text = value->get_string();
    *value = change({text.data(), text.size()});
}

void each_text(json::array& attachments, const Change& titles, const Change& others) {
    for (auto& each : attachments) {
        if (!each.is_object()) continue;
        auto& attachment = each.get_object();
        change_text(attachment, "title", titles);
        change_text(attachment, "pretext", others);
        change_text(attachment, "text", others);
        auto* fields = attachment.if_contains("fields");
        if (!fields || !fields->is_array()) continue;
        for (auto& field : fields->get_array())
            if (field.is_object()) change_text(field.get_object(), "value", others);
    }
}

}  // namespace

std::set<std::string> mentioned_ids(std::string_view text) {
    std::set<std::string> out;
    for (auto at = text.find("<@"); at != text.npos; at = text.find("<@", at + 2))
        if (const auto id = mention_at(text, at); !id.empty()) out.emplace(id);
    return out;
}

std::string with_mentions(std::string_view text,
                          const std::function<std::string(const std::string&)>& name_of) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '<') {
            out += text[at++];
            continue;
        }
        const auto rest = text.substr(at);
        bool is_wide = false;
        for (const auto& [written, meant] : wide) {
            if (!rest.starts_with(written)) continue;
            out += meant;
            at += written.size();
            is_wide = true;
            break;
        }
        if (is_wide) continue;
        const auto id = mention_at(text, at);
        const auto name = id.empty() ? std::string() : name_of(std::string(id));
        if (name.empty()) {
            out += text[at++];
            continue;
        }
        out += '@' + name;
        at += id_size + 3;
    }
    return out;
}

std::string with_links(std::string_view text, LinkStyle style) {
    const bool is_strict = style == LinkStyle::strict;
    const std::string_view ends_url = is_strict ? "|<>\n" : "|<";
    const std::string_view ends_label = is_strict ? "><|\n" : ">";
    std::string out;
    out.reserve(text.size());
    std::size_t at = 0;
    for (auto open = text.find('<'); open != text.npos; open = text.find('<', open + 1)) {
        if (open < at) continue;
        const auto bar = text.find_first_of(ends_url, open + 1);
        if (bar == text.npos || text[bar] != '|' || bar == open + 1) continue;
        const auto close = text.find_first_of(ends_label, bar + 1);
        if (close == text.npos) break;  // no link ends any more
        if (text[close] != '>' || close == bar + 1) continue;
        out += text.substr(at, open - at);
        out += '[';
        out += text.substr(bar + 1, close - bar - 1);
        out += "](";
        out += text.substr(open + 1, bar - open - 1);
        out += ')';
        at = close + 1;
    }
    out += text.substr(at);
    return out;
}

void rewrite(storage::Database& db, std::string& text, json::array& attachments, LinkStyle style) {
    auto ids = mentioned_ids(text);
    const Change collect = [&](std::string_view each) {
        ids.merge(mentioned_ids(each));
        return std::string(each);
    };
    each_text(attachments, collect, collect);
    std::map<std::string, std::string> names;
    if (!ids.empty()) {
        std::vector<UserId> wanted;
        for (const auto& id : ids) {
            if (wanted.size() >= most_mentions) break;
            wanted.push_back(UserId::from_text(id));
        }
        for (const auto& user : db.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(wanted); }))
            names.emplace(user.id.text(), user.username);
    }
    const auto mentions = [&](std::string_view each) {
        return with_mentions(each, [&](const std::string& id) {
            const auto at = names.find(id);
            return at == names.end() ? std::string() : at->second;
        });
    };
    text = with_links(mentions(text), style);
    each_text(attachments, mentions,
              [&](std::string_view each) { return with_links(mentions(each), LinkStyle::loose); });
}

}  // namespace concordat::messaging
