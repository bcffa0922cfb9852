// What posts, files and queries are in the terms of the search index.
//
// The words are those that `matches` sees (notify/search_query.hpp), so the index finds whatever that finds,
// and little more: what is found is opened and asked again. Ideographs, each a word of its own, are there in
// pairs, too: texts without spaces would else be looked for by their most frequent signs. Labels are hashtags
// ("#tag") and extensions of files (".pdf"). Pure functions.
#pragma once
#include <string>
#include <string_view>
#include "core/model/file_info.hpp"
#include "core/model/post.hpp"
#include "messaging/notify/search_query.hpp"
#include "storage/search/index_item.hpp"

namespace concordat::messaging {

// Whether people may look for it: live, of a person, not an earlier version.
bool is_searchable(const Post& post);
storage::IndexItem index_item(const Post& post);
// `text` is what was read inside it.
storage::IndexItem index_item(const FileInfo& file, std::string_view text);
// What a file is searched by: its name as it is, and with the signs that join words for spaces; then its
// text.
std::string searchable_text(const std::string& name, std::string_view text);

// Words, filters of kind and time. Channels and people are the caller's to add.
storage::IndexQuery index_query(const SearchQuery& query, storage::ItemKind kind);

}  // namespace concordat::messaging
