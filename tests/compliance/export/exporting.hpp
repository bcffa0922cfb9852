// People who talk, and an export of what they said: a Talk with a journal, blobs and the services of exports.
#pragma once
#include <Poco/Zip/ZipArchive.h>
#include <Poco/Zip/ZipStream.h>

#include <map>
#include <sstream>

#include "compliance/export/export_keeper.hpp"
#include "compliance/export/export_runner.hpp"
#include "compliance/export/message_exports.hpp"
#include "identity/decision/decisions.hpp"
#include "messaging/conversation/channel_members.hpp"
#include "storage/blob/local_blob_store.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/tables/exports.hpp"
#include "storage/tables/jobs.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::compliance {

using test::refusal;

inline Settings exporting_settings() {
    Settings settings;
    settings.MessageExportSettings.EnableExport = true;
    settings.MessageExportSettings.ExportFormat = "csv";
    settings.MessageExportSettings.DownloadExportResults = true;
    return settings;
}

// The members of a zip archive.
inline std::map<std::string, std::string> unzipped(const std::string& bytes) {
    std::istringstream in(bytes);
    Poco::Zip::ZipArchive archive(in);
    std::map<std::string, std::string> out;
    for (auto at = archive.headerBegin(); at != archive.headerEnd(); ++at) {
        in.clear();
        Poco::Zip::ZipInputStream member(in, at->second, true);
        out[at->first] = std::string(std::istreambuf_iterator<char>(member), {});
    }
    return out;
}

inline std::string whole(storage::BlobReader& reader) {
    std::string out(reader.size(), '\0');
    out.resize(reader.read_at(0, out));
    return out;
}

struct Exporting : messaging::Talk {
    explicit Exporting(Settings with = exporting_settings()) : Talk(std::move(with)) {
        runner.patience.clear();
    }

    Metrics metrics;
    storage::Journal journal{store.db, metrics};
    storage::LocalBlobStore files{store.directory.path("files")};
    storage::LocalBlobStore packages{store.directory.path("packages")};
    identity::Decisions decisions{store.db};
    messaging::ChannelMembers members{store.db, store.gate};
    MessageExports exports{store.db, packages, store.roles, decisions, store.settings};
    std::string installation = "installation";
    EvidenceKey key{store.db, decisions};
    ExportRunner runner{{store.db, journal, packages, files, decisions, key, installation}};
    std::atomic<bool> is_stopping = false;
    User officer = store.user("olive", "system_user compliance_officer");

    Job ask(std::map<std::string, std::string> data = {}) {
        store.wait(10);
        const auto actor = store.actor(officer);
        Job wanted;
        wanted.type = message_export;
        wanted.data = std::move(data);
        return exports.create({actor, "attempt", "127.0.0.1"}, wanted);
    }
    Job now(const JobId& id) {
        const auto actor = store.actor(officer);
        return exports.get({actor, "attempt", "127.0.0.1"}, id);
    }
    std::string package(const JobId& id) {
        const auto actor = store.actor(officer);
        const auto opened = exports.open({actor, "attempt", "127.0.0.1"}, id);
        auto bytes = whole(*opened.body);
        EXPECT_EQ(storage::text_of(storage::sha256(bytes)), opened.sha256);
        return bytes;
    }
    Job run(std::map<std::string, std::string> data = {}) {
        const auto job = ask(std::move(data));
        EXPECT_TRUE(runner.run_next(is_stopping));
        return now(job.id);
    }
    // Members of the package by name, and of the batches in it by "batch001/name".
    std::map<std::string, std::string> content(const JobId& id) {
        std::map<std::string, std::string> out;
        for (const auto& [name, bytes] : unzipped(package(id))) {
            out[name] = bytes;
            if (!name.starts_with("batch")) continue;
            for (const auto& [inner, text] : unzipped(bytes)) out[name.substr(0, 8) + "/" + inner] = text;
        }
        return out;
    }
    FileId upload(const User& owner, const std::string& name, const std::string& bytes) {
        messaging::SealedBlobs blobs(store.db, files);
        storage::FileRow row;
        row.info.id = FileId::fresh(store.now());
        row.info.user_id = owner.id;
        row.info.channel_id = room.id;
        row.info.create_at = row.info.update_at = store.now();
        row.info.name = name;
        row.info.size = static_cast<std::int64_t>(bytes.size());
        row.info.mime_type = "text/plain";
        row.blob = id_as<AnyId>(blobs.put(storage::Kind::file, room.id.bytes(), bytes));
        store.db.read([&](storage::Tx& tx) { storage::FileTable(tx).insert(row); });
        return row.info.id;
    }
    Post say_with_file(const User& who, const std::string& text, const FileId& file) {
        auto post = draft(room, text);
        post.file_ids = {file};
        return put(who, post);
    }
    static Reaction smile(const User& who, const Post& post) {
        Reaction reaction;
        reaction.user_id = who.id;
        reaction.post_id = post.id;
        reaction.emoji_name = "smile";
        return reaction;
    }
    void react(const User& who, const Post& post) {
        store.wait(10);
        reactions.add(store.actor(who), smile(who, post));
    }
    void run_script(const std::string& sql) {
        store.db.read([&](storage::Tx& tx) { tx.run_script(sql); });
    }
    // The export stops, as a node that ends, once it has noted so many batches.
    void interrupt_after(const Job& job, std::int64_t batches, std::atomic<bool>& stop) {
        runner.after_batch = [&, batches](std::int64_t number) { stop = stop || number >= batches; };
        EXPECT_TRUE(runner.run_next(stop));
        runner.after_batch = [](std::int64_t) {};
        EXPECT_EQ(now(job.id).status, "pending");
    }
    std::size_t blob_count(storage::BlobStore& of) {
        std::size_t count = 0;
        of.each([&](const storage::BlobEntry&) { ++count; });
        return count;
    }
};

// The cells of a CSV text by RFC 4180.
inline std::vector<std::vector<std::string>> cells(const std::string& text) {
    std::vector<std::vector<std::string>> rows{{}};
    std::string cell;
    bool is_quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_quoted) {
            if (c != '"')
                cell += c;
            else if (i + 1 < text.size() && text[i + 1] == '"')
                cell += text[++i];
            else
                is_quoted = false;
        } else if (c == '"') {
            is_quoted = true;
        } else if (c == ',' || c == '\n') {
            rows.back().push_back(std::move(cell));
            cell.clear();
            if (c == '\n') rows.emplace_back();
        } else {
            cell += c;
        }
    }
    rows.pop_back();
    return rows;
}

}  // namespace concordat::compliance
