#include "web/api/page.hpp"

#include "core/base/markup.hpp"
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
    "0}footer{margin-top:2rem;font-size:.85rem;color:#555c69}a{color:#0b6169}"
    "button,input{font:inherit;padding:.45rem 1.1rem;border:1px solid #0f5c63;border-radius:8px}"
    "button{margin:.4rem .4rem 0 0;background:#0f5c63;color:#fff;cursor:pointer}"
    "button+button{background:none;color:#0f5c63}"
    "@media(prefers-color-scheme:dark){body{background:#15171c;color:#e6e8ee}main{background:#1e2128;border-"
    "color:#333844}"
    "a{color:#7fd0d6}button{background:#7fd0d6;border-color:#7fd0d6;color:#0d2224}"
    "button+button{background:none;color:#7fd0d6}input{background:#15171c;border-color:#7fd0d6;color:#e6e8ee}"
    "code{background:#2a2e38}.up{background:#16341f;color:#b7efc5}footer{color:#a2a9b8}}";

std::string source_of(std::string_view text) {
    return "'sha256-" + storage::base64(storage::text_of(storage::sha256(text))) + "'";
}

std::string policy(const Page& page) {
    static const std::string style_source = source_of(style);
    auto out = "default-src 'none'; style-src " + style_source + "; base-uri 'none'; frame-ancestors 'none'";
    if (!page.script.empty()) out += "; script-src " + source_of(page.script);
    if (!page.form_leaves) out += std::string("; form-action ") + (page.has_form ? "'self'" : "'none'");
    return out;
}

}  // namespace

Reply page_reply(const Settings& settings, const Page& page) {
    const auto name = escaped_markup(settings.TeamSettings.SiteName);
    std::string html = "<!doctype html>\n<html lang=\"" + std::string(page.language) +
                       "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                       "content=\"width=device-width\">\n";
    if (!page.next.empty())
        html += "<meta http-equiv=\"refresh\" content=\"0; url=" + escaped_markup(page.next) + "\">\n";
    html +=
        "<title>" + name + "</title>\n<style>" + std::string(style) + "</style>\n</head>\n<body>\n<main>\n";
    html += "<h1>" + name + "</h1>\n" + page.body;
    if (!page.footer.empty()) html += "<footer>" + page.footer + "</footer>\n";
    if (!page.script.empty()) html += "<script>" + std::string(page.script) + "</script>\n";
    html += "</main>\n</body>\n</html>\n";
    Reply reply;
    reply.content_type = "text/html; charset=utf-8";
    reply.set("Content-Security-Policy", policy(page));
    reply.set("X-Frame-Options", "DENY");
    reply.set("Cache-Control", "no-store");
    reply.body = std::move(html);
    return reply;
}

}  // namespace concordat::web
