#include "federation/stream/partner_files.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/model/ids.hpp"
#include "identity/decision/decisions.hpp"
#include "messaging/conversation/attachments.hpp"
#include "messaging/conversation/media_types.hpp"
#include "messaging/conversation/names.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/federation.hpp"
#include "storage/tables/files.hpp"
#include "storage/tables/partner_files.hpp"
#include "storage/tables/posts.hpp"

namespace concordat::federation {
namespace {

constexpr std::size_t longest_media_type = 255, hex_sha256 = 64, longest_reason = 64;
constexpr Millis first_file_pause = 1000, longest_file_pause = 10 * 60 * 1000;
constexpr std::int64_t least_tries = 10;
constexpr const char* is_wanted = "wanted";
constexpr const char* is_here = "here";
constexpr const char* is_refused = "refused";
// Of the attachment that tells of files, so that it is known again: the one member that is kept and not
// shown.
constexpr std::int64_t id_of_note = 0x66696c65;
// What the other side said comes behind it.
const char* const by_them = "origin.";

[[noreturn]] void refuse_body() {
    throw Error(Fault::invalid, "body", "The files of a partner's post are not as they must be.");
}

// Of a file that nobody can ask for: always the same, so that it is noted once.
FileId unnamed(const PostId& post, std::size_t place, const AttachedFile& file) {
    const auto digest = storage::sha256(post.text() + std::to_string(place) + file.name);
    IdBytes out{};
    std::copy_n(digest.begin(), out.size(), out.begin());
    return FileId(out);
}

std::string known_code(const std::string& code) {
    const bool is_code = !code.empty() && code.size() <= 40 &&
                         code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == code.npos;
    return is_code ? code : "policy";
}

std::string size_in_words(std::int64_t size) {
    if (size >= 1 << 20) return std::to_string((size + (1 << 19)) >> 20) + " MiB";
    return std::to_string((size + 1023) / 1024) + " KiB";
}

// For people.
std::string reason_in_words(const std::string& reason) {
    if (reason == "files_off") return "files of this organisation are not accepted here";
    if (reason == "too_large") return "it is larger than is accepted here";
    if (reason == "type") return "files of this type are not accepted here";
    if (reason == "origin.files_off" || reason == "origin.too_large" || reason == "origin.type")
        return "the organisation of its author does not let it out";
    if (reason == "origin.not_offered") return "it stays with the organisation of its author";
    if (reason == "hash") return "what came was not what was announced";
    if (reason == "too_many") return "too many files were on their way";
    return "it cannot be had any more";
}

std::string line_of(const PartnerFile& file) {
    const auto name = file.name.empty() ? std::string("A file") : file.name;
    const auto size = file.size > 0 ? " (" + size_in_words(file.size) + ")" : std::string();
    return name + size + ": " + (file.state == is_wanted ? "not here yet" : reason_in_words(file.reason)) +
           ".";
}

bool is_note(const json::value& attachment) {
    if (!attachment.is_object()) return false;
    const auto* id = attachment.get_object().if_contains("id");
    return id && id->is_int64() && id->get_int64() == id_of_note;
}

identity::Trail refusal_trail(const std::string& said) {
    identity::Trail trail("federation", new_token());
    trail.refused("federation.file", said);
    return trail;
}

std::string place_of(const ChannelId& channel, const FileId& file) {
    return "file " + file.text() + " of channel " + channel.text();
}

}  // namespace

std::string file_obstacle(const PartnerPolicy& policy, std::string_view name, std::int64_t size) {
    if (!policy.files) return "files_off";
    if (size > policy.largest_file) return "too_large";
    const auto ending = messaging::extension_of(name);
    const auto has = [&](const std::vector<std::string>& types) {
        return std::ranges::find(types, ending) != types.end();
    };
    if ((!policy.file_types.empty() && !has(policy.file_types)) || has(policy.refused_file_types))
        return "type";
    return {};
}

// -- what posts say ---------------------------------------------------------------------------------

std::string PartnerFiles::obstacle(const std::vector<PartnerPolicy>& policies, const std::string& name,
                                   std::int64_t size) {
    const auto settings = settings_.current();
    if (!settings->FileSettings.EnableFileAttachments) return "files_off";
    if (size > settings->FileSettings.MaxFileSize) return "too_large";
    for (const auto& policy : policies)
        if (auto why = file_obstacle(policy, name, size); !why.empty()) return why;
    return {};
}

std::vector<PartnerFile> PartnerFiles::judge(const Source& source, const PostId& post,
                                             const std::vector<AttachedFile>& files) {
    if (files.size() > messaging::most_files_per_post) refuse_body();
    std::vector<PartnerFile> out;
    for (const auto& said : files) {
        if (said.size < 0 || said.size > largest_number || said.mime_type.size() > longest_media_type)
            refuse_body();
        PartnerFile file;
        file.id = FileId::fresh(db_.now());
        file.origin = source.origin;
        file.channel_id = source.channel;
        file.post_id = post;
        file.partner_id = source.partner;
        file.size = said.size;
        if (!said.name.empty()) file.name = messaging::clean_file_name(said.name);
        file.mime_type = messaging::visible_text(said.mime_type);
        file.blob = AnyId::fresh(db_.now());
        file.create_at = db_.now();
        file.state = is_refused;
        if (said.refused) {
            file.reason = by_them + known_code(*said.refused);
        } else if (!said.file || !said.sha256) {
            file.reason = std::string(by_them) + "not_offered";
        } else {
            if (said.file->empty() || said.sha256->size() != hex_sha256 ||
                said.sha256->find_first_not_of("0123456789abcdef") != std::string::npos)
                refuse_body();
            file.sha256 = *said.sha256;
            file.reason = obstacle(source.policies, file.name, file.size);
        }
        file.file_id = said.file.value_or(FileId());
        if (file.file_id.empty()) file.file_id = unnamed(post, out.size(), said);
        if (file.reason.empty()) file.state = is_wanted;
        out.push_back(std::move(file));
    }
    const bool any = std::ranges::any_of(out, [](const PartnerFile& f) { return f.state == is_wanted; });
    if (!any || db_.read([&](storage::Tx& tx) {
            return storage::PartnerFileTable(tx).wanted_count(source.partner);
        }) < most_files_wanted)
        return out;
    for (auto& file : out) {
        if (file.state != is_wanted) continue;
        file.state = is_refused;
        file.reason = "too_many";
    }
    return out;
}

void PartnerFiles::note(const std::vector<PartnerFile>& files, json::object& props) {
    std::string text;
    for (const auto& file : files)
        if (file.state != is_here) text += (text.empty() ? "" : "\n") + line_of(file);
    auto* attachments = props.if_contains(messaging::attachments_prop);
    if (attachments && attachments->is_array()) {
        auto& list = attachments->get_array();
        list.erase(std::remove_if(list.begin(), list.end(), is_note), list.end());
        if (list.empty() && text.empty()) props.erase(messaging::attachments_prop);
    }
    if (text.empty()) return;
    if (!attachments || !attachments->is_array())
        attachments = &(props[messaging::attachments_prop] = json::array());
    attachments->get_array().push_back(
        json::object{{"id", id_of_note}, {"fallback", text}, {"title", "Files"}, {"text", text}});
}

void PartnerFiles::expect(const std::vector<PartnerFile>& judged) {
    if (judged.empty()) return;
    bool any = false;
    db_.transact([&](storage::Tx& tx) {
        any = false;
        for (const auto& file : judged) {
            if (!storage::PartnerFileTable(tx).insert(file)) continue;
            any = true;
            if (file.state != is_refused) continue;
            decisions_.record(tx, refusal_trail(place_of(file.channel_id, file.id) + ", " +
                                                file.origin.text() + ": " + file.reason + "."));
        }
    });
    if (any) changed_(judged[0].partner_id);
}

// In the transaction of the edit.
void PartnerFiles::change(Post& post, const std::vector<PartnerFile>& judged) {
    bool any = false;
    db_.read([&](storage::Tx& tx) {
        storage::PartnerFileTable table(tx);
        for (const auto& known : table.of_post(post.id)) {
            const bool stays =
                std::ranges::any_of(judged, [&](const PartnerFile& f) { return f.file_id == known.file_id; });
            if (stays) continue;
            std::erase(post.file_ids, known.id);
            table.remove(known.id);
        }
        for (const auto& file : judged) any |= table.insert(file);
        note(table.of_post(post.id), post.props);
    });
    if (any) changed_(judged[0].partner_id);
}

// -- receiving --------------------------------------------------------------------------------------

std::vector<PartnerFile> PartnerFiles::wanted(const OrganisationId& partner, std::int64_t limit) {
    return db_.read(
        [&](storage::Tx& tx) { return storage::PartnerFileTable(tx).wanted(partner, db_.now(), limit); });
}

std::vector<FileId> PartnerFiles::still_wanted(const std::vector<FileId>& ids) {
    return db_.read([&](storage::Tx& tx) { return storage::PartnerFileTable(tx).still_wanted(ids); });
}

std::unique_ptr<storage::BlobWriter> PartnerFiles::writer_of(const PartnerFile& file) {
    const auto blob = id_as<storage::BlobId>(file.blob);
    if (blobs_.exists(blob)) return nullptr;
    return blobs_.resume(storage::Kind::file, file.channel_id.bytes(), blob, file.create_at);
}

void PartnerFiles::take(const PartnerFile& file, std::unique_ptr<storage::BlobWriter> writer) {
    const auto blob = id_as<storage::BlobId>(file.blob);
    if (writer) writer->finish();
    writer.reset();
    // Read again: a body that was finished before a crash has no digest yet, and the disk is asked, too.
    const auto found = messaging::digest_of(*blobs_.open(storage::Kind::file, file.channel_id.bytes(), blob));
    if (found != file.sha256) {
        blobs_.remove(blob);
        log_warn("a file that came from a partner is not the one that was announced",
                 {{"partner", file.partner_id.text()},
                  {"origin", file.origin.text()},
                  {"channel", file.channel_id.text()},
                  {"file", file.id.text()}});
        if (file.attempts + 1 >= most_wrong_digests) return refuse(file, "hash");
        return postpone(file, "hash");
    }
    const auto post = db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(file.post_id); });
    if (!post) return forget(file);
    const messaging::Files::FromElsewhere said{file.id,   post->user_id, file.channel_id,
                                               file.name, blob,          file.sha256};
    const auto write = [&](storage::Tx& tx, storage::FileRow row) {
        return posts_.show_files(tx, file.post_id, std::move(row), [&](Post& shown) {
            storage::PartnerFileTable table(tx);
            auto now = table.find(file.id);
            if (!now || now->state != is_wanted || shown.file_ids.size() >= messaging::most_files_per_post)
                return false;
            now->state = is_here;
            now->reason.clear();
            table.update(*now);
            note(table.of_post(file.post_id), shown.props);
            return true;
        });
    };
    bool is_shown = false;
    try {
        is_shown = files_.add_from_elsewhere(said, write);
    } catch (const Error& e) {  // what is known as malware does not come again; a scanner that is away may
        if (e.id() == "malware.scanner") return postpone(file, "scanner");
        if (e.id() != "malware.found" && e.id() != "malware.too_large") throw;
        blobs_.remove(blob);
        return refuse(file, "malware");
    }
    if (!is_shown) forget(file);
}

// Its post is gone, or has it no more.
void PartnerFiles::forget(const PartnerFile& file) {
    db_.transact([&](storage::Tx& tx) {
        storage::PartnerFileTable table(tx);
        if (const auto now = table.find(file.id); now && now->state == is_wanted) table.remove(file.id);
    });
    store_.remove_partial(id_as<storage::BlobId>(file.blob));
}

void PartnerFiles::postpone(const PartnerFile& file, const std::string& why) {
    const auto tries = file.attempts + 1;
    if (tries >= least_tries && db_.now() - file.create_at > longest_file_wait)
        return refuse(file, "never_sent");
    const storage::Database::Relaxed relaxed;  // only when to ask again
    db_.transact([&](storage::Tx& tx) {
        storage::PartnerFileTable table(tx);
        auto now = table.find(file.id);
        if (!now || now->state != is_wanted) return;
        now->attempts = tries;
        now->reason = why.substr(0, longest_reason);
        now->retry_at =
            db_.now() + std::min(first_file_pause << std::min<std::int64_t>(tries, 20), longest_file_pause);
        table.update(*now);
    });
}

void PartnerFiles::show_refused(const PartnerFile& file, const std::string& code) {
    db_.transact([&](storage::Tx& tx) {
        storage::PartnerFileTable table(tx);
        const auto mark = [&] {
            auto now = table.find(file.id);
            if (!now || now->state != is_wanted) return false;
            now->state = is_refused;
            now->reason = code;
            table.update(*now);
            decisions_.record(tx, refusal_trail(place_of(file.channel_id, file.id) + ", " +
                                                file.origin.text() + ": " + code + "."));
            return true;
        };
        const bool is_shown = posts_.show_files(tx, file.post_id, std::nullopt, [&](Post& post) {
            if (!mark()) return false;
            note(table.of_post(file.post_id), post.props);
            return true;
        });
        if (!is_shown) mark();
    });
}

void PartnerFiles::refuse(const PartnerFile& file, const std::string& code) {
    show_refused(file, code);
    store_.remove_partial(id_as<storage::BlobId>(file.blob));
    log_warn("a file of a partner is not shown", {{"partner", file.partner_id.text()},
                                                  {"channel", file.channel_id.text()},
                                                  {"file", file.id.text()},
                                                  {"reason", code}});
    changed_(file.partner_id);
}

std::vector<FileRefused> PartnerFiles::refused_here(const OrganisationId& partner) {
    const auto refused = db_.read([&](storage::Tx& tx) {
        return storage::PartnerFileTable(tx).of_partner(partner, is_refused, most_file_refusals_told);
    });
    std::vector<FileRefused> out;
    for (const auto& f : refused)
        if (!f.reason.starts_with(by_them) && f.reason != "expired" && f.reason != "revoked")
            out.push_back({f.origin, f.channel_id, f.file_id, f.reason});
    return out;
}

void PartnerFiles::forget_revoked(const OrganisationId& id) {
    const auto partner = db_.read([&](storage::Tx& tx) { return storage::PartnerTable(tx).find(id); });
    if (!partner || partner->state != "revoked") return;
    const auto files = db_.read([&](storage::Tx& tx) {
        return storage::PartnerFileTable(tx).of_partner(id, is_wanted, most_files_wanted);
    });
    for (const auto& file : files) {
        show_refused(file, "revoked");
        store_.remove_partial(id_as<storage::BlobId>(file.blob));
    }
}

// -- sending ----------------------------------------------------------------------------------------

bool PartnerFiles::keep_out(storage::Tx& tx, const FileRefusal& refusal) {
    if (!storage::PartnerFileTable(tx).refuse(refusal)) return false;
    decisions_.record(
        tx, refusal_trail(refusal.partner_id.text() + " does not get " +
                          place_of(refusal.channel_id, refusal.file_id) + ": " + refusal.code + "."));
    return true;
}

std::vector<AttachedFile> PartnerFiles::announce(storage::Tx& tx, const Post& post,
                                                 const std::vector<Partner>& receivers, KeptBack& kept_back) {
    std::vector<AttachedFile> out;
    std::vector<FileId> told;
    for (const auto& row : storage::FileTable(tx).find(post.file_ids)) {
        const auto& info = row.info;
        std::string why = "not_offered";
        std::vector<FileRefusal> refusals;
        for (const auto& partner : receivers) {
            why = file_obstacle(partner.policy, info.name, info.size);
            if (why.empty()) break;
            refusals.push_back({partner.id, own_.id(), post.channel_id, info.id, why, tx.now()});
        }
        AttachedFile said;
        if (why.empty()) {  // for one of them at least; the others are refused when they ask
            said.name = info.name;
            said.mime_type = info.mime_type;
            said.size = info.size;
            if (!row.sha256.empty()) {
                said.file = info.id;
                said.sha256 = row.sha256;
                told.push_back(info.id);
            }
        } else {
            said.refused = why;
            for (const auto& refusal : refusals)
                if (keep_out(tx, refusal)) kept_back.push_back(refusal);
        }
        out.push_back(std::move(said));
    }
    if (!told.empty()) storage::PartnerFileTable(tx).tell(post.channel_id, told);
    return out;
}

void PartnerFiles::tell_authors(const KeptBack& kept_back) {
    for (const auto& refusal : kept_back) tell_author(refusal, true);
}

// Writes down that the partner does not get it; the code.
std::string PartnerFiles::keep_out(const OrganisationId& partner, const FileWant& want,
                                   const std::string& code) {
    FileRefusal refusal{partner, want.origin, want.channel, want.file, code, db_.now()};
    const bool is_new = db_.transact([&](storage::Tx& tx) {
        storage::PartnerFileTable table(tx);
        if (code == "not_told" && std::ssize(table.refusals(partner, most_foreign_asks)) >= most_foreign_asks)
            return false;
        return keep_out(tx, refusal);
    });
    if (is_new && code != "not_told" && want.origin == own_.id()) tell_author(refusal, true);
    log_warn("a partner does not get a file", {{"partner", partner.text()},
                                               {"channel", want.channel.text()},
                                               {"file", want.file.text()},
                                               {"reason", code}});
    return code;
}

PartnerFiles::Offer PartnerFiles::offer(const Partner& partner, const FileWant& want) {
    const auto own = own_.id();
    std::string refusal;
    const auto row = db_.read([&](storage::Tx& tx) -> std::optional<storage::FileRow> {
        refusal = "not_told";
        const auto share = storage::ShareTable(tx).find(want.channel);
        if (!share || share->state != "joined" || partner.state != "active" || want.origin == partner.id)
            return std::nullopt;
        const auto with = storage::ShareTable(tx).partners(want.channel);
        const auto it = std::ranges::find(with, partner.id, &SharePartner::partner_id);
        const bool takes_part = share->is_home ? it != with.end() && it->state == "joined"
                                               : share->home == partner.id && want.origin == own;
        if (!takes_part) return std::nullopt;
        if (share->details.is_conversation() && !(partner.policy.direct && partner.told.direct)) {
            refusal = "later";  // when both allow it again
            return std::nullopt;
        }
        auto id = want.file;
        storage::PartnerFileTable table(tx);
        if (want.origin == own) {
            if (!table.is_told(want.channel, want.file)) return std::nullopt;
        } else {
            const auto known = table.find(want.origin, want.channel, want.file);
            if (!known) return std::nullopt;
            refusal = known->state == is_wanted ? "later" : "gone";
            if (known->state != is_here) return std::nullopt;
            id = known->id;
        }
        refusal = "gone";
        auto file = storage::FileTable(tx).find(id);
        if (!file || file->info.delete_at > 0 || !file->info.post_id || file->info.channel_id != want.channel)
            return std::nullopt;
        const auto post = storage::PostTable(tx).find(*file->info.post_id);
        if (!post || post->delete_at > 0) return std::nullopt;
        if (share->is_home && post->create_at < it->history_from) {
            refusal = "not_told";
            return std::nullopt;
        }
        refusal = obstacle({partner.policy}, file->info.name, file->info.size);
        return file;
    });
    if (refusal == "not_told" || (row && !refusal.empty()))
        return {nullptr, keep_out(partner.id, want, refusal)};
    if (!row) return {nullptr, refusal};
    try {
        return {blobs_.open(storage::Kind::file, want.channel.bytes(), id_as<storage::BlobId>(row->blob)),
                {}};
    } catch (const Error& e) {  // damaged or missing: as gone as if it had been deleted
        if (e.id() != "storage.blob.missing" && e.id() != "storage.blob.damaged" && !storage::is_lost(e))
            throw;
        log_error("a file that a partner may have cannot be read",
                  {{"file", row->info.id.text()}, {"id", e.id()}, {"detail", e.detail()}});
        return {nullptr, "gone"};
    }
}

bool PartnerFiles::refused_by(const Partner& partner, const FileRefused& said) {
    const FileRefusal refusal{partner.id, said.origin,           said.channel,
                              said.file,  known_code(said.code), db_.now()};
    const bool is_new = db_.transact([&](storage::Tx& tx) {
        storage::PartnerFileTable table(tx);
        // Only of what it was told of, so that it cannot fill the table with anything else.
        const bool is_ours = said.origin == own_.id()
                                 ? table.is_told(said.channel, said.file)
                                 : table.find(said.origin, said.channel, said.file).has_value();
        if (!is_ours || !table.refuse(refusal)) return false;
        decisions_.record(tx, refusal_trail("\"" + partner.name + "\" does not take " +
                                            place_of(said.channel, said.file) + ": " + refusal.code + "."));
        return true;
    });
    if (!is_new) return false;
    log_warn("a partner does not take a file", {{"partner", partner.name},
                                                {"channel", said.channel.text()},
                                                {"file", said.file.text()},
                                                {"reason", refusal.code}});
    if (said.origin == own_.id()) tell_author(refusal, false);
    return true;
}

// Whom a file is not given, and why, in words for its author.
void PartnerFiles::tell_author(const FileRefusal& refusal, bool is_by_policy_here) {
    const auto row = db_.read([&](storage::Tx& tx) { return storage::FileTable(tx).find(refusal.file_id); });
    if (!row || !row->info.post_id) return;
    const auto post =
        db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(*row->info.post_id); });
    if (!post || post->delete_at > 0) return;
    Actor author;
    author.user_id = post->user_id;
    Post note;
    note.channel_id = post->channel_id;
    note.root_id = post->root_id.empty() ? post->id : post->root_id;
    const auto partner =
        db_.read([&](storage::Tx& tx) { return storage::PartnerTable(tx).find(refusal.partner_id); });
    const auto name = partner ? partner->name : refusal.partner_id.text();
    const auto& code = refusal.code;
    const std::string whose = is_by_policy_here ? "allowed to pass." : "accepted there.";
    note.message = "\"" + row->info.name + "\" is not shown at " + name + ": " +
                   (code == "type"        ? "files of this type are not " + whose
                    : code == "too_large" ? "it is larger than is " + whose
                    : code == "files_off" ? "files are not " + whose
                                          : "it was refused there (" + code + ").");
    posts_.create_ephemeral(author, author.user_id, note);
}

// -- operators --------------------------------------------------------------------------------------

std::vector<PartnerFile> PartnerFiles::of_partner(const OrganisationId& partner, std::int64_t limit) {
    return db_.read(
        [&](storage::Tx& tx) { return storage::PartnerFileTable(tx).of_partner(partner, "", limit); });
}

std::vector<FileRefusal> PartnerFiles::refusals_of(const OrganisationId& partner, std::int64_t limit) {
    return db_.read([&](storage::Tx& tx) { return storage::PartnerFileTable(tx).refusals(partner, limit); });
}

}  // namespace concordat::federation
