// libFuzzer target: a message as a stranger may write it.
#include <cstdint>
#include "messaging/notify/hashtags.hpp"
#include "messaging/notify/mentions.hpp"
#include "messaging/notify/message_references.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concordat::messaging;
    const std::string_view message(reinterpret_cast<const char*>(data), size);
    const auto scan = scan_mentions(message, {std::string(message)});
    const auto resolved = resolve_names(scan, [](std::string_view name) { return name.size() % 2 == 0; });
    if (resolved.known.size() + resolved.unknown.size() > scan.names.size()) __builtin_trap();
    (void)matches(scan, keywords_of("ann", "Ann", {{"mention_keys", "plan,é"}, {"first_name", "true"}}));
    if (parse_hashtags(message).size() > longest_hashtags) __builtin_trap();
    for (const auto& name : emoji_names_in(message))
        if (!is_emoji_name(name)) __builtin_trap();
    (void)permalinks(message, "https://chat.example");
    (void)at_names(message);
    (void)channel_links(message);
    return 0;
}
