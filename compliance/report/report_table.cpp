#include "compliance/report/report_table.hpp"

#include <ctime>
#include <utility>

#include "compliance/export/formats.hpp"
#include "core/base/text.hpp"
#include "messaging/notify/letters.hpp"

namespace concordat::compliance {
namespace {

constexpr const char* columns[] = {"TeamName",     "TeamDisplayName", "ChannelName",    "ChannelDisplayName",
                                   "ChannelType",  "UserUsername",    "UserEmail",      "UserNickname",
                                   "UserType",     "PostId",          "PostCreateAt",   "PostUpdateAt",
                                   "PostDeleteAt", "PostRootId",      "PostOriginalId", "PostMessage",
                                   "PostType",     "PostProps",       "PostHashtags",   "PostFileIds"};

// RFC 3339, in the time zone of the machine.
std::string moment(Millis at) {
    const std::time_t seconds = at / 1000;
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    char text[40] = "", zone[8] = "";
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    std::strftime(zone, sizeof zone, "%z", &parts);
    const std::string z = zone;
    return std::string(text) + (z == "+0000" ? "Z" : z.substr(0, 3) + ":" + z.substr(3));
}

// What is no formula in a spreadsheet.
std::string harmless(const std::string& text) {
    const auto begin = text.find_first_not_of(" \t");
    return begin != text.npos && std::string_view("=+-").find(text[begin]) != std::string_view::npos
               ? "'" + text
               : text;
}

std::string joined(const std::vector<FileId>& ids) {
    std::string out;
    for (const auto& id : ids) out += (out.empty() ? "" : ";") + id.text();
    return out;
}

}  // namespace

ReportWords::ReportWords(const std::string& keywords) {
    std::string list = messaging::lower_text(keywords);
    for (auto& c : list)
        if (c == ',') c = ' ';
    words_ = split_words(list);
}

bool ReportWords::match(const std::string& message) const {
    if (words_.empty()) return true;
    const auto lower = messaging::lower_text(message);
    for (const auto& word : words_)
        if (lower.find(word) != lower.npos) return true;
    return false;
}

std::string report_header() {
    std::string out;
    for (const auto* column : columns) out += (out.empty() ? "" : ",") + std::string(column);
    return out + '\n';
}

std::string report_line(const ReportRow& row) {
    const auto& p = row.post;
    std::string line;
    bool is_first = true;
    const auto add = [&](const std::string& text) {
        if (!std::exchange(is_first, false)) line += ',';
        append_csv_cell(line, harmless(text));
    };
    add(row.team ? row.team->name : "direct-messages");
    add(row.team ? row.team->display_name : "Direct Messages");
    add(row.channel.name);
    add(row.channel.display_name);
    add(row.channel.type);
    add(row.author.username);
    add(row.author.email);
    add(row.author.nickname);
    add(row.author.is_bot.value_or(false) ? "bot" : "user");
    add(p.id.text());
    add(moment(p.create_at));
    add(p.update_at == p.create_at ? "" : moment(p.update_at));
    add(p.delete_at > 0 ? moment(p.delete_at) : "");
    add(p.root_id.text());
    add(p.original_id.text());
    add(p.message);
    add(p.type);
    add(json_text(p.props));
    add(p.hashtags);
    add(joined(p.file_ids));
    return line + '\n';
}

}  // namespace concordat::compliance
