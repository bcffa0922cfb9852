// Both streams of audit records, as the settings ask for them: to a syslog receiver and to a file.
//
// Thread-safe. Made by the node, started with it. Every setting takes effect without a restart.
#pragma once
#include <string>
#include <vector>
#include "compliance/siem/audit_stream.hpp"

namespace concordat::identity {
class Decisions;
}

namespace concordat::compliance {

class AuditStreams {
public:
    // All must outlive this object. `patience`: a delivery to the receiver takes at most so long.
    AuditStreams(storage::Database& db, Metrics& metrics, identity::Decisions& decisions,
                 const LiveSettings& settings,
                 std::chrono::milliseconds patience = std::chrono::milliseconds(30000));

    void start();
    void stop();
    void wake();
    std::vector<AuditStreamStatus> status();
    // "syslog" or "file". Throws Error: not_found, compliance.siem.unknown.
    AuditStream& named(const std::string& sink);
    // Those that are set up.
    std::vector<AuditStream*> in_use();
    // As AuditStream::rewind; recorded as a decision.
    void resend(const std::string& sink, std::int64_t after);

    AuditStream syslog, file;

private:
    identity::Decisions& decisions_;
};

}  // namespace concordat::compliance
