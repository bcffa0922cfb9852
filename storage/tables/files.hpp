// The files table: what is known of each file. The bodies are blobs, named by random ids.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/model/file_info.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

// A row: what clients see, and where the bodies are.
struct FileRow {
    FileInfo info;
    AnyId blob, thumbnail, preview;  // the last two empty when there is none
    AnyId bookmark;                  // the bookmark that shows it; empty when none does
    std::string sha256;              // of the body, in hex; empty for files from before it was kept
    bool has_text = false;           // words inside it were read (file_texts.hpp)
};

class FileTable {
public:
    explicit FileTable(Tx& tx) : tx_(tx) {}
    void insert(const FileRow& file);
    std::optional<FileRow> find(const FileId& id);
    std::vector<FileRow> find(const std::vector<FileId>& ids);
    // Of each post, in the order of their ids. Deleted ones only when asked for.
    std::map<std::string, std::vector<FileInfo>> of_posts(const std::vector<PostId>& posts,
                                                          bool with_deleted = false);
    // Binds the person's own, unbound files of this channel to the post; how many fitted.
    std::size_t attach(const std::vector<FileId>& ids, const PostId& post, const ChannelId& channel,
                       const UserId& user, Millis now);
    void mark_deleted(const std::vector<FileId>& ids, Millis now);
    void mark_deleted_of_posts(const std::vector<PostId>& posts, Millis now);
    // Brings back those that belong to the post; how many do.
    std::size_t reattach(const std::vector<FileId>& ids, const PostId& post, Millis now);
    std::int64_t count_in_channel(const ChannelId& channel);
    // Newest first, attached and live; for search.
    std::vector<FileRow> scan(const std::vector<ChannelId>& channels, Millis before, const FileId& before_id,
                              Millis from, std::int64_t limit);
    // Makes the person's own, unbound file of this channel that of a bookmark; false when it is none.
    bool bookmark(const FileId& id, const AnyId& bookmark, const ChannelId& channel, const UserId& user);
    void move_bookmark(const FileId& id, const AnyId& to);
    // It is nobody's then, and deleted.
    void drop_bookmark(const FileId& id, Millis now);
    // Added, or deleted, before that and attached to nothing.
    std::vector<FileRow> abandoned(Millis before, std::int64_t limit);
    void remove(const FileId& id);
    // False when it is attached by now, or gone.
    bool remove_unattached(const FileId& id);

private:
    std::vector<FileRow> rows(const pqxx::result& result);
    FileRow row(const pqxx::row& row);
    Tx& tx_;
};

}  // namespace concordat::storage
