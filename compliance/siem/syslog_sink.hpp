// Audit records for a syslog receiver: RFC 5424 messages with octet counting, over TLS (RFC 5425) or plain
// TCP (RFC 6587). Errors are those of ReceiverLink.
#pragma once
#include "compliance/siem/audit_sink.hpp"
#include "compliance/siem/receiver_link.hpp"

namespace concordat::compliance {

class SyslogSink : public AuditSink {
public:
    // `host`: this node, as the records name it. `stop` must outlive this object.
    SyslogSink(Receiver receiver, std::string host, const StopSignal& stop)
        : receiver_(std::move(receiver)), host_(std::move(host)), stop_(stop) {}
    void deliver(const std::vector<AuditRecord>& records) override;

private:
    const Receiver receiver_;
    const std::string host_;
    const StopSignal& stop_;
};

}  // namespace concordat::compliance
