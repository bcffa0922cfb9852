// posts.csv: the columns, words and order of Mattermost's CSV export.
#include <algorithm>

#include "compliance/export/formats.hpp"

namespace concordat::compliance {
namespace {

constexpr const char* header =
    "Post Creation Time,Post Update Time,Post Update Type,Team Id,Team Name,Team Display Name,Channel "
    "Id,Channel Name,Channel Display Name,Channel Type,User Id,User Email,Username,Post Id,Edited By Post "
    "Id,Replied to Post Id,Post Message,Post Type,User Type,Previews Post Id\n";

struct Row {
    Millis create_at = 0, update_at = 0;
    std::string update_type, post_id, edited_by, root_id, message, type, previews;
    Identity who;
};

std::string stored_name(const ExportedFile& file) {
    return file.info.name + " (files/" + file.post_id.text() + "/" + file.info.id.text() + "-" +
           safe_name(file.info.name) + ")";
}

std::string preview_of(const Post& post) {
    const auto* id = post.props.if_contains("previewed_post");
    return id && id->is_string() ? std::string(id->get_string()) : std::string();
}

std::vector<Row> rows_of(const ExportedChannel& c, const Batch& batch) {
    std::vector<Row> rows;
    for (const auto& stay : c.stays) {
        const auto person = "User " + stay.who.username + " (" + stay.who.email + ")";
        Row row;
        row.who = stay.who;
        row.create_at = stay.join_at;
        const bool was_there = stay.join_at <= batch.starts;
        row.type = was_there ? "previously-joined" : "enter";
        row.message = person + (was_there ? " was already in the channel" : " joined the channel");
        rows.push_back(row);
        if (stay.leave_at == 0) continue;
        row.create_at = stay.leave_at;
        row.type = "leave";
        row.message = person + " left the channel";
        rows.push_back(row);
    }
    for (const auto& p : c.posts) {
        Row row;
        row.who = p.author;
        row.create_at = p.post.create_at;
        row.update_at = p.at;
        row.update_type = word_of(p.change);
        row.post_id = p.post.id.text();
        row.edited_by = p.new_version_id.text();
        row.root_id = p.post.root_id.text();
        row.message = (p.change == Change::deleted ? "delete " : "") + p.post.message;
        row.type = "message";
        row.previews = preview_of(p.post);
        rows.push_back(std::move(row));
    }
    const auto add_file = [&](const ExportedFile& f, const char* type, Millis update_at, const char* lead) {
        Row row;
        row.who = f.author;
        row.create_at = f.post_create_at;
        row.update_at = update_at;
        row.update_type = *lead ? "FileDeleted" : "";
        row.post_id = f.post_id.text();
        row.message = lead + stored_name(f);
        row.type = type;
        rows.push_back(std::move(row));
    };
    for (const auto& f : c.files)
        if (f.is_upload) add_file(f, "attachment", f.post_create_at, "");
    for (const auto& f : c.files)
        if (f.is_deleted) add_file(f, "deleted attachment", f.info.delete_at, "delete ");
    return rows;
}

}  // namespace

void append_csv_cell(std::string& line, const std::string& text) {
    const bool is_plain = text.find_first_of(",\"\r\n") == text.npos && text != "\\." &&
                          (text.empty() || (text.front() != ' ' && text.front() != '\t'));
    if (is_plain) {
        line += text;
        return;
    }
    line += '"';
    for (const char c : text) {
        if (c == '"') line += '"';
        line += c;
    }
    line += '"';
}

std::string csv_text(const Batch& batch) {
    struct Line {
        Millis create_at;
        std::string post_id, text;
    };
    std::vector<Line> lines;
    for (const auto& c : batch.channels) {
        std::string place;  // the same for all rows of the channel
        for (const auto& text :
             {c.team ? c.team->id.text() : "", c.team ? c.team->name : "", c.team ? c.team->display_name : "",
              c.channel.id.text(), c.channel.name, c.display_name, std::string(type_word(c.channel.type))}) {
            place += ',';
            append_csv_cell(place, text);
        }
        for (auto& r : rows_of(c, batch)) {
            std::string line = std::to_string(r.create_at) + ',' + std::to_string(r.update_at) + ',';
            line += r.update_type;
            line += place + ',' + r.who.id.text();
            for (const std::string* text :
                 {&r.who.email, &r.who.username, &r.post_id, &r.edited_by, &r.root_id, &r.message, &r.type}) {
                line += ',';
                append_csv_cell(line, *text);
            }
            line += r.who.is_bot ? ",bot," : ",user,";
            append_csv_cell(line, r.previews);
            line += '\n';
            lines.push_back({r.create_at, std::move(r.post_id), std::move(line)});
        }
    }
    std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
        return std::tie(a.create_at, a.post_id) < std::tie(b.create_at, b.post_id);
    });
    std::string out = header;
    for (const auto& line : lines) out += line.text;
    return out;
}

}  // namespace concordat::compliance
