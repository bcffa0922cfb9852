// The table of a report, posts.csv: the columns of Mattermost's compliance monitoring. Cells that a
// spreadsheet would take for a formula (they begin, after blanks, with =, + or -) get an apostrophe first.
//
// Pure functions.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/channel.hpp"
#include "core/model/post.hpp"
#include "core/model/team.hpp"
#include "core/model/user.hpp"

namespace concordat::compliance {

// The words of a report: any of them, in any case, anywhere in the text. None: every text.
class ReportWords {
public:
    explicit ReportWords(const std::string& keywords);
    bool match(const std::string& message) const;

private:
    std::vector<std::string> words_;
};

struct ReportRow {
    const std::optional<Team>& team;  // none: a direct or group message
    const Channel& channel;
    const Post& post;
    const User& author;
};

std::string report_header();
std::string report_line(const ReportRow& row);

}  // namespace concordat::compliance
