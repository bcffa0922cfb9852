// The table compliance_reports, and what a report asks of other tables.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/report.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

struct ReportArchive {
    AnyId blob;
    std::string sha256;  // 32 bytes
};

class ReportTable {
public:
    explicit ReportTable(Tx& tx) : tx_(tx) {}
    void insert(const Report& report);
    // Status and count.
    void update(const Report& report);
    void set_archive(const ReportId& id, const ReportArchive& archive);
    std::optional<Report> find(const ReportId& id);
    // Nothing while it is not finished.
    std::optional<ReportArchive> archive(const ReportId& id);
    // Newest first.
    std::vector<Report> list(std::int64_t offset, std::int64_t limit);
    // The oldest that waits, or was interrupted; it is running then.
    std::optional<Report> take_next();
    std::int64_t waiting();
    std::vector<AnyId> archives();

    // Channels in which something was said at or after `from`: those of teams by team and name, then the
    // others.
    std::vector<ChannelId> channels_since(Millis from);

private:
    std::optional<Report> first(const pqxx::result& result);
    Report row(const pqxx::row& row);
    Tx& tx_;
};

}  // namespace concordat::storage
