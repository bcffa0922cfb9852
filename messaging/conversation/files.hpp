// Files: what people attach to posts. Receiving them, showing them, public links, finding them.
//
// Thread-safe; calls block, some for seconds (pictures): use the bulk lane. Bodies are streamed, never whole
// in memory, except those of pictures while their previews are made (at most four at a time).
//
// A file that is not attached to a post or shown by a bookmark is its uploader's only; such a one is for
// whoever may read the channel; one of a deleted post is gone. Errors, as clients know them:
//   forbidden  api.file.attachments.disabled.app_error, api.file.get_public_link.disabled.app_error
//   too_large  api.file.upload_file.too_large_detailed.app_error
//   not_found  app.file_info.get.app_error
//   invalid    api.file.get_file_thumbnail.no_thumbnail.app_error,
//   api.file.get_file_preview.no_preview.app_error,
//              api.file.get_public_link.no_post.app_error, api.file.get_file.public_invalid.app_error
// and storage.disk_full (unavailable), after which nothing is left behind. A file that rules refuse
// (screening/screen.hpp) or that is malware (malware_scanner.hpp) is not kept either.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/file_info.hpp"
#include "identity/access/gate.hpp"
#include "messaging/conversation/sealed_blobs.hpp"

namespace concordat::storage {
class SearchIndex;
class Tx;
struct FileRow;
}  // namespace concordat::storage

namespace concordat::messaging {

class MalwareScanner;
class MediaWorkers;
class Screen;
struct SearchQuery;

// What a body is asked as.
enum class FileView { original, thumbnail, preview };

struct FileBody {
    FileInfo info;
    std::string mime_type;  // of this view
    std::string etag;       // quoted; a body never changes
    std::unique_ptr<storage::BlobReader> reader;
};

// A file while it is received. Belongs to one thread at a time. Destroyed before Files::add() took it, it
// leaves nothing; must not outlive the Files that made it.
class IncomingFile {
public:
    IncomingFile(SealedBlobs& blobs, const ChannelId& channel, std::string name, std::uint64_t most_bytes,
                 Millis now);
    // Throws too_large, and what a blob store throws.
    void write(std::string_view bytes);
    // All of it is there: makes it durable.
    void finish();
    std::uint64_t size() const { return size_; }

private:
    friend class Files;
    const ChannelId channel_;
    const std::string name_;
    const std::uint64_t most_bytes_;
    const BlobId blob_;
    std::uint64_t size_ = 0;
    std::string sha256_;  // once it is finished
    NewBlobs made_;
    std::unique_ptr<storage::BlobWriter> writer_;
};

struct FileSearch {
    std::string terms;
    bool is_or_search = false;
    int time_zone_offset = 0;  // seconds east of UTC
    bool include_deleted_channels = false;
    std::int64_t page = 0, per_page = 60;
};

struct FoundFiles {
    std::vector<FileId> order;  // newest first
    std::map<std::string, FileInfo> file_infos;
    std::string next_file_info_id, prev_file_info_id;
    Millis first_inaccessible_file_time = 0;
    Nullable<std::map<std::string, std::vector<std::string>>> matches;
};
BOOST_DESCRIBE_STRUCT(FoundFiles, (),
                      (order, file_infos, next_file_info_id, prev_file_info_id, first_inaccessible_file_time,
                       matches))

class Files {
public:
    // All must outlive this object.
    Files(storage::Database& db, storage::BlobStore& store, identity::Gate& gate, MediaWorkers& media,
          const LiveSettings& settings)
        : db_(db), blobs_(db, store), gate_(gate), media_(media), settings_(settings) {}
    // Where search() looks first; it must outlive this object. Before the first search.
    void use_index(storage::SearchIndex& index) { index_ = &index; }

    // Are asked before a file is kept: rules about content, of what people of this organisation upload, and
    // whether it is known malware, of every file. Both must outlive this object.
    void use_screen(Screen& screen) { screen_ = &screen; }
    void use_scanner(MalwareScanner& scanner) { scanner_ = &scanner; }

    // Whether files may be added to this channel at all; `size` is what was announced, 0 when unknown.
    void require_may_add(const Actor& actor, const ChannelId& channel, std::uint64_t size);
    // Begins one (require_may_add included).
    std::unique_ptr<IncomingFile> receive(const Actor& actor, const ChannelId& channel,
                                          const std::string& name);
    // All of them or none; unattached. Pictures get their previews here; what cannot be decoded is kept
    // without.
    std::vector<FileInfo> add(const Actor& actor, std::vector<std::unique_ptr<IncomingFile>> files);
    // The same for a blob that is there already: a finished upload. `alongside` runs in the same transaction.
    FileInfo add_blob(const Actor& actor, const ChannelId& channel, const std::string& name,
                      const BlobId& blob, const std::function<void(storage::Tx&)>& alongside);

    // A body that came from another organisation, checked and finished: it gets previews like those that are
    // uploaded here. `write` runs in a transaction, is given the row, and says whether it wrote it; the body
    // is not needed any more when it did not, and removed.
    struct FromElsewhere {
        FileId id;
        UserId author;
        ChannelId channel;
        std::string name;
        BlobId blob;
        std::string sha256;  // in hex
    };
    bool add_from_elsewhere(const FromElsewhere& file,
                            const std::function<bool(storage::Tx&, storage::FileRow)>& write);

    FileInfo info(const Actor& actor, const FileId& id);
    FileBody body(const Actor& actor, const FileId& id, FileView view);
    // The address of the file for people without account.
    std::string public_link(const Actor& actor, const FileId& id);
    FileBody public_body(const FileId& id, const std::string& hash);

    // By name, ending and what is inside, in the actor's channels as they are now (of one team, and direct
    // ones), newest first. The index says which files may fit; each is asked itself. Where there is no index,
    // at most `most_searched` files are looked at. It ends after `longest_search_time` with what it has by
    // then. Words inside files count where they were read (file_texts.hpp). An empty search finds nothing.
    // Throws store.sql_file_info.search.disabled (unsupported) when EnableFileSearch is off.
    FoundFiles search(const Actor& actor, const std::optional<TeamId>& team, const FileSearch& search);

    static constexpr std::int64_t most_searched = 20000;
    static constexpr Millis longest_search_time = 2000;

private:
    storage::FileRow readable(const Actor& actor, const FileId& id);
    storage::FileRow existing(const FileId& id);
    storage::FileRow described(const UserId& user, const ChannelId& channel, const std::string& name,
                               const BlobId& blob, const std::string& sha256, NewBlobs& made);
    void add_pictures(storage::FileRow& row, storage::BlobReader& reader, NewBlobs& made);
    FileBody opened(storage::FileRow row, FileView view);
    std::string link_hash(const FileId& id) const;

    storage::Database& db_;
    SealedBlobs blobs_;
    identity::Gate& gate_;
    MediaWorkers& media_;
    const LiveSettings& settings_;
    void check_content(const Actor& actor, const storage::FileRow& row);
    void check_malware(const storage::FileRow& row);

    storage::SearchIndex* index_ = nullptr;
    Screen* screen_ = nullptr;
    MalwareScanner* scanner_ = nullptr;
    std::counting_semaphore<> pictures_in_memory_{4};
};

}  // namespace concordat::messaging
