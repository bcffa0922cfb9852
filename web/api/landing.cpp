#include "web/api/landing.hpp"

#include "core/base/markup.hpp"
#include "core/model/version.hpp"
#include "web/api/page.hpp"

namespace concordat::web {
namespace {

Page page(const Settings& settings) {
    const auto& url = settings.ServiceSettings.SiteURL;
    const auto address =
        url.empty()
            ? std::string(
                  "the address that you see in this browser, without anything after the host and port")
            : "<code>" + escaped_markup(url) + "</code>";
    Page out;
    auto& html = out.body;
    html = "<p>A Concordat server for team communication, version " + escaped_markup(product_version) +
           ".</p>\n";
    html += "<p class=\"up\">The server is running.</p>\n";
    html +=
        "<p>There is no browser client on this server. Connect with an application that speaks the "
        "Mattermost API, version 4:</p>\n";
    html +=
        "<h2>Desktop and mobile applications</h2>\n<ol>\n<li>Open the official Mattermost desktop or mobile "
        "application and choose to add a server.</li>\n";
    html += "<li>As server URL enter " + address +
            ".</li>\n<li>Sign in with the account that you were given, or by the invitation to a "
            "team.</li>\n</ol>\n";
    html +=
        "<h2>Programs</h2>\n<p>Client libraries take the same URL; the interface is below "
        "<code>/api/v4</code>, its socket at "
        "<code>/api/v4/websocket</code>.</p>\n";
    out.footer =
        "Concordat is independent software. It has no tie to Mattermost, Inc., and is neither made "
        "nor endorsed by it. "
        "Mattermost is a trademark of Mattermost, Inc.";
    return out;
}

}  // namespace

std::optional<Reply> LandingPage::reply(const Head& head) const {
    if (head.path != "/" || (head.verb != Verb::get && head.verb != Verb::head)) return std::nullopt;
    return page_reply(*settings_.current(), page(*settings_.current()));
}

}  // namespace concordat::web
