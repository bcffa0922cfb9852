#include "compliance/export/eml.hpp"

#include <Poco/Net/QuotedPrintableEncoder.h>

#include <algorithm>
#include <ctime>
#include <istream>
#include <map>
#include <sstream>
#include <streambuf>

#include "compliance/export/archive.hpp"
#include "compliance/export/formats.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::compliance {
namespace {

constexpr std::size_t line_bytes = 57;         // become 76 characters of base64
constexpr std::int64_t head_allowance = 4096;  // of a mail without participants and messages
constexpr std::int64_t part_allowance = 1024;  // head of an attachment

std::string moment(Millis at, const char* format) {
    const std::time_t seconds = at / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[64] = "";
    std::strftime(text, sizeof text, format, &parts);
    return text;
}
std::string stamp(Millis at) {
    return moment(at, "%Y-%m-%dT%H:%M:%SZ");
}

// "1 hour 2 minutes", to the minute; less than half of one is "0 seconds".
std::string duration(Millis length) {
    auto minutes = (std::max<Millis>(0, length) + 30000) / 60000;
    if (minutes == 0) return "0 seconds";
    std::string out;
    const auto add = [&](std::int64_t count, const char* unit) {
        if (count == 0) return;
        out += (out.empty() ? "" : " ") + std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
    };
    add(minutes / (24 * 60), "day");
    add(minutes / 60 % 24, "hour");
    add(minutes % 60, "minute");
    return out;
}

std::string html(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&#34;";
        else if (c == '\'')
            out += "&#39;";
        else if (byte < 0x20 && c != '\n' && c != '\t')
            out += "\xEF\xBF\xBD";
        else
            out += c;
    }
    return out;
}

// A header's value in one line: what is not plain ASCII as encoded words (RFC 2047), 45 bytes each, cut
// between characters.
std::string header_text(const std::string& text) {
    const auto is_plain = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
    if (is_plain && text.size() <= 900) return text;
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size()) {
            const auto length = std::max<std::size_t>(1, utf8_length_at(text, end));
            if (end + length - at > 45) break;
            end += length;
        }
        out +=
            (out.empty() ? "" : "\r\n ") + ("=?UTF-8?B?" + storage::base64(text.substr(at, end - at)) + "?=");
        at = end;
    }
    return out;
}

// Never more than one address, whatever an account says its address is.
std::string address(const Identity& who) {
    std::string out;
    for (const char c : who.email)
        if (c > 0x20 && c < 0x7F && std::string_view("<>,;:\"\\()[]").find(c) == std::string_view::npos)
            out += c;
    return out.find('@') == out.npos ? who.id.text() + "@unknown.invalid" : out;
}

std::string quoted_printable(const std::string& text) {
    std::ostringstream out;
    Poco::Net::QuotedPrintableEncoder encoder(out);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) encoder << '\r';
        encoder << text[i];
    }
    encoder.close();
    return out.str();
}

std::int64_t encoded_size(std::int64_t bytes) {
    return (bytes + static_cast<std::int64_t>(line_bytes) - 1) / static_cast<std::int64_t>(line_bytes) * 78;
}

std::string prop(const Post& post, const char* name) {
    const auto* value = post.props.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

// A line of the conversation, and the files that come with it.
struct Item {
    Millis at = 0;
    const ExportedPost* post = nullptr;
    std::string text;  // instead of a post: what happened to a file
    std::string file_user;
    std::vector<const ExportedFile*> files;
};

class Letter {
public:
    Letter(const ExportedChannel& channel, const Batch& batch, std::size_t number)
        : channel_(channel),
          batch_(batch),
          number_(number),
          boundary_("concordat-" + channel.channel.id.text() + "-" + std::to_string(number)) {}

    void add(const Item& item) {
        if (item.post) {
            add_message(*item.post);
            ++counts_[item.post->post.user_id];
        } else {
            html_ += "<li><span class=\"sent_time\">" + stamp(item.at) +
                     "</span> <span class=\"postusername\">" + html(item.file_user) +
                     "</span>: <span class=\"message\">" + html(item.text) + "</span></li>\n";
            text_ += stamp(item.at) + " " + item.file_user + ": " + item.text + "\n";
        }
        files_.insert(files_.end(), item.files.begin(), item.files.end());
    }

    Mail finish() const {
        Mail mail;
        const auto& name = channel_.channel.name;
        mail.name = safe_name(name.empty() ? "channel" : name) + " - (" + channel_.channel.id.text() +
                    ") - " + std::to_string(number_) + ".eml";
        auto people = participants();
        std::string to;
        for (const auto& stay : people) {
            const auto one = address(stay.who);
            if ((',' + to + ',').find(',' + one + ',') == std::string::npos)
                to += (to.empty() ? "" : ",") + one;
        }
        std::string head =
            "MIME-Version: 1.0\r\nFrom: " +
            (people.empty() ? std::string("nobody@unknown.invalid") : address(people.front().who)) +
            "\r\nTo: " + folded(to.empty() ? "nobody@unknown.invalid" : to) +
            "\r\nSubject: " + header_text("Mattermost Compliance Export: " + channel_.display_name) +
            "\r\nDate: " + moment(batch_.ends, "%a, %d %b %Y %H:%M:%S +0000") + "\r\nMessage-ID: <" +
            boundary_ + "-" + std::to_string(batch_.ends) +
            "@concordat.invalid>\r\nContent-Transfer-Encoding: 8bit\r\nAuto-Submitted: "
            "auto-generated\r\nPrecedence: bulk\r\nX-GlobalRelay-MsgType: "
            "Mattermost\r\nX-Mattermost-ChannelName: " +
            header_text(channel_.display_name) + "\r\nX-Mattermost-ChannelID: " + channel_.channel.id.text() +
            "\r\nX-Mattermost-ChannelType: " + type_word(channel_.channel.type) +
            "\r\nContent-Type: multipart/mixed; boundary=\"" + boundary_ + "\"\r\n\r\n";
        head += "--" + boundary_ + "\r\nContent-Type: multipart/alternative; boundary=\"" + boundary_ +
                "-text\"\r\n\r\n";
        head += part("text/plain", plain_text(people)) + part("text/html", html_text(people));
        head += "--" + boundary_ + "-text--\r\n";
        mail.pieces.emplace_back(std::move(head));
        for (const auto* file : files_) {
            mail.pieces.emplace_back(
                "\r\n--" + boundary_ + "\r\nContent-Type: application/octet-stream; name=\"" +
                header_text(plain_name(*file)) +
                "\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; "
                "filename=\"" +
                header_text(plain_name(*file)) + "\"\r\nContent-ID: <" + file->info.id.text() +
                "@concordat.invalid>\r\n\r\n");
            mail.pieces.emplace_back(file);
        }
        mail.pieces.emplace_back("\r\n--" + boundary_ + "--\r\n");
        return mail;
    }

private:
    static std::string plain_name(const ExportedFile& file) {
        auto name = safe_name(file.info.name);
        std::replace(name.begin(), name.end(), '"', '_');
        return name;
    }
    // After commas, so that no line is longer than a server takes.
    static std::string folded(const std::string& list) {
        std::string out;
        std::size_t length = 0;
        for (const char c : list) {
            out += c;
            ++length;
            if (c == ',' && length > 70) {
                out += "\r\n ";
                length = 0;
            }
        }
        return out;
    }
    std::string part(const char* type, const std::string& text) const {
        return "--" + boundary_ + "-text\r\nContent-Type: " + type +
               "; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
               quoted_printable(text) + "\r\n";
    }
    std::vector<Stay> participants() const {
        auto out = channel_.stays;
        std::stable_sort(out.begin(), out.end(),
                         [](const Stay& a, const Stay& b) { return a.who.username < b.who.username; });
        return out;
    }
    std::int64_t count_of(const UserId& id) const {
        const auto at = counts_.find(id);
        return at == counts_.end() ? 0 : at->second;
    }
    Millis left(const Stay& stay) const { return stay.leave_at > 0 ? stay.leave_at : batch_.ends; }

    std::vector<std::pair<std::string, std::string>> summary() const {
        return {{"TeamId", channel_.team ? channel_.team->id.text() : ""},
                {"TeamName", channel_.team ? channel_.team->name : ""},
                {"TeamDisplayName", channel_.team ? channel_.team->display_name : ""},
                {"ChannelId", channel_.channel.id.text()},
                {"ChannelName", channel_.channel.name},
                {"ChannelDisplayName", channel_.display_name},
                {"Started", stamp(batch_.starts)},
                {"Ended", stamp(batch_.ends)},
                {"Duration", duration(batch_.ends - batch_.starts)}};
    }

    std::string html_text(const std::vector<Stay>& people) const {
        std::string out = "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>" +
                          html(channel_.display_name) + "</title></head><body>\n<h1>" +
                          html(channel_.display_name) + "</h1>\n<ul class=\"summary\">\n";
        for (const auto& [name, value] : summary())
            out += "<li><b>" + name + "</b>: <span>" + html(value) + "</span></li>\n";
        out += "</ul>\n<table class=\"participants\">\n<tr>";
        for (const char* name :
             {"UserId", "Username", "UserType", "Email", "Joined", "Left", "Duration", "Messages"})
            out += std::string("<th>") + name + "</th>";
        out += "</tr>\n";
        for (const auto& stay : people) {
            out += "<tr>";
            for (const auto& cell :
                 {stay.who.id.text(), "@" + stay.who.username, std::string(user_type(stay.who)),
                  stay.who.email, stamp(stay.join_at), stamp(left(stay)), duration(left(stay) - stay.join_at),
                  std::to_string(count_of(stay.who.id))})
                out += "<td>" + html(cell) + "</td>";
            out += "</tr>\n";
        }
        return out + "</table>\n<ul class=\"messages\">\n" + html_ + "</ul>\n<p>Exported on " +
               stamp(batch_.ends) + "</p>\n</body></html>\n";
    }
    std::string plain_text(const std::vector<Stay>& people) const {
        std::string out = channel_.display_name + "\n\n";
        for (const auto& [name, value] : summary()) out += name + ": " + value + "\n";
        out += "\nUserId, Username, UserType, Email, Joined, Left, Duration, Messages\n";
        for (const auto& stay : people)
            out += stay.who.id.text() + ", @" + stay.who.username + ", " + user_type(stay.who) + ", " +
                   stay.who.email + ", " + stamp(stay.join_at) + ", " + stamp(left(stay)) + ", " +
                   duration(left(stay) - stay.join_at) + ", " + std::to_string(count_of(stay.who.id)) + "\n";
        return out + "\n" + text_ + "\nExported on " + stamp(batch_.ends) + "\n";
    }

    void add_message(const ExportedPost& row) {
        auto shown_name = prop(row.post, "override_username");
        if (shown_name.empty()) shown_name = prop(row.post, "webhook_display_name");
        if (shown_name.empty()) shown_name = row.author.username;
        const auto message = (row.change == Change::deleted ? "delete " : "") + row.post.message;
        const auto span = [](const char* name, const std::string& value) {
            return std::string("<span class=\"") + name + "\">" + html(value) + "</span>";
        };
        html_ += "<li>" + span("post_id", row.post.id.text()) + " " +
                 span("sent_time", stamp(row.post.create_at)) + " " +
                 span("username", "@" + row.author.username) + " " + span("userid", row.author.id.text()) +
                 " " + span("postusername", shown_name) + " " + span("usertype", user_type(row.author)) +
                 " " + span("email", "(" + row.author.email + ")") + ": " + span("message", message);
        text_ += row.post.id.text() + " " + stamp(row.post.create_at) + " @" + row.author.username + " " +
                 row.author.id.text() + " " + shown_name + " " + user_type(row.author) + " (" +
                 row.author.email + "): " + message;
        const auto more = [&](const char* name, const std::string& value) {
            if (value.empty()) return;
            html_ += " " + span(name, value);
            text_ += std::string(" ") + name + ": " + value;
        };
        more("previews_post", prop(row.post, "previewed_post"));
        if (row.change != Change::created) {
            more("update_type", word_of(row.change));
            more("update_time", stamp(row.at));
            more("edited_new_msg_id", row.new_version_id.text());
        }
        html_ += "</li>\n";
        text_ += "\n";
    }

    const ExportedChannel& channel_;
    const Batch& batch_;
    const std::size_t number_;
    const std::string boundary_;
    std::string html_, text_;
    std::map<UserId, std::int64_t> counts_;
    std::vector<const ExportedFile*> files_;
};

std::vector<Item> items_of(const ExportedChannel& channel,
                           const std::function<bool(const ExportedFile&)>& is_readable,
                           std::vector<const ExportedFile*>& removed, std::int64_t most_bytes) {
    std::vector<Item> items;
    std::map<PostId, std::vector<const ExportedFile*>> uploads;
    for (const auto& file : channel.files) {
        if (file.is_upload) uploads[file.post_id].push_back(&file);
        if (file.is_deleted)
            items.push_back(
                {file.info.delete_at, nullptr, "Deleted file " + file.info.name, file.author.username, {}});
    }
    for (const auto& row : channel.posts) {
        items.push_back({row.post.create_at, &row, {}, {}, {}});
        const auto at = uploads.find(row.post.id);
        if (at == uploads.end()) continue;
        std::int64_t size = 0;
        for (const auto* file : at->second) size += encoded_size(file->info.size) + part_allowance;
        for (const auto* file : at->second) {
            Item item{
                file->post_create_at, nullptr, "Uploaded file " + file->info.name, file->author.username, {}};
            if (size + head_allowance > most_bytes) {
                removed.push_back(file);
                item.text = "Uploaded file \"" + file->info.name + "\" (id '" + file->info.id.text() +
                            "') was removed because it was too large to send.";
            } else if (is_readable(*file)) {
                item.files.push_back(file);
            } else {
                item.text += " (its content cannot be read)";
            }
            items.push_back(std::move(item));
        }
        uploads.erase(at);
    }
    std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
        return std::make_pair(a.at, a.post == nullptr) < std::make_pair(b.at, b.post == nullptr);
    });
    return items;
}

std::int64_t size_of(const Item& item) {
    // Both texts, and at worst three characters a byte.
    std::int64_t size = static_cast<std::int64_t>(item.text.size()) * 8 + 512;
    if (item.post) size += static_cast<std::int64_t>(item.post->post.message.size()) * 8 + 1024;
    for (const auto* file : item.files) size += encoded_size(file->info.size) + part_allowance;
    return size;
}

}  // namespace

std::vector<Mail> mails_of(const ExportedChannel& channel, const Batch& batch,
                           const std::function<bool(const ExportedFile&)>& is_readable,
                           std::vector<const ExportedFile*>& removed, std::int64_t most_bytes) {
    std::vector<Mail> mails;
    const auto frame = head_allowance + static_cast<std::int64_t>(channel.stays.size()) * 1024;
    auto letter = std::make_unique<Letter>(channel, batch, 0);
    auto size = frame;
    bool is_empty = true;
    for (const auto& item : items_of(channel, is_readable, removed, most_bytes)) {
        const auto more = size_of(item);
        if (!is_empty && size + more > most_bytes) {
            mails.push_back(letter->finish());
            letter = std::make_unique<Letter>(channel, batch, mails.size());
            size = frame;
        }
        letter->add(item);
        size += more;
        is_empty = false;
    }
    mails.push_back(letter->finish());
    return mails;
}

// Reads piece after piece; a stream swallows exceptions, so the first one is kept.
struct MailStream::Parts : std::streambuf {
    Parts(const Mail& m, Open o) : mail(m), open(std::move(o)), stream(this) {}

    int_type underflow() override {
        if (failure) return traits_type::eof();
        try {
            while (!fill())
                if (next == mail.pieces.size() && !reader) return traits_type::eof();
        } catch (...) {  // thrown again by rethrow()
            failure = std::current_exception();
            return traits_type::eof();
        }
        return traits_type::to_int_type(*gptr());
    }
    // True when there is something to read.
    bool fill() {
        if (reader) {
            std::string bytes(line_bytes * 1000, '\0');
            bytes.resize(reader->read_at(at, bytes));
            at += bytes.size();
            if (bytes.empty()) reader.reset();
            buffer.clear();
            for (std::size_t i = 0; i < bytes.size(); i += line_bytes)
                buffer += storage::base64(std::string_view(bytes).substr(i, line_bytes)) + "\r\n";
        } else if (next < mail.pieces.size()) {
            const auto& piece = mail.pieces[next++];
            buffer.clear();
            if (const auto* text = std::get_if<std::string>(&piece)) {
                buffer = *text;
            } else {
                reader = open(*std::get<const ExportedFile*>(piece));
                at = 0;
            }
        } else {
            return false;
        }
        setg(buffer.data(), buffer.data(), buffer.data() + buffer.size());
        return !buffer.empty();
    }

    const Mail& mail;
    Open open;
    std::size_t next = 0;
    std::unique_ptr<storage::BlobReader> reader;
    std::uint64_t at = 0;
    std::string buffer;
    std::exception_ptr failure;
    std::istream stream;
};

MailStream::MailStream(const Mail& mail, Open open)
    : parts_(std::make_unique<Parts>(mail, std::move(open))) {}
MailStream::~MailStream() = default;

std::istream& MailStream::in() {
    return parts_->stream;
}

void MailStream::rethrow() const {
    if (parts_->failure) std::rethrow_exception(parts_->failure);
}

}  // namespace concordat::compliance
