#include "compliance/siem/syslog_sink.hpp"

namespace concordat::compliance {

void SyslogSink::deliver(const std::vector<AuditRecord>& records) {
    ReceiverLink link(receiver_, stop_);
    for (const auto& record : records) {
        const auto message = audit_syslog(record, host_);
        link.send(std::to_string(message.size()) + ' ' + message);
    }
    link.finish();
}

}  // namespace concordat::compliance
