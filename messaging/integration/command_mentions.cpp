#include "messaging/integration/command_mentions.hpp"

#include <algorithm>
#include <cctype>

#include "core/base/text.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr std::size_t most_names = 200;

bool is_letter(char c) {
    return static_cast<unsigned char>(c) < 128 && std::isalnum(static_cast<unsigned char>(c));
}

bool may_stand_in(char c, char sign) {
    const std::string_view others = sign == '@' ? ".-_:" : "-_";
    return is_letter(c) || others.find(c) != others.npos;
}

void add(std::vector<std::string>& out, std::string name) {
    if (!name.empty() && out.size() < most_names && std::find(out.begin(), out.end(), name) == out.end())
        out.push_back(std::move(name));
}

}  // namespace

std::vector<std::string> possible_names(std::string_view text, char sign) {
    std::vector<std::string> out;
    for (std::size_t at = text.find(sign); at != text.npos; at = text.find(sign, at + 1)) {
        if (at > 0 && (is_letter(text[at - 1]) || text[at - 1] == '_')) continue;
        auto end = at + 1;
        while (end < text.size() && may_stand_in(text[end], sign)) ++end;
        auto name = lower_ascii(text.substr(at + 1, end - at - 1));
        if (name.empty() || (sign == '@' && !is_letter(name[0]))) continue;
        add(out, name);
        while (sign == '@' && !name.empty() && !is_letter(name.back())) {
            name.pop_back();
            add(out, name);
        }
    }
    return out;
}

std::vector<std::pair<std::string, UserId>> named_people(storage::Database& db, identity::Gate& gate,
                                                         const TeamId& team, std::string_view text) {
    std::vector<std::pair<std::string, UserId>> out;
    const auto names = possible_names(text, '@');
    if (names.empty() || team.empty()) return out;
    const auto users = db.read([&](storage::Tx& tx) { return storage::UserTable(tx).by_usernames(names); });
    for (const auto& name : names)
        for (const auto& user : users)
            if (user.username == name && user.delete_at == 0 && gate.is_team_member(user.id, team))
                out.emplace_back(name, user.id);
    return out;
}

std::vector<std::pair<std::string, ChannelId>> named_channels(storage::Database& db, const TeamId& team,
                                                              std::string_view text) {
    std::vector<std::pair<std::string, ChannelId>> out;
    const auto names = possible_names(text, '~');
    if (names.empty() || team.empty()) return out;
    const auto channels =
        db.read([&](storage::Tx& tx) { return storage::ChannelTable(tx).named(team, names); });
    for (const auto& name : names)
        for (const auto& channel : channels)
            if (channel.name == name && channel.type == "O") out.emplace_back(name, channel.id);
    return out;
}

}  // namespace concordat::messaging
