#include "compliance/export/formats.hpp"

#include "compliance/export/eml.hpp"
#include "core/base/error.hpp"
#include "core/base/log.hpp"

namespace concordat::compliance {
namespace {

std::string stored_path(const std::string& format, const ExportedFile& file) {
    const auto name = file.info.id.text() + "-" + safe_name(file.info.name);
    if (format == "actiance")
        return "files/" + file.info.channel_id.text() + "/" + file.info.id.text() + "/" +
               safe_name(file.info.name);
    return "files/" + file.post_id.text() + "/" + name;
}

// As the reference's metadata.json: two blanks of indent.
std::string metadata_text(const Batch& batch) {
    std::int64_t messages = 0, files = 0;
    json::object channels;
    for (const auto& c : batch.channels) {
        const auto uploads = static_cast<std::int64_t>(
            std::count_if(c.files.begin(), c.files.end(), [](const ExportedFile& f) { return f.is_upload; }));
        messages += static_cast<std::int64_t>(c.posts.size());
        files += uploads;
        channels[c.channel.id.text()] =
            json::object{{"TeamId", c.team ? json::value(c.team->id.text()) : json::value("")},
                         {"TeamName", c.team ? c.team->name : ""},
                         {"TeamDisplayName", c.team ? c.team->display_name : ""},
                         {"ChannelId", c.channel.id.text()},
                         {"ChannelName", c.channel.name},
                         {"ChannelDisplayName", c.display_name},
                         {"ChannelType", c.channel.type},
                         {"RoomId", std::string(type_word(c.channel.type)) + " - " + c.channel.id.text()},
                         {"StartTime", batch.starts},
                         {"EndTime", batch.ends},
                         {"MessagesCount", c.posts.size()},
                         {"AttachmentsCount", uploads}};
    }
    // The serialiser has no indent; three levels of it are written here.
    std::string out = "{\n  \"Channels\": {";
    const char* comma = "\n";
    for (const auto& [id, value] : channels) {
        out += std::string(comma) + "    " + json::serialize(json::value(id)) + ": {";
        const char* inner = "\n";
        for (const auto& [key, member] : value.as_object()) {
            out += std::string(inner) + "      " + json::serialize(json::value(key)) + ": " +
                   json::serialize(member);
            inner = ",\n";
        }
        out += "\n    }";
        comma = ",\n";
    }
    out += channels.empty() ? "}" : "\n  }";
    out += ",\n  \"MessagesCount\": " + std::to_string(messages) +
           ",\n  \"AttachmentsCount\": " + std::to_string(files) +
           ",\n  \"StartTime\": " + std::to_string(batch.starts) +
           ",\n  \"EndTime\": " + std::to_string(batch.ends) + "\n}";
    return out;
}

// Looks at every byte: a damaged chunk shows while it is read, when half of the file would be in the archive.
bool is_readable(const ExportedFile& file, const OpenFile& open, const std::string& path, Totals& totals) {
    try {
        const auto body = open(file);
        std::vector<char> chunk(64 * 1024);
        for (std::uint64_t at = 0; at < body->size(); at += chunk.size()) body->read_at(at, chunk);
        return true;
    } catch (const Error& e) {
        if (e.fault() == Fault::unavailable) throw;  // passes: the batch is tried again
        totals.warnings.push_back("Warning:" + e.id() + " - Post: " + file.post_id.text() + " - " + path);
        log_warn("a file of an export cannot be read", {{"file", file.info.id.text()}, {"id", e.id()}});
        return false;
    }
}

void write_mails(const Batch& batch, const OpenFile& open, Archive& out, Totals& totals) {
    for (const auto& channel : batch.channels) {
        std::vector<const ExportedFile*> removed;
        const auto mails = mails_of(
            channel, batch,
            [&](const ExportedFile& file) {
                return is_readable(file, open, safe_name(file.info.name), totals);
            },
            removed);
        for (const auto* file : removed)
            totals.warnings.push_back("Warning:too large for a mail - Post: " + file->post_id.text() + " - " +
                                      safe_name(file->info.name));
        for (const auto& mail : mails) {
            MailStream stream(mail, open);
            out.add(mail.name, stream.in());
            stream.rethrow();
            for (const auto& piece : mail.pieces) totals.files += piece.index() == 1;
        }
    }
}

}  // namespace

bool is_format(const std::string& name) {
    return name == "csv" || name == "actiance" || name == "globalrelay-zip" || name == "native";
}

bool is_worth_an_archive(const Batch& batch) {
    return !batch.channels.empty() || !batch.entries.empty() || !batch.warnings.empty();
}

Totals write_archive(const std::string& format, const Batch& batch, const OpenFile& open, Archive& out) {
    Totals totals;
    totals.messages = batch.posts;
    for (const auto& warning : batch.warnings) totals.warnings.push_back("Warning:" + warning);
    if (format == "globalrelay-zip") {
        write_mails(batch, open, out, totals);
    } else {
        if (format == "csv") {
            out.add("posts.csv", csv_text(batch));
            out.add("metadata.json", metadata_text(batch));
        } else if (format == "actiance") {
            out.add("actiance_export.xml", actiance_text(batch));
        } else {
            out.add("events.jsonl", native_text(batch));
        }
        for (const auto& channel : batch.channels)
            for (const auto& file : channel.files) {
                if (!file.is_upload) continue;
                const auto path = stored_path(format, file);
                if (!is_readable(file, open, path, totals)) continue;
                out.add(path, *open(file));
                ++totals.files;
            }
    }
    if (!totals.warnings.empty()) {
        std::string text;
        for (const auto& line : totals.warnings) text += line + "\n";
        out.add("warning.txt", text);
    }
    return totals;
}

}  // namespace concordat::compliance
