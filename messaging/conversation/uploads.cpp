#include "messaging/conversation/uploads.hpp"

#include "core/base/log.hpp"
#include "messaging/conversation/files.hpp"
#include "messaging/conversation/media_types.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/uploads.hpp"

namespace concordat::messaging {
namespace {

Error too_many_bytes() {
    return {Fault::invalid, "api.upload.upload_data.invalid_content_length",
            "There are more bytes than the upload still wants."};
}

Error busy() {
    return {Fault::conflict, "api.upload.upload_data.concurrent.app_error",
            "The upload is not where you left it. Ask for it and go on from its file_offset."};
}

BlobId blob_of(const storage::UploadRow& row) {
    return id_as<BlobId>(row.blob);
}

}  // namespace

UploadPart::UploadPart(Uploads& uploads, Actor actor, const UploadId& id,
                       std::unique_ptr<storage::BlobWriter> writer, std::int64_t file_size)
    : uploads_(uploads),
      actor_(std::move(actor)),
      id_(id),
      writer_(std::move(writer)),
      file_size_(static_cast<std::uint64_t>(file_size)) {}

UploadPart::~UploadPart() {
    if (!writer_) return;
    // The client went away. Without the checkpoint it only has to send a little more again.
    try {
        writer_->checkpoint();
    } catch (const std::exception& failure) {
        log_warn("an upload lost its last bytes", {{"upload", id_.text()}, {"what", failure.what()}});
    }
}

void UploadPart::write(std::string_view bytes) {
    const auto have = writer_ ? writer_->size() : file_size_;
    if (bytes.size() > file_size_ - have) throw too_many_bytes();
    if (writer_) writer_->write(bytes);
}

std::optional<FileInfo> UploadPart::finish() {
    if (writer_ && writer_->size() < file_size_) {
        writer_->checkpoint();
        uploads_.note_offset(id_, static_cast<std::int64_t>(writer_->size()));
        writer_.reset();
        return std::nullopt;
    }
    if (const auto writer = std::move(writer_)) writer->finish();
    return uploads_.complete(actor_, id_);
}

UploadSession Uploads::create(const Actor& actor, UploadSession wanted) {
    require(wanted.type == "attachment", Fault::invalid, "model.upload_session.is_valid.type.app_error",
            "Only attachments can be uploaded like this.");
    require(wanted.channel_id && !wanted.channel_id->empty(), Fault::invalid,
            "model.upload_session.is_valid.channel_id.app_error", "The channel is missing.");
    require(!wanted.filename.empty(), Fault::invalid, "model.upload_session.is_valid.filename.app_error",
            "The file name is missing.");
    require(wanted.file_size > 0, Fault::invalid, "model.upload_session.is_valid.file_size.app_error",
            "The file size must be above zero.");
    // Files says it in the words of the other way to upload.
    try {
        files_.require_may_add(actor, *wanted.channel_id, static_cast<std::uint64_t>(wanted.file_size));
    } catch (const Error& e) {
        if (e.fault() != Fault::too_large) throw;
        throw Error(Fault::too_large, "api.upload.create.upload_too_large.app_error", e.text());
    }
    storage::UploadRow row;
    auto& session = row.session;
    session.id = UploadId::fresh(db_.now());
    session.create_at = db_.now();
    session.user_id = actor.user_id;
    session.channel_id = wanted.channel_id;
    session.filename = clean_file_name(wanted.filename);
    session.file_size = wanted.file_size;
    row.blob = AnyId::fresh(db_.now());
    db_.transact([&](storage::Tx& tx) {
        storage::UploadTable table(tx);
        require(table.count_of_user(actor.user_id) < most_per_user, Fault::rate_limited,
                "api.upload.create.too_many.app_error", "There are too many unfinished uploads.");
        table.insert(row);
    });
    return std::move(row.session);
}

storage::UploadRow Uploads::own(const Actor& actor, const UploadId& id) {
    auto row = found(db_.read([&](storage::Tx& tx) { return storage::UploadTable(tx).find(id); }),
                     "app.upload.get.app_error", "We could not find the upload.");
    require(row.session.user_id == actor.user_id, Fault::forbidden,
            "api.upload.get_upload.forbidden.app_error", "The upload is somebody else's.");
    return row;
}

void Uploads::note_offset(const UploadId& id, std::int64_t offset) {
    db_.read([&](storage::Tx& tx) { storage::UploadTable(tx).set_offset(id, offset); });
}

// After a crash, or when a client went away, more has arrived than was noted.
UploadSession Uploads::with_true_offset(storage::UploadRow row) {
    auto& session = row.session;
    auto offset = session.file_offset;
    try {
        const auto writer =
            blobs_.resume(storage::Kind::file, session.channel_id->bytes(), blob_of(row), session.create_at);
        offset = static_cast<std::int64_t>(writer->size());
    } catch (const Error& e) {
        if (e.id() == "storage.blob.exists")
            offset = session.file_size;
        else if (e.id() != "storage.blob.in_use")
            throw;  // in use: what was noted last is the best answer
    }
    if (offset != session.file_offset) note_offset(session.id, offset);
    session.file_offset = offset;
    return std::move(session);
}

UploadSession Uploads::get(const Actor& actor, const UploadId& id) {
    return with_true_offset(own(actor, id));
}

std::vector<UploadSession> Uploads::mine(const Actor& actor) {
    auto rows = db_.read(
        [&](storage::Tx& tx) { return storage::UploadTable(tx).of_user(actor.user_id, most_per_user); });
    std::vector<UploadSession> out;
    for (auto& row : rows) out.push_back(with_true_offset(std::move(row)));
    return out;
}

std::unique_ptr<UploadPart> Uploads::go_on(const Actor& actor, const UploadId& id,
                                           std::optional<std::uint64_t> size) {
    const auto row = own(actor, id);
    const auto& session = row.session;
    files_.require_may_add(actor, *session.channel_id, 0);
    std::unique_ptr<storage::BlobWriter> writer;
    auto have = static_cast<std::uint64_t>(session.file_size);
    if (!blobs_.exists(blob_of(row))) {
        try {
            writer = blobs_.resume(storage::Kind::file, session.channel_id->bytes(), blob_of(row),
                                   session.create_at);
        } catch (const Error& e) {
            if (e.id() == "storage.blob.exists" || e.id() == "storage.blob.in_use") throw busy();
            throw;
        }
        have = writer->size();
        // The client sends from the offset it knows; appending those bytes elsewhere would spoil the file.
        if (have != static_cast<std::uint64_t>(session.file_offset)) {
            note_offset(id, static_cast<std::int64_t>(have));
            throw busy();
        }
    }
    if (size && *size > static_cast<std::uint64_t>(session.file_size) - have) throw too_many_bytes();
    return std::make_unique<UploadPart>(*this, actor, id, std::move(writer), session.file_size);
}

FileInfo Uploads::complete(const Actor& actor, const UploadId& id) {
    const auto row = own(actor, id);
    const auto& session = row.session;
    const auto end = [&](storage::Tx& tx) {
        require(storage::UploadTable(tx).remove(id), Fault::conflict,
                "api.upload.upload_data.concurrent.app_error", "The upload is finished already.");
    };
    try {
        return files_.add_blob(actor, *session.channel_id, session.filename, blob_of(row), end);
    } catch (const Error& e) {  // malware does not lie about until somebody asks for it
        if (e.id() != "malware.found") throw;
        db_.transact(end);
        blobs_.remove(blob_of(row));
        throw;
    }
}

}  // namespace concordat::messaging
