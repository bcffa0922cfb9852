#include "messaging/conversation/file_janitor.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/log.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/blob_names.hpp"
#include "storage/tables/drafts.hpp"
#include "storage/tables/files.hpp"
#include "storage/tables/held_posts.hpp"
#include "storage/tables/scheduled_posts.hpp"
#include "storage/tables/uploads.hpp"

namespace concordat::messaging {

FileJanitor::Removed FileJanitor::run() {
    Removed removed;
    removed.files = remove_files();
    removed.uploads = remove_uploads();
    removed.partial_blobs = remove_partial_blobs();
    removed.blobs = remove_unnamed_blobs();
    if (removed.files + removed.uploads + removed.partial_blobs + removed.blobs > 0)
        log_info("cleared away what was never finished", {{"files", removed.files},
                                                          {"uploads", removed.uploads},
                                                          {"partial_blobs", removed.partial_blobs},
                                                          {"blobs", removed.blobs}});
    return removed;
}

std::size_t FileJanitor::remove_files() {
    std::map<UserId, std::set<FileId>> in_waiting;
    const auto rows = db_.read([&](storage::Tx& tx) {
        auto all = storage::FileTable(tx).abandoned(tx.now() - files_wait, most_at_once);
        for (const auto& row : all) {
            if (in_waiting.contains(row.info.user_id)) continue;
            auto& ids = in_waiting[row.info.user_id];
            const auto add = [&ids](const auto& unsent) {
                if (unsent.file_ids) ids.insert(unsent.file_ids->begin(), unsent.file_ids->end());
            };
            std::ranges::for_each(storage::DraftTable(tx).all_of(row.info.user_id), add);
            const auto held = storage::HeldPostTable(tx).files_of(row.info.user_id);
            ids.insert(held.begin(), held.end());
            std::ranges::for_each(storage::ScheduledPostTable(tx).all_of(row.info.user_id), add);
        }
        return all;
    });
    std::size_t count = 0;
    for (const auto& row : rows) {
        if (in_waiting[row.info.user_id].contains(row.info.id)) continue;
        if (!db_.read([&](storage::Tx& tx) { return storage::FileTable(tx).remove_unattached(row.info.id); }))
            continue;
        for (const auto& blob : {row.blob, row.thumbnail, row.preview}) blobs_.remove(id_as<BlobId>(blob));
        ++count;
    }
    return count;
}

std::size_t FileJanitor::remove_uploads() {
    const auto rows = db_.read([&](storage::Tx& tx) {
        return storage::UploadTable(tx).abandoned(tx.now() - uploads_wait, most_at_once);
    });
    std::size_t count = 0;
    for (const auto& row : rows) {
        if (!db_.read([&](storage::Tx& tx) { return storage::UploadTable(tx).remove(row.session.id); }))
            continue;
        store_.remove_partial(id_as<BlobId>(row.blob));
        blobs_.remove(id_as<BlobId>(row.blob));
        ++count;
    }
    return count;
}

std::size_t FileJanitor::remove_partial_blobs() {
    std::vector<AnyId> candidates;
    store_.each_partial([&](const storage::BlobEntry& entry) {
        if (entry.modified_at < db_.now() - day) candidates.push_back(id_as<AnyId>(entry.id));
    });
    if (candidates.empty()) return 0;
    const auto in_use = db_.read([&](storage::Tx& tx) { return storage::blobs_in_use(tx, candidates); });
    std::size_t count = 0;
    for (const auto& id : candidates)
        if (!in_use.contains(id) && store_.remove_partial(id_as<BlobId>(id))) ++count;
    return count;
}

std::size_t FileJanitor::remove_unnamed_blobs() {
    std::vector<AnyId> candidates;
    store_.each([&](const storage::BlobEntry& entry) {
        const auto age = db_.now() - entry.modified_at;
        if (age > youngest_blob && age < oldest_blob) candidates.push_back(id_as<AnyId>(entry.id));
    });
    std::size_t count = 0;
    for (std::size_t from = 0; from < candidates.size(); from += 10000) {
        const std::vector<AnyId> some(
            candidates.begin() + static_cast<std::ptrdiff_t>(from),
            candidates.begin() + static_cast<std::ptrdiff_t>(std::min(candidates.size(), from + 10000)));
        const auto in_use = db_.read([&](storage::Tx& tx) { return storage::blobs_in_use(tx, some); });
        for (const auto& id : some) {
            if (in_use.contains(id)) continue;
            blobs_.remove(id_as<BlobId>(id));
            ++count;
        }
    }
    return count;
}

}  // namespace concordat::messaging
