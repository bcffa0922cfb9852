// The files of a single-page client, from one directory.
//
//   /static/...        kept by browsers for a year: file names carry their content's hash; 404 when absent
//   any other file     revalidated at every use
//   any other path     the page itself (root.html, else index.html), which reads the path on its own
//
// index.html is the page of our own client: it gets the strict content policy, and its addresses that begin
// with "./" are completed with the sub-path of the site, because the page is shown at paths of any depth.
// So it is not to be packed. root.html is the page of another client, sent as it is under the policy that
// client needs.
//
// GET and HEAD only. A sibling "name.br" or "name.gz" is sent instead of "name" to clients that accept
// it. Nothing outside the directory can be reached: each step of a path is opened by itself, links are
// not followed, hidden files are not served. Thread-safe; calls block on the disk, so run them on a
// worker thread. Files may be replaced at any time.
#pragma once
#include <optional>
#include <string>
#include "web/http/call.hpp"

namespace concordat::web {

class StaticSite {
public:
    // The directory may be empty or missing: then every path is nothing.
    // `sub_path` begins with "/" or is empty, and has no final slash.
    explicit StaticSite(const std::string& directory, std::string sub_path = {});
    ~StaticSite();
    StaticSite(const StaticSite&) = delete;

    // Nothing when the request is not for this site: other verbs, "/api/...", or no client installed.
    std::optional<Reply> reply(const Head& head) const;

private:
    Reply page(const Head& head, const std::string& name) const;

    int directory_ = -1;
    std::string sub_path_;
};

}  // namespace concordat::web
