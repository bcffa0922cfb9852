#include "messaging/conversation/files.hpp"

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/barrier/barriers.hpp"
#include "messaging/conversation/malware_scanner.hpp"
#include "messaging/conversation/media_types.hpp"
#include "messaging/media/image_header.hpp"
#include "messaging/media/media.hpp"
#include "messaging/screening/screen.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/files.hpp"

namespace concordat::messaging {
namespace {

Error too_large() {
    return {Fault::too_large, "api.file.upload_file.too_large_detailed.app_error",
            "The file is larger than files may be on this server."};
}

Error no_such_file() {
    return {Fault::not_found, "app.file_info.get.app_error", "We could not find the file."};
}

std::string first_bytes_of(storage::BlobReader& reader) {
    std::string bytes(media_type_bytes, '\0');
    bytes.resize(reader.read_at(0, bytes));
    return bytes;
}

BlobId as_blob(const AnyId& id) {
    return id_as<BlobId>(id);
}

}  // namespace

IncomingFile::IncomingFile(SealedBlobs& blobs, const ChannelId& channel, std::string name,
                           std::uint64_t most_bytes, Millis now)
    : channel_(channel),
      name_(std::move(name)),
      most_bytes_(most_bytes),
      blob_(BlobId::fresh(now)),
      made_(blobs),
      writer_(blobs.create(storage::Kind::file, channel.bytes(), blob_)) {}

void IncomingFile::write(std::string_view bytes) {
    if (bytes.size() > most_bytes_ - size_) throw too_large();
    writer_->write(bytes);
    size_ += bytes.size();
}

void IncomingFile::finish() {
    if (!writer_) return;
    sha256_ = hex_of(storage::text_of(writer_->finish().sha256));
    writer_.reset();
    made_.add(blob_);
}

void Files::require_may_add(const Actor& actor, const ChannelId& channel, std::uint64_t size) {
    const auto settings = settings_.current();
    require(settings->FileSettings.EnableFileAttachments, Fault::forbidden,
            "api.file.attachments.disabled.app_error", "File attachments have been disabled on this server.");
    gate_.require_in_channel(actor, Permission::upload_file, channel);
    identity::require_writable(db_, actor, channel);
    if (size > static_cast<std::uint64_t>(settings->FileSettings.MaxFileSize)) throw too_large();
}

std::unique_ptr<IncomingFile> Files::receive(const Actor& actor, const ChannelId& channel,
                                             const std::string& name) {
    require_may_add(actor, channel, 0);
    const auto most = static_cast<std::uint64_t>(settings_.current()->FileSettings.MaxFileSize);
    return std::make_unique<IncomingFile>(blobs_, channel, clean_file_name(name), most, db_.now());
}

std::vector<FileInfo> Files::add(const Actor& actor, std::vector<std::unique_ptr<IncomingFile>> files) {
    NewBlobs made(blobs_);
    std::vector<storage::FileRow> rows;
    for (const auto& file : files) {
        file->finish();
        rows.push_back(
            described(actor.user_id, file->channel_, file->name_, file->blob_, file->sha256_, made));
        check_content(actor, rows.back());
    }
    db_.transact([&](storage::Tx& tx) {
        for (const auto& row : rows) {
            storage::FileTable(tx).insert(row);
            tx.emit(FileAdded{row.info});
        }
    });
    made.keep();
    std::vector<FileInfo> infos;
    for (const auto& file : files) file->made_.keep();
    for (auto& row : rows) infos.push_back(std::move(row.info));
    return infos;
}

FileInfo Files::add_blob(const Actor& actor, const ChannelId& channel, const std::string& name,
                         const BlobId& blob, const std::function<void(storage::Tx&)>& alongside) {
    NewBlobs made(blobs_);
    auto row = described(actor.user_id, channel, name, blob, {}, made);
    check_content(actor, row);
    db_.transact([&](storage::Tx& tx) {
        alongside(tx);
        storage::FileTable(tx).insert(row);
        tx.emit(FileAdded{row.info});
    });
    made.keep();
    return std::move(row.info);
}

bool Files::add_from_elsewhere(const FromElsewhere& file,
                               const std::function<bool(storage::Tx&, storage::FileRow)>& write) {
    NewBlobs made(blobs_);
    auto row = described(file.author, file.channel, file.name, file.blob, file.sha256, made);
    row.info.id = file.id;
    if (!db_.transact([&](storage::Tx& tx) { return write(tx, row); })) {
        blobs_.remove(file.blob);
        return false;
    }
    made.keep();
    return true;
}

// `sha256` is looked for when it is empty.
storage::FileRow Files::described(const UserId& user, const ChannelId& channel, const std::string& name,
                                  const BlobId& blob, const std::string& sha256, NewBlobs& made) {
    const auto reader = blobs_.open(storage::Kind::file, channel.bytes(), blob);
    storage::FileRow row;
    row.blob = id_as<AnyId>(blob);
    row.sha256 = sha256.empty() ? digest_of(*reader) : sha256;
    auto& info = row.info;
    info.id = FileId::fresh(db_.now());
    info.user_id = user;
    info.channel_id = channel;
    info.create_at = info.update_at = db_.now();
    info.name = name;
    info.extension = extension_of(name);
    info.size = static_cast<std::int64_t>(reader->size());
    info.mime_type = media_type_of(name, first_bytes_of(*reader));
    check_malware(row);
    if (info.mime_type.starts_with("image/")) add_pictures(row, *reader, made);
    return row;
}

void Files::check_content(const Actor& actor, const storage::FileRow& row) {
    if (screen_) screen_->check_file(actor, row.info);
}

// Before anything else opens it.
void Files::check_malware(const storage::FileRow& row) {
    if (!scanner_ || !scanner_->is_on()) return;
    const auto body = blobs_.open(storage::Kind::file, row.info.channel_id.bytes(), as_blob(row.blob));
    scanner_->check(row.info, *body);
}

void Files::add_pictures(storage::FileRow& row, storage::BlobReader& reader, NewBlobs& made) {
    if (reader.size() == 0 || reader.size() > most_image_bytes) return;
    struct Room {
        std::counting_semaphore<>& left;
        explicit Room(std::counting_semaphore<>& s) : left(s) { left.acquire(); }
        ~Room() { left.release(); }
    } room(pictures_in_memory_);
    std::string image(reader.size(), '\0');
    image.resize(reader.read_at(0, image));
    const auto header = image_header(image);
    if (!header) return;
    auto& info = row.info;
    const auto most_pixels = static_cast<std::uint64_t>(settings_.current()->FileSettings.MaxImageResolution);
    MediaResult pictures;
    if (header->pixels() > most_pixels)
        pictures.failure = MediaFailure::too_large;
    else
        pictures = media_.make({WorkerTask::file_pictures, image});
    if (!pictures.ok) {
        log_info("a picture is kept without preview",
                 {{"file", info.id.text()}, {"why", text_of(pictures.failure)}});
        return;
    }
    info.width = pictures.width;
    info.height = pictures.height;
    info.mini_preview = pictures.mini_preview;
    info.has_preview_image = true;
    const auto scope = info.channel_id.bytes();
    row.thumbnail =
        id_as<AnyId>(made.add(blobs_.put(storage::Kind::thumbnail, scope, pictures.thumbnail.bytes)));
    row.preview = id_as<AnyId>(made.add(blobs_.put(storage::Kind::preview, scope, pictures.preview.bytes)));
}

storage::FileRow Files::existing(const FileId& id) {
    auto row = db_.read([&](storage::Tx& tx) { return storage::FileTable(tx).find(id); });
    if (!row || row->info.delete_at > 0) throw no_such_file();
    return *std::move(row);
}

storage::FileRow Files::readable(const Actor& actor, const FileId& id) {
    auto row = existing(id);
    if (row.info.post_id || !row.bookmark.empty())
        gate_.require_read(actor, row.info.channel_id);
    else if (row.info.user_id != actor.user_id)
        throw lacks_permission("not attached");
    return row;
}

FileInfo Files::info(const Actor& actor, const FileId& id) {
    return readable(actor, id).info;
}

FileBody Files::body(const Actor& actor, const FileId& id, FileView view) {
    return opened(readable(actor, id), view);
}

FileBody Files::opened(storage::FileRow row, FileView view) {
    const auto scope = row.info.channel_id.bytes();
    FileBody body;
    body.etag = '"' + row.info.id.text();
    if (view == FileView::original) {
        body.reader = blobs_.open(storage::Kind::file, scope, as_blob(row.blob));
        body.mime_type = row.info.mime_type;
    } else {
        const bool is_small = view == FileView::thumbnail;
        const auto& blob = is_small ? row.thumbnail : row.preview;
        if (blob.empty() && is_small)
            throw Error(Fault::invalid, "api.file.get_file_thumbnail.no_thumbnail.app_error",
                        "The file has no thumbnail.");
        if (blob.empty())
            throw Error(Fault::invalid, "api.file.get_file_preview.no_preview.app_error",
                        "The file has no preview.");
        body.reader =
            blobs_.open(is_small ? storage::Kind::thumbnail : storage::Kind::preview, scope, as_blob(blob));
        body.mime_type = media_type_of({}, first_bytes_of(*body.reader));
        body.etag += is_small ? ".thumbnail" : ".preview";
    }
    body.etag += '"';
    body.info = std::move(row.info);
    return body;
}

std::string Files::link_hash(const FileId& id) const {
    const auto settings = settings_.current();
    const auto& salt = settings->FileSettings.PublicLinkSalt;
    require(settings->FileSettings.EnablePublicLink && !salt.empty(), Fault::forbidden,
            "api.file.get_public_link.disabled.app_error", "Public links have been disabled.");
    return storage::base64_url(storage::text_of(storage::sha256(salt + id.text())));
}

std::string Files::public_link(const Actor& actor, const FileId& id) {
    const auto hash = link_hash(id);
    const auto row = readable(actor, id);
    require(row.info.post_id.has_value(), Fault::invalid, "api.file.get_public_link.no_post.app_error",
            "The file must be attached to a post before it can be shared.");
    return settings_.current()->ServiceSettings.SiteURL + "/files/" + id.text() + "/public?h=" + hash;
}

FileBody Files::public_body(const FileId& id, const std::string& hash) {
    require(storage::constant_time_equal(hash, link_hash(id)), Fault::invalid,
            "api.file.get_file.public_invalid.app_error", "The public link does not appear to be valid.");
    auto row = existing(id);
    if (!row.info.post_id) throw no_such_file();
    return opened(std::move(row), FileView::original);
}

}  // namespace concordat::messaging
