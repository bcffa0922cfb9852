// libFuzzer target: first line the search terms, the rest a message.
#include <cstdint>
#include "messaging/notify/hashtags.hpp"
#include "messaging/notify/search_query.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concordat::messaging;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto line = input.find('\n');
    const auto terms = input.substr(0, line);
    const auto text = line == std::string_view::npos ? std::string_view() : input.substr(line + 1);
    const auto query = parse_search(
        terms, {size % 2 == 0, static_cast<int>(size % 86400) - 43200, static_cast<Language>(size % 10)});
    const auto tags = parse_hashtags(text);
    (void)matches(query, text, tags);
    for (const auto& word : matched_words(query, text))
        if (text.find(word) == std::string_view::npos) __builtin_trap();
    return 0;
}
