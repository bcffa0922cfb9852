#include "compliance/siem/audit_streams.hpp"

#include <unistd.h>

#include "compliance/siem/file_sink.hpp"
#include "compliance/siem/syslog_sink.hpp"
#include "core/base/text.hpp"
#include "core/config/rules.hpp"
#include "identity/decision/decisions.hpp"

namespace concordat::compliance {
namespace {

// The node, as records name it.
std::string node_named(const Settings& settings) {
    if (!settings.ConcordatSettings.NodeName.empty()) return settings.ConcordatSettings.NodeName;
    char name[256] = "";
    ::gethostname(name, sizeof name - 1);
    return name;
}

std::unique_ptr<AuditSink> syslog_of(const Settings& settings, const StopSignal& stop,
                                     std::chrono::milliseconds patience) {
    const auto& own = settings.ConcordatSettings;
    if (own.AuditSyslogAddress.empty()) return nullptr;
    const auto [host, port] = rules::split_host_port(own.AuditSyslogAddress);
    Receiver receiver;
    receiver.host = host;
    receiver.port = std::to_string(port);
    receiver.is_tls = own.AuditSyslogSecurity != "plain";
    receiver.authority_file = own.AuditSyslogAuthorityFile;
    receiver.certificate_file = own.AuditSyslogCertificateFile;
    receiver.key_file = own.AuditSyslogKeyFile;
    receiver.patience = patience;
    return std::make_unique<SyslogSink>(receiver, node_named(settings), stop);
}

std::unique_ptr<AuditSink> file_of(const Settings& settings) {
    const auto& audit = settings.ExperimentalAuditSettings;
    if (!audit.FileEnabled || audit.FileName.empty()) return nullptr;
    return std::make_unique<FileSink>(audit.FileName, settings.ConcordatSettings.AuditFileGroupReadable,
                                      node_named(settings));
}

}  // namespace

AuditStreams::AuditStreams(storage::Database& db, Metrics& metrics, identity::Decisions& decisions,
                           const LiveSettings& settings, std::chrono::milliseconds patience)
    : syslog(
          db, metrics, settings, "syslog",
          [patience](const Settings& now, const StopSignal& stop) { return syslog_of(now, stop, patience); }),
      file(db, metrics, settings, "file",
           [](const Settings& now, const StopSignal&) { return file_of(now); }),
      decisions_(decisions) {}

void AuditStreams::start() {
    syslog.start();
    file.start();
}

void AuditStreams::stop() {
    syslog.stop();
    file.stop();
}

void AuditStreams::wake() {
    syslog.wake();
    file.wake();
}

std::vector<AuditStreamStatus> AuditStreams::status() {
    return {syslog.status(), file.status()};
}

AuditStream& AuditStreams::named(const std::string& sink) {
    if (sink == syslog.name()) return syslog;
    if (sink == file.name()) return file;
    throw Error(Fault::not_found, "compliance.siem.unknown",
                "Audit records go to \"syslog\" and \"file\", nowhere else.");
}

std::vector<AuditStream*> AuditStreams::in_use() {
    std::vector<AuditStream*> out;
    for (auto* stream : {&syslog, &file})
        if (stream->is_on()) out.push_back(stream);
    return out;
}

void AuditStreams::resend(const std::string& sink, std::int64_t after) {
    auto& stream = named(sink);
    identity::Trail trail("audit", new_token());
    trail.admitted("audit.resend", "Records are sent to the " + sink + " again, from after number " +
                                       std::to_string(after) + ".");
    stream.rewind(after, [&](storage::Tx& tx) { decisions_.record(tx, trail); });
}

}  // namespace concordat::compliance
