#include "web/api/landing.hpp"

#include "core/model/version.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::web {
namespace {

constexpr std::string_view style =
    "body{margin:0;font:16px/1.6 system-ui,sans-serif;background:#f4f5f7;color:#1c1f26}"
    "main{max-width:40rem;margin:8vh auto;padding:2.5rem 3rem;background:#fff;border:1px solid "
    "#dfe2e8;border-radius:8px}"
    "h1{margin:0 0 .2rem;font-size:1.9rem}h2{margin:2rem 0 .4rem;font-size:1.1rem}p{margin:.4rem 0}"
    ".up{display:inline-block;margin:.6rem 0;padding:.1rem "
    ".7rem;border-radius:1rem;background:#e2f4e6;color:#14532d}"
    "code{padding:.1rem .4rem;border-radius:4px;background:#eef0f4}li{margin:.3rem "
    "0}footer{margin-top:2rem;font-size:.85rem;color:#555c69}"
    "@media(prefers-color-scheme:dark){body{background:#15171c;color:#e6e8ee}main{background:#1e2128;border-"
    "color:#333844}"
    "code{background:#2a2e38}.up{background:#16341f;color:#b7efc5}footer{color:#a2a9b8}}";

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else if (c == '\'')
            out += "&#39;";
        else
            out += c;
    }
    return out;
}

std::string page(const Settings& settings) {
    const auto& url = settings.ServiceSettings.SiteURL;
    const auto name = escaped(settings.TeamSettings.SiteName);
    const auto address =
        url.empty()
            ? std::string(
                  "the address that you see in this browser, without anything after the host and port")
            : "<code>" + escaped(url) + "</code>";
    std::string html =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width\">\n";
    html +=
        "<title>" + name + "</title>\n<style>" + std::string(style) + "</style>\n</head>\n<body>\n<main>\n";
    html += "<h1>" + name + "</h1>\n<p>A Concordat server for team communication, version " +
            escaped(product_version) + ".</p>\n";
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
    html +=
        "<footer>Concordat is independent software. It has no tie to Mattermost, Inc., and is neither made "
        "nor endorsed by it. "
        "Mattermost is a trademark of Mattermost, Inc.</footer>\n</main>\n</body>\n</html>\n";
    return html;
}

std::string policy() {
    static const std::string text = "default-src 'none'; style-src 'sha256-" +
                                    storage::base64(storage::text_of(storage::sha256(style))) +
                                    "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    return text;
}

}  // namespace

std::optional<Reply> LandingPage::reply(const Head& head) const {
    if (head.path != "/" || (head.verb != Verb::get && head.verb != Verb::head)) return std::nullopt;
    Reply reply;
    reply.content_type = "text/html; charset=utf-8";
    reply.set("Content-Security-Policy", policy());
    reply.set("X-Frame-Options", "DENY");
    reply.set("Cache-Control", "no-cache");
    reply.body = page(*settings_.current());
    return reply;
}

}  // namespace concordat::web
