// Where audit records go outside the node.
#pragma once
#include <vector>
#include "compliance/siem/audit_record.hpp"

namespace concordat::compliance {

// One delivery, on one thread; made for it with the settings in force and thrown away. Blocks.
class AuditSink {
public:
    virtual ~AuditSink() = default;
    // Returns when all of `records` are there for good. Otherwise throws an Error (mostly unavailable), after
    // which any part of them may have arrived. Its text is a sentence for the operator, its detail what the
    // system said.
    virtual void deliver(const std::vector<AuditRecord>& records) = 0;
};

}  // namespace concordat::compliance
