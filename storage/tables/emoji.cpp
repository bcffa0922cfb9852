#include "storage/tables/emoji.hpp"

namespace concordat::storage {
namespace {

const std::string select_live =
    "select id, create_at, update_at, delete_at, creator_id, name from emoji where delete_at = 0 ";

Emoji emoji_in(const pqxx::row& r) {
    Emoji e;
    e.id = id_in<EmojiId>(r[0]);
    e.create_at = int_in(r[1]);
    e.update_at = int_in(r[2]);
    e.delete_at = int_in(r[3]);
    e.creator_id = id_in<UserId>(r[4]);
    e.name = text_in(r[5]);
    return e;
}

std::vector<Emoji> all_in(const pqxx::result& result) {
    std::vector<Emoji> out;
    out.reserve(result.size());
    for (const auto& r : result) out.push_back(emoji_in(r));
    return out;
}

std::optional<Emoji> first_in(const pqxx::result& result) {
    if (result.empty()) return std::nullopt;
    return emoji_in(result[0]);
}

std::string like_text(const std::string& term) {
    std::string out;
    for (const char c : term) {
        if (c == '%' || c == '_' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

}  // namespace

bool EmojiTable::insert(const Emoji& e, const EmojiPicture& picture) {
    return tx_.exec(R"(
        insert into emoji (id, create_at, update_at, creator_id, name, blob, mime_type) values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (name) where delete_at = 0 do nothing)",
                    e.id, e.create_at, e.update_at, e.creator_id, e.name, picture.blob, picture.mime_type)
               .affected_rows() == 1;
}

std::optional<Emoji> EmojiTable::find(const EmojiId& id) {
    return first_in(tx_.exec(select_live + "and id = $1", id));
}

std::optional<Emoji> EmojiTable::by_name(const std::string& name) {
    return first_in(tx_.exec(select_live + "and name = $1", name));
}

std::vector<Emoji> EmojiTable::by_names(const std::vector<std::string>& names) {
    return all_in(tx_.exec(select_live + "and name = any($1::text[]) order by name", array_of(names)));
}

std::vector<Emoji> EmojiTable::page(bool by_name, std::int64_t offset, std::int64_t limit) {
    return all_in(tx_.exec(select_live + (by_name ? "order by name" : "order by id") + " offset $1 limit $2",
                           offset, limit));
}

std::vector<Emoji> EmojiTable::search(const std::string& term, bool prefix_only, std::int64_t limit) {
    return all_in(tx_.exec(select_live + "and name like $1 order by name limit $2",
                           (prefix_only ? "" : "%") + like_text(term) + '%', limit));
}

std::optional<EmojiPicture> EmojiTable::picture(const EmojiId& id) {
    const auto result = tx_.exec("select blob, mime_type from emoji where id = $1 and delete_at = 0", id);
    if (result.empty()) return std::nullopt;
    return EmojiPicture{id_in<AnyId>(result[0][0]), text_in(result[0][1])};
}

bool EmojiTable::mark_deleted(const EmojiId& id, Millis now) {
    return tx_.exec("update emoji set delete_at = $2, update_at = $2 where id = $1 and delete_at = 0", id,
                    now)
               .affected_rows() == 1;
}

}  // namespace concordat::storage
