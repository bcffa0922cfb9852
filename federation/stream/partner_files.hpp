// PartnerFiles: the files of posts in shared channels, on both sides.
//
// A post comes with the names, sizes and digests of its files, sealed with everything else. The bodies are
// fetched afterwards, each from the organisation that the post came through: its origin, or the home of the
// channel, which has a copy of its own. A body is written as it comes, sealed like every other, and becomes a
// file of the post, with an id of this node, once all of it is there and has the digest that was announced.
// Until then, and when it does not come at all, an attachment of the post says so in words; clients are never
// given the id of a file that cannot be read.
//
// What may pass is the partner's policy, and the limits that this server sets its own people. It is asked
// before a body leaves, and before one is asked for. Partners get the files that a stream told them of, and
// no others.
//
// Thread-safe; calls block. Rows of a post's files are changed only while the post's row is locked.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/partner.hpp"
#include "federation/trust/organisation.hpp"
#include "federation/wire/event.hpp"
#include "federation/wire/messages.hpp"
#include "messaging/conversation/files.hpp"
#include "messaging/conversation/posts.hpp"
#include "storage/database/database.hpp"

namespace concordat::identity {
class Decisions;
}

namespace concordat::federation {

inline constexpr std::int64_t most_files_wanted = 10000;           // of one partner
inline constexpr std::int64_t most_wrong_digests = 3;              // of one file
inline constexpr Millis longest_file_wait = 7 * 24 * 3600 * 1000;  // and at least ten tries
inline constexpr std::int64_t most_foreign_asks = 1000;            // of one partner that are kept
inline constexpr std::size_t most_file_refusals_told = 100;        // when a session begins

// Why a partner's policy keeps a file back; "" when it does not. Codes: files_off, too_large, type.
std::string file_obstacle(const PartnerPolicy& policy, std::string_view name, std::int64_t size);

class PartnerFiles {
public:
    // All must outlive this object.
    PartnerFiles(storage::Database& db, storage::BlobStore& store, Organisation& own, messaging::Files& files,
                 messaging::Posts& posts, identity::Decisions& decisions, const LiveSettings& settings)
        : db_(db),
          store_(store),
          blobs_(db, store),
          own_(own),
          files_(files),
          posts_(posts),
          decisions_(decisions),
          settings_(settings) {}
    // Hears when there is something to fetch from this partner, or to tell it. Must not block.
    void on_change(std::function<void(const OrganisationId&)> act) { changed_ = std::move(act); }

    // -- what posts say of their files; the applier --
    // Where a post came from.
    struct Source {
        OrganisationId origin;
        ChannelId channel;
        OrganisationId partner;               // whom to ask
        std::vector<PartnerPolicy> policies;  // of the origin, and of whom to ask
    };
    // What is to become of them: wanted or refused. Throws Error (invalid, "body") when they cannot be.
    std::vector<PartnerFile> judge(const Source& source, const PostId& post,
                                   const std::vector<AttachedFile>& files);
    // Says in the props of a post what is missing of its files.
    static void note(const std::vector<PartnerFile>& files, json::object& props);
    // From now on they are fetched. Doing it twice changes nothing.
    void expect(const std::vector<PartnerFile>& judged);
    // The post, which is locked, has these files now, by the word of its origin: what it has no more goes,
    // what is new is fetched.
    void change(Post& post, const std::vector<PartnerFile>& judged);

    // -- receiving --
    std::vector<PartnerFile> wanted(const OrganisationId& partner, std::int64_t limit);
    std::vector<FileId> still_wanted(const std::vector<FileId>& ids);
    // Goes on where its writing ended. Null when all of it was written before. Throws storage.blob.in_use.
    std::unique_ptr<storage::BlobWriter> writer_of(const PartnerFile& file);
    // All of it was written: it is checked, and becomes a file of its post. Takes seconds for pictures.
    void take(const PartnerFile& file, std::unique_ptr<storage::BlobWriter> writer);
    // Did not come this time; asked for again after a pause that grows from a second to ten minutes.
    void postpone(const PartnerFile& file, const std::string& why);
    // It is not to come.
    void refuse(const PartnerFile& file, const std::string& code);
    // Those that this node would not have.
    std::vector<FileRefused> refused_here(const OrganisationId& partner);
    // Nothing more is expected of a partner that is revoked.
    void forget_revoked(const OrganisationId& partner);

    // -- sending --
    // What the own stream says of a post's files. What no receiver may have is not named; it is written down,
    // and its author is told of it after the commit.
    using KeptBack = std::vector<FileRefusal>;
    std::vector<AttachedFile> announce(storage::Tx& tx, const Post& post,
                                       const std::vector<Partner>& receivers, KeptBack& kept_back);
    void tell_authors(const KeptBack& kept_back);
    struct Offer {
        std::unique_ptr<storage::BlobReader> reader;
        std::string refusal;  // a code for file_no when there is none
    };
    // What a partner may have: files that a stream told it of, which are still there, as its policy allows.
    // A refusal for "not_told" or for its policy is written down.
    Offer offer(const Partner& partner, const FileWant& want);
    // A partner says that it will not have a file; its author is told. False when it was known.
    bool refused_by(const Partner& partner, const FileRefused& refusal);

    // -- operators --
    std::vector<PartnerFile> of_partner(const OrganisationId& partner, std::int64_t limit);
    std::vector<FileRefusal> refusals_of(const OrganisationId& partner, std::int64_t limit);

private:
    std::string obstacle(const std::vector<PartnerPolicy>& policies, const std::string& name,
                         std::int64_t size);
    bool keep_out(storage::Tx& tx, const FileRefusal& refusal);
    std::string keep_out(const OrganisationId& partner, const FileWant& want, const std::string& code);
    void show_refused(const PartnerFile& file, const std::string& code);
    void forget(const PartnerFile& file);
    void tell_author(const FileRefusal& refusal, bool is_by_policy_here);

    storage::Database& db_;
    storage::BlobStore& store_;
    messaging::SealedBlobs blobs_;
    Organisation& own_;
    messaging::Files& files_;
    messaging::Posts& posts_;
    identity::Decisions& decisions_;
    const LiveSettings& settings_;
    std::function<void(const OrganisationId&)> changed_ = [](const OrganisationId&) {};
};

}  // namespace concordat::federation
