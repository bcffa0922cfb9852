#include "compliance/export/eml.hpp"

#include <filesystem>

#include "tests/compliance/export/exporting.hpp"

namespace concordat::compliance {
namespace {

constexpr Millis t = 1760000000000;

class Bytes : public storage::BlobReader {
public:
    explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
    std::uint64_t size() const override { return bytes_.size(); }
    std::size_t read_at(std::uint64_t offset, std::span<char> out) override {
        const auto part =
            std::string_view(bytes_).substr(std::min<std::size_t>(offset, bytes_.size()), out.size());
        std::ranges::copy(part, out.begin());
        return part.size();
    }

private:
    std::string bytes_;
};

Identity person(const std::string& name) {
    return {UserId::fresh(), name, name + "@example.org", false};
}

struct Conversation {
    Conversation() {
        channel.channel.id = ChannelId::fresh();
        channel.channel.name = "deals";
        channel.channel.type = "P";
        channel.display_name = "Deals";
        batch.starts = t;
        batch.ends = t + 86400000;
        channel.stays = {{bob, t + 10, t + 20}, {alice, t - 86400000, 0}};
    }
    ExportedPost& say(const Identity& who, const std::string& text, Millis at) {
        ExportedPost row;
        row.post.id = PostId::fresh();
        row.post.user_id = who.id;
        row.post.message = text;
        row.post.create_at = row.at = at;
        row.author = who;
        return channel.posts.emplace_back(std::move(row));
    }
    void attach(const ExportedPost& row, const std::string& name, std::string bytes) {
        ExportedFile file;
        file.info.id = FileId::fresh();
        file.info.name = name;
        file.info.size = static_cast<std::int64_t>(bytes.size());
        file.post_id = row.post.id;
        file.post_create_at = row.post.create_at;
        file.author = row.author;
        file.is_upload = true;
        content[file.info.id.text()] = std::move(bytes);
        channel.files.push_back(std::move(file));
    }
    std::vector<std::string> texts(std::int64_t most_bytes = largest_mail) {
        removed.clear();
        names.clear();
        std::vector<std::string> out;
        for (const auto& mail : mails_of(
                 channel, batch, [](const ExportedFile&) { return true; }, removed, most_bytes)) {
            MailStream stream(mail, [&](const ExportedFile& file) {
                return std::make_unique<Bytes>(content.at(file.info.id.text()));
            });
            out.emplace_back(std::istreambuf_iterator<char>(stream.in()), std::istreambuf_iterator<char>());
            stream.rethrow();
            names.push_back(mail.name);
        }
        return out;
    }

    Identity alice = person("alice"), bob = person("bob");
    Batch batch;
    ExportedChannel channel;
    std::map<std::string, std::string> content;
    std::vector<const ExportedFile*> removed;
    std::vector<std::string> names;
};

// Quoted-printable and its soft line ends undone.
std::string plain(const std::string& mail) {
    std::string out;
    for (std::size_t i = 0; i < mail.size(); ++i) {
        if (mail[i] != '=') {
            out += mail[i];
        } else if (mail.compare(i, 3, "=\r\n") == 0) {
            i += 2;
        } else if (i + 2 < mail.size() && std::isxdigit(mail[i + 1]) && std::isxdigit(mail[i + 2])) {
            out += static_cast<char>(std::stoi(mail.substr(i + 1, 2), nullptr, 16));
            i += 2;
        }
    }
    return out;
}

TEST(EmlExport, AConversationIsAMail) {
    Conversation c;
    c.say(c.alice, "v < 1 & \"ü\"", t + 15);
    const auto mails = c.texts();
    ASSERT_EQ(mails.size(), 1u);
    EXPECT_EQ(c.names[0], "deals - (" + c.channel.channel.id.text() + ") - 0.eml");
    const auto head = mails[0].substr(0, mails[0].find("\r\n\r\n"));
    for (const auto& line :
         {std::string("From: alice@example.org"), std::string("To: alice@example.org,bob@example.org"),
          std::string("Subject: Mattermost Compliance Export: Deals"),
          std::string("Date: Fri, 10 Oct 2025 08:53:20 +0000"), std::string("Auto-Submitted: auto-generated"),
          std::string("Precedence: bulk"), std::string("X-GlobalRelay-MsgType: Mattermost"),
          std::string("X-Mattermost-ChannelName: Deals"),
          "X-Mattermost-ChannelID: " + c.channel.channel.id.text(),
          std::string("X-Mattermost-ChannelType: private")})
        EXPECT_NE(('\n' + head + "\r\n").find('\n' + line + "\r\n"), std::string::npos) << line;
    const auto text = plain(mails[0]);
    EXPECT_NE(text.find("<span class=\"message\">v &lt; 1 &amp; &#34;ü&#34;</span>"), std::string::npos);
    EXPECT_NE(text.find("(alice@example.org): v < 1 & \"ü\""), std::string::npos);
    EXPECT_NE(text.find("<td>@bob</td><td>user</td><td>bob@example.org</td><td>2025-10-09T08:53:20Z</td><td>"
                        "2025-10-09T08:53:20Z</td><td>0 seconds</td><td>0</td>"),
              std::string::npos);
    EXPECT_NE(text.find("<td>2 days</td><td>1</td>"), std::string::npos);
    for (std::size_t at = 0, end = 0; (end = mails[0].find("\r\n", at)) != std::string::npos; at = end + 2)
        EXPECT_LE(end - at, 998u);
}

TEST(EmlExport, WhatPeopleCallThemselvesStaysInItsHeader) {
    Conversation c;
    c.alice.email = "a@b.c>\r\nBcc: everybody@example.org";
    c.channel.display_name = "Deals\r\nX-Evil: yes \xC3\xBC";
    c.channel.stays = {{c.alice, t, 0}};
    c.say(c.alice, "x", t);
    const auto mail = c.texts().at(0);
    const auto head = mail.substr(0, mail.find("\r\n\r\n"));
    EXPECT_EQ(head.find("\nBcc"), std::string::npos);
    EXPECT_EQ(head.find("\nX-Evil"), std::string::npos);
    EXPECT_NE(head.find("=?UTF-8?B?"), std::string::npos);
}

TEST(EmlExport, FilesAreAttached) {
    Conversation c;
    std::string bytes;
    for (int i = 0; i < 100000; ++i) bytes += static_cast<char>(i * 7);
    c.attach(c.say(c.alice, "look", t + 15), "a \"b\".bin", bytes);
    const auto mail = c.texts().at(0);
    const auto at = mail.find("Content-Disposition: attachment; filename=\"a _b_.bin\"");
    ASSERT_NE(at, std::string::npos);
    const auto begin = mail.find("\r\n\r\n", at) + 4, end = mail.find("\r\n--", begin);
    std::string encoded;
    for (const char ch : mail.substr(begin, end - begin))
        if (ch != '\r' && ch != '\n') encoded += ch;
    EXPECT_EQ(storage::from_base64(encoded), bytes);
    EXPECT_NE(plain(mail).find("Uploaded file a &#34;b&#34;.bin"), std::string::npos);
}

TEST(EmlExport, ALargeConversationBecomesMoreMails) {
    Conversation c;
    c.channel.posts.reserve(3);
    for (int i = 0; i < 2; ++i)
        c.attach(c.say(c.alice, "file " + std::to_string(i), t + i), "f", std::string(60000, 'x'));
    c.attach(c.say(c.bob, "too much", t + 5), "huge.bin", std::string(120000, 'x'));
    const auto mails = c.texts(120000);
    ASSERT_EQ(mails.size(), 2u);
    EXPECT_TRUE(c.names[1].ends_with(" - 1.eml"));
    for (const auto& mail : mails) EXPECT_LE(mail.size(), 120000u);
    ASSERT_EQ(c.removed.size(), 1u);
    EXPECT_NE(plain(mails[1]).find("Uploaded file \"huge.bin\" (id '" + c.removed[0]->info.id.text() +
                                   "') was removed because it was too large to send."),
              std::string::npos);
}

TEST(EmlExport, APackageHoldsThem) {
    Exporting e;
    e.say_with_file(e.alice, "look", e.upload(e.alice, "a.txt", "the bytes"));
    const auto job = e.run({{"export_type", "globalrelay-zip"}});
    EXPECT_EQ(job.status, "success");
    const auto content = e.content(job.id);
    const auto mail = content.find("batch001/room - (" + e.room.id.text() + ") - 0.eml");
    ASSERT_NE(mail, content.end());
    EXPECT_NE(mail->second.find(storage::base64("the bytes")), std::string::npos);
}

TEST(EmlExport, AMissingFileIsAWarningAndALine) {
    Exporting e;
    e.say_with_file(e.alice, "look", e.upload(e.alice, "a.txt", "the bytes"));
    std::filesystem::remove_all(e.store.directory.path("files") + "/blobs");
    std::filesystem::create_directories(e.store.directory.path("files") + "/blobs");
    const auto job = e.run({{"export_type", "globalrelay-zip"}});
    EXPECT_EQ(job.status, "warning");
    const auto content = e.content(job.id);
    EXPECT_NE(plain(content.at("batch001/room - (" + e.room.id.text() + ") - 0.eml"))
                  .find("Uploaded file a.txt (its content cannot be read)"),
              std::string::npos);
    EXPECT_TRUE(content.at("batch001/warning.txt").starts_with("Warning:storage.blob.missing"));
}

}  // namespace
}  // namespace concordat::compliance
