// Audit records for a file: a JSON object a line, appended and on the disk before deliver() returns.
//
// The file is opened for each delivery, so one that was rotated away is made anew; when it went while it was
// written to, the delivery failed and comes again. A line that a crash cut short is ended, and the record
// comes again whole.
//
// Errors: compliance.siem.file (unavailable): the file cannot be opened or written; compliance.siem.file_kind
// (invalid): what is there is no regular file of the node's own user, has further names, or others may write
// to it.
#pragma once
#include <string>
#include "compliance/siem/audit_sink.hpp"

namespace concordat::compliance {

class FileSink : public AuditSink {
public:
    // `is_group_readable`: a new file has mode 0640 instead of 0600.
    FileSink(std::string path, bool is_group_readable, std::string host)
        : path_(std::move(path)), mode_(is_group_readable ? 0640 : 0600), host_(std::move(host)) {}
    void deliver(const std::vector<AuditRecord>& records) override;

private:
    int open();
    void write_to(int file, const std::vector<AuditRecord>& records);

    const std::string path_;
    const unsigned mode_;
    const std::string host_;
};

}  // namespace concordat::compliance
