// The operator's commands about records of decisions that are sent outside.
#include <charconv>

#include "appliance/daemon/operator.hpp"
#include "appliance/daemon/operator_arguments.hpp"

namespace concordat::appliance {
namespace {

json::object shown_stream(const compliance::AuditStreamStatus& s, const Settings& settings) {
    const auto& to = s.sink == "file" ? settings.ExperimentalAuditSettings.FileName
                                      : settings.ConcordatSettings.AuditSyslogAddress;
    return {{"sink", s.sink},
            {"state", s.state},
            {"to", to},
            {"record", s.seq},
            {"waiting", s.waiting},
            {"oldest_seconds", s.oldest_seconds},
            {"sent_at", s.sent_at},
            {"failing_at", s.failing_since},
            {"last_error", s.error},
            {"last_reason", s.text}};
}

std::int64_t record_number(const std::string& text) {
    std::int64_t number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0)
        throw Error(Fault::invalid, "operator.argument", "--after is the number of a record, 0 or more.");
    return number;
}

}  // namespace

void Operator::add_audit() {
    commands_["audit status"] = [this](const json::object&, const Progress&) -> json::value {
        json::array out;
        for (const auto& status : node_.audit_streams.status())
            out.push_back(shown_stream(status, *node_.settings.current()));
        return out;
    };
    commands_["audit test"] = [this](const json::object& a, const Progress& progress) -> json::value {
        auto streams = node_.audit_streams.in_use();
        if (const auto sink = text_of(a, "sink"); !sink.empty()) streams = {&node_.audit_streams.named(sink)};
        if (streams.empty())
            throw Error(
                Fault::unsupported, "compliance.siem.off",
                "The settings name neither a receiver nor a file: ConcordatSettings.AuditSyslogAddress, "
                "ExperimentalAuditSettings.FileEnabled.");
        json::array out;
        std::optional<Error> failure;
        for (auto* stream : streams) {
            try {
                stream->test();
                progress(stream->name() + ": the test record arrived");
                out.push_back(json::object{{"sink", stream->name()}, {"arrived", true}});
            } catch (const Error& e) {  // the others are tried all the same
                const auto why =
                    stream->name() + ": " + e.text() + (e.detail().empty() ? "" : " " + e.detail());
                if (failure) progress(why);
                if (!failure) failure = Error(e.fault(), e.id(), why);
            }
        }
        if (failure) throw *failure;
        return out;
    };
    commands_["audit resend"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto sink = needed(a, "sink");
        node_.audit_streams.resend(sink, record_number(needed(a, "after")));
        return shown_stream(node_.audit_streams.named(sink).status(), *node_.settings.current());
    };
}

}  // namespace concordat::appliance
