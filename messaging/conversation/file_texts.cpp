#include "messaging/conversation/file_texts.hpp"

#include <pthread.h>

#include <optional>

#include "core/base/log.hpp"
#include "core/model/facts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/file_texts.hpp"

namespace concordat::messaging {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t part_bytes = 256 * 1024;
constexpr auto between_looks = 5s;

}  // namespace

FileTexts::FileTexts(storage::Database& db, storage::BlobStore& store, DocumentReader& reader,
                     Metrics& metrics, const LiveSettings& settings)
    : db_(db),
      blobs_(db, store),
      reader_(reader),
      metrics_(metrics),
      seconds_(metrics.histogram("concordat_file_text_seconds", "Time for finding the words in a file.")),
      settings_(settings) {
    for (const auto outcome : {"read", "damaged", "too_large", "locked", "died", "late"}) counted(outcome);
    metrics.gauge("concordat_file_texts_waiting", "Files whose words are still to be read.", [this] {
        return static_cast<double>(
            db_.read([](storage::Tx& tx) { return storage::FileTextTable(tx).waiting(); }));
    });
}

void FileTexts::start() {
    is_stopping_ = false;
    is_serving_ = true;
    thread_ = std::thread([this] {
        serve();
        is_serving_ = false;
    });
}

void FileTexts::stop() {
    {
        std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    if (!thread_.joinable()) return;
    // Again and again: it may be about to begin with a file.
    for (; is_serving_; std::this_thread::sleep_for(20ms)) reader_.abort();
    thread_.join();
}

void FileTexts::wake() {
    {
        std::lock_guard lock(mutex_);
        is_woken_ = true;
    }
    wake_.notify_all();
}

void FileTexts::serve() {
    pthread_setname_np(pthread_self(), "file-text");
    while (!is_stopping_) {
        try {
            if (settings_.current()->FileSettings.ExtractContent && round()) continue;
        } catch (const std::exception& e) {  // the database, mostly; what is due stays due
            const auto* error = dynamic_cast<const Error*>(&e);
            log_error("words of files could not be read; it is tried again",
                      {{"id", error ? error->id() : "messaging.file_text.failed"},
                       {"detail", error ? error->detail() : e.what()}});
        }
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, between_looks, [&] { return is_stopping_ || is_woken_; });
        is_woken_ = false;
    }
}

bool FileTexts::round() {
    int tries = 0;
    bool is_any = false;
    const auto file = db_.transact([&](storage::Tx& tx) -> std::optional<storage::FileRow> {
        storage::FileTextTable table(tx);
        const auto id = table.next_due(tx.now());
        is_any = id.has_value();
        if (!is_any) return std::nullopt;
        tries = table.begin(*id, tx.now(), first_pause);
        try {
            return storage::FileTable(tx).find(*id);
        } catch (const Error& e) {  // its row cannot be read any more
            if (!storage::is_lost(e)) throw;
            table.finish(*id, "lost");
            return std::nullopt;
        }
    });
    if (!file) return is_any;
    if (tries > most_tries) {  // what a crash of the node interrupted each time
        settle(*file, "interrupted");
        return true;
    }
    const auto began = std::chrono::steady_clock::now();
    try {
        const auto found = read(*file);
        seconds_.record(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
        if (found.end == DocumentEnd::read && !found.text.empty())
            keep(*file, found.text);
        else if (!may_pass(found.end) || tries == most_tries)
            settle(*file, text_of(found.end));
        else
            log_warn("words of a file were not read; it is tried again",
                     {{"file", file->info.id.text()}, {"why", text_of(found.end)}, {"tries", tries}});
    } catch (const Error& e) {  // it can never be read: its body or its key is gone
        if (!storage::is_lost(e) && e.id() != "storage.blob.missing" && e.id() != "storage.blob.damaged")
            throw;
        settle(*file, "lost");
    }
    return true;
}

DocumentText FileTexts::read(const storage::FileRow& file) {
    const auto& info = file.info;
    const auto body = blobs_.open(storage::Kind::file, info.channel_id.bytes(), id_as<BlobId>(file.blob));
    std::string part(part_bytes, '\0');
    std::uint64_t at = 0;
    DocumentTask task;
    task.ending = info.extension;
    task.size = body->size();
    task.may_open_archives = settings_.current()->FileSettings.ArchiveRecursion;
    task.next_part = [&]() -> std::string_view {
        const auto count = body->read_at(at, part);
        at += count;
        return std::string_view(part).substr(0, count);
    };
    auto found = reader_.read(task);
    const bool is_left = is_stopping_ && found.end == DocumentEnd::died;
    if (is_left || found.end == DocumentEnd::unavailable) {  // no fault of the file: the try does not count
        db_.transact([&](storage::Tx& tx) { storage::FileTextTable(tx).take_back(info.id); });
        throw Error(Fault::unavailable, "messaging.file_text.unavailable");
    }
    return found;
}

void FileTexts::keep(const storage::FileRow& file, std::string_view text) {
    db_.transact([&](storage::Tx& tx) {
        if (storage::FileTextTable(tx).keep(file.info, text_of(DocumentEnd::read), text))
            tx.emit(FileTextRead{file.info});
    });
    counted(text_of(DocumentEnd::read)).add();
}

void FileTexts::settle(const storage::FileRow& file, std::string_view outcome) {
    db_.transact([&](storage::Tx& tx) { storage::FileTextTable(tx).finish(file.info.id, outcome); });
    counted(outcome).add();
    if (outcome != text_of(DocumentEnd::read))
        log_info("words of a file are not found", {{"file", file.info.id.text()}, {"why", outcome}});
}

Counter& FileTexts::counted(std::string_view outcome) {
    return metrics_.counter("concordat_file_texts_total",
                            "Files that were looked into for words, by outcome.",
                            "outcome=\"" + std::string(outcome) + '"');
}

}  // namespace concordat::messaging
