// Files that go from one organisation to another: those of posts that others wrote, those that partners were
// told of, and what was refused.
//
// Rows of a post's files are changed only while the post's row is locked. Names, types and digests are
// sealed.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/partner.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class PartnerFileTable {
public:
    explicit PartnerFileTable(Tx& tx) : tx_(tx) {}
    // False when there is one of this origin, channel and id already: it stays that of the post that named it
    // first.
    bool insert(const PartnerFile& file);
    std::optional<PartnerFile> find(const FileId& id);
    std::optional<PartnerFile> find(const OrganisationId& origin, const ChannelId& channel,
                                    const FileId& file);
    std::vector<PartnerFile> of_post(const PostId& post);
    // state, reason, attempts, retry_at.
    void update(const PartnerFile& file);
    void remove(const FileId& id);
    // To be asked of the partner now, of posts that are there; the smallest first.
    std::vector<PartnerFile> wanted(const OrganisationId& partner, Millis now, std::int64_t limit);
    std::int64_t wanted_count(const OrganisationId& partner);
    // Which of these are.
    std::vector<FileId> still_wanted(const std::vector<FileId>& ids);
    // In this state, or in any for ""; newest first.
    std::vector<PartnerFile> of_partner(const OrganisationId& partner, const std::string& state,
                                        std::int64_t limit);

    // The own stream of the channel names these.
    void tell(const ChannelId& channel, const std::vector<FileId>& files);
    bool is_told(const ChannelId& channel, const FileId& file);

    // False when it was known.
    bool refuse(const FileRefusal& refusal);
    // Newest first.
    std::vector<FileRefusal> refusals(const OrganisationId& partner, std::int64_t limit);

private:
    PartnerFile row(const pqxx::row& row);
    std::vector<PartnerFile> rows(const pqxx::result& result);
    Tx& tx_;
};

}  // namespace concordat::storage
