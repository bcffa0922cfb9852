// Reads bytes as what a program sends: to an incoming webhook, as an answer of a command, as attachments.
// Whatever they are: a value or one of our errors, attachments that say nowhere where their buttons lead and
// stay as they are when they are read again, and texts that parts of them make up again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include "core/base/error.hpp"
#include "messaging/conversation/attachments.hpp"
#include "messaging/integration/command_reply.hpp"
#include "messaging/integration/incoming_payload.hpp"
#include "messaging/integration/slack_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concordat;
    using namespace concordat::messaging;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto message = incoming_message(text);
        std::string whole;
        for (const auto& part : split_text(message.text, 7)) whole += part;
        if (whole != message.text) std::abort();
        json::object props{{attachments_prop, message.attachments}};
        take_actions(props);
        auto again = props;
        for (const auto& action : take_actions(again))
            if (!action.url.empty()) std::abort();
        if (again != props) std::abort();
    } catch (const Error& e) {
        if (e.fault() != Fault::invalid) std::abort();
    }
    command_reply("application/json", text);
    const auto name_of = [](const std::string&) { return std::string("ada"); };
    for (const auto style : {LinkStyle::strict, LinkStyle::loose})
        if (with_links(with_mentions(text, name_of), style).size() > text.size() * 2 + 16) std::abort();
    return 0;
}
