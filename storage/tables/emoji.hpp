// The emoji table: the emoji people added themselves. Their pictures are blobs.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/reaction.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

struct EmojiPicture {
    AnyId blob;
    std::string mime_type;
};

// Reads live emoji only.
class EmojiTable {
public:
    explicit EmojiTable(Tx& tx) : tx_(tx) {}

    // False when a live emoji has the name already.
    bool insert(const Emoji& emoji, const EmojiPicture& picture);
    std::optional<Emoji> find(const EmojiId& id);
    std::optional<Emoji> by_name(const std::string& name);
    std::vector<Emoji> by_names(const std::vector<std::string>& names);
    // By name, or in the order they were made.
    std::vector<Emoji> page(bool by_name, std::int64_t offset, std::int64_t limit);
    // Whose name contains `term`, or begins with it; by name.
    std::vector<Emoji> search(const std::string& term, bool prefix_only, std::int64_t limit);
    std::optional<EmojiPicture> picture(const EmojiId& id);
    // The name is free again. False when it was not there.
    bool mark_deleted(const EmojiId& id, Millis now);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
