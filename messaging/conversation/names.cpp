#include "messaging/conversation/names.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace concordat::messaging {
namespace {

constexpr std::array<std::string_view, 17> reserved_team_names = {
    "admin", "api",   "channel", "claim",   "error", "files",  "help",   "landing",  "login",
    "mfa",   "oauth", "plug",    "plugins", "post",  "signup", "boards", "playbooks"};

bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_team_name(std::string_view name) {
    if (name.size() < 2 || name.size() > 64 || !is_lower_or_digit(name.front()) ||
        !is_lower_or_digit(name.back()))
        return false;
    return std::all_of(name.begin(), name.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_channel_name(std::string_view name) {
    if (name.empty() || name.size() > 64 || !is_lower_or_digit(name.front())) return false;
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return is_lower_or_digit(c) || c == '-' || c == '_'; });
}

char32_t rune_at(std::string_view text, std::size_t at, std::size_t length) {
    const auto byte = [&](std::size_t i) {
        return static_cast<char32_t>(static_cast<unsigned char>(text[at + i]));
    };
    switch (length) {
        case 2:
            return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
        case 3:
            return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
        case 4:
            return (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
        default:
            return byte(0);
    }
}

// Control characters, zero-width characters, bidirectional marks, embeddings and isolates, tags, fillers.
// The joiners U+200C and U+200D stay: scripts and emoji need them.
bool is_unseen(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x34F || c == 0x61C ||
           (c >= 0x115F && c <= 0x1160) || (c >= 0x17B4 && c <= 0x17B5) || c == 0x180E || c == 0x200B ||
           (c >= 0x200E && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
           c == 0x3164 || c == 0xFEFF || c == 0xFFA0 || (c >= 0xFFF0 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE007F);
}

void check_length(std::string_view text, std::size_t runes, const char* id, const char* message) {
    require(rune_count(text) <= runes && text.find('\0') == text.npos, Fault::invalid, id, message);
}

}  // namespace

std::string visible_text(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto length = utf8_length_at(text, i);
        if (length > 0 && !is_unseen(rune_at(text, i, length))) out.append(text.substr(i, length));
        i += std::max<std::size_t>(length, 1);
    }
    return out;
}

void check_team(const Team& team) {
    require(is_team_name(team.name), Fault::invalid, "model.team.is_valid.characters.app_error",
            "A team name has 2 to 64 lower-case letters, digits and hyphens, and begins and ends with a "
            "letter or digit.");
    // The console of the own client stands beside the teams.
    const bool is_reserved =
        team.name == "console" || std::any_of(reserved_team_names.begin(), reserved_team_names.end(),
                                              [&](auto word) { return team.name.starts_with(word); });
    require(!is_reserved, Fault::invalid, "model.team.is_valid.reserved.app_error",
            "This team name is reserved.");
    require(!team.display_name.empty(), Fault::invalid, "model.team.is_valid.name.app_error",
            "A team needs a display name.");
    check_length(team.display_name, 64, "model.team.is_valid.name.app_error",
                 "The display name of a team has at most 64 characters.");
    check_length(team.description, 255, "model.team.is_valid.description.app_error",
                 "The description of a team has at most 255 characters.");
    check_length(team.company_name, 64, "model.team.is_valid.company.app_error",
                 "The company name has at most 64 characters.");
    check_length(team.email, 128, "model.team.is_valid.email.app_error",
                 "The e-mail address of a team has at most 128 characters.");
    check_length(team.allowed_domains, 1000, "model.team.is_valid.domains.app_error",
                 "The list of allowed domains is too long.");
    require(team.type == "O" || team.type == "I", Fault::invalid, "model.team.is_valid.type.app_error",
            "The type of a team is O or I.");
}

void check_channel(const Channel& channel) {
    if (!channel.is_between_people()) {
        require(channel.type == "O" || channel.type == "P", Fault::invalid,
                "model.channel.is_valid.type.app_error", "The type of a channel is O or P.");
        require(is_channel_name(channel.name), Fault::invalid, "model.channel.is_valid.1_or_more.app_error",
                "A channel name has 1 to 64 lower-case letters, digits, hyphens and underscores, and begins "
                "with a letter or digit.");
        require(!is_between_people(channel.name), Fault::invalid, "model.channel.is_valid.name.app_error",
                "This name is kept for messages between people.");
        require(!channel.display_name.empty(), Fault::invalid,
                "model.channel.is_valid.display_name.app_error", "A channel needs a display name.");
    }
    check_length(channel.display_name, 64, "model.channel.is_valid.display_name.app_error",
                 "The display name of a channel has at most 64 characters.");
    check_length(channel.header, 1024, "model.channel.is_valid.header.app_error",
                 "The header of a channel has at most 1024 characters.");
    check_length(channel.purpose, 250, "model.channel.is_valid.purpose.app_error",
                 "The purpose of a channel has at most 250 characters.");
}

std::string direct_channel_name(const UserId& a, const UserId& b) {
    const auto first = a.text(), second = b.text();
    return std::min(first, second) + "__" + std::max(first, second);
}

std::string group_channel_name(const std::vector<UserId>& members) {
    std::vector<std::string> ids;
    for (const auto& member : members) ids.push_back(member.text());
    std::sort(ids.begin(), ids.end());
    std::string all;
    for (const auto& id : ids) all += id;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    const int done = EVP_Digest(all.data(), all.size(), digest, &length, EVP_sha1(), nullptr);
    if (done != 1) throw Error(Fault::internal, "messaging.names.digest", "", "SHA-1 is not available");
    return hex_of({reinterpret_cast<const char*>(digest), length});
}

std::string group_channel_display_name(const std::vector<User>& members) {
    std::vector<std::string> names;
    for (const auto& member : members) names.push_back(member.username);
    std::sort(names.begin(), names.end());
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
    return all.substr(0, 64);
}

bool is_between_people(std::string_view name) {
    if (name.size() == 54)
        return looks_like_id(name.substr(0, 26)) && name.substr(26, 2) == "__" &&
               looks_like_id(name.substr(28));
    return name.size() == 40 && std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

std::string checked_term(std::string text, const char* parameter) {
    if (!is_utf8(text) || text.find('\0') != text.npos || text.size() > 1024) throw bad_url(parameter);
    return text;
}

}  // namespace concordat::messaging
