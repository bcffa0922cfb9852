// libFuzzer target: a rule as an officer may write it (its kind, a line, what it looks for, an empty line),
// and a message as a stranger may. What strikes lies in the message.
#include <cstdint>
#include "core/base/error.hpp"
#include "messaging/screening/checked_numbers.hpp"
#include "messaging/screening/rule_set.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concordat;
    using namespace concordat::messaging;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto end = input.find("\n\n");
    const auto text = end == input.npos ? input : input.substr(end + 2);
    for (const auto& found : {card_numbers(text, 20), account_numbers(text, 20)})
        for (const auto& one : found)
            if (one.length < 13 || one.start + one.length > text.size()) __builtin_trap();
    ContentRule rule;
    rule.name = "fuzz";
    rule.is_on = true;
    const auto head = input.substr(0, end == input.npos ? 0 : end);
    const auto line = head.find('\n');
    rule.kind = std::string(head.substr(0, line));
    if (line != head.npos) rule.content = std::string(head.substr(line + 1));
    ContentRule words = rule;
    words.kind = "words";
    words.content = "falcon\nünlü";
    try {
        const RuleSet set({rule, words});
        for (const auto& strike : set.in_text(text))
            if (strike.start + strike.length > text.size()) __builtin_trap();
        (void)set.in_file(text.substr(0, 255), "text/plain");
    } catch (const Error& e) {
        if (e.fault() != Fault::invalid) __builtin_trap();
    }
    return 0;
}
