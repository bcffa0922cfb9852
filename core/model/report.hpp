// Reports for an auditor: what was said in a period, by words and people. Plain data.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

using ReportId = Id<struct ReportTag>;

struct Report {
    ReportId id;
    Millis create_at = 0;
    UserId user_id;          // who asked for it
    std::string status;      // created, running, finished, failed, removed
    std::int64_t count = 0;  // of posts in it
    std::string desc;
    std::string type;                 // adhoc
    Millis start_at = 0, end_at = 0;  // created in [start_at, end_at)
    std::string keywords, emails;     // separated by commas or blanks, in lower case; "": any
};
BOOST_DESCRIBE_STRUCT(Report, (),
                      (id, create_at, user_id, status, count, desc, type, start_at, end_at, keywords, emails))

}  // namespace concordat
