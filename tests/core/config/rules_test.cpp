#include "core/config/rules.hpp"

#include <gtest/gtest.h>

namespace concordat::rules {
namespace {

void takes(Form form, std::initializer_list<const char*> values) {
    for (auto value : values) EXPECT_EQ(form(value), "") << value;
}
void refuses(Form form, std::initializer_list<const char*> values) {
    for (auto value : values) EXPECT_NE(form(value), "") << value;
}

TEST(Rules, HostAndPort) {
    takes(host_port, {":8065", "0.0.0.0:1", "chat.example.org:443", "[::1]:8065", "localhost:0"});
    refuses(host_port,
            {"", "80", "80x", ":", ":x", ":65536", ":-1", "::1:80", "[::1]", "[zz]:80", "a b:80", "-a:80"});
    EXPECT_EQ(split_host_port("[::1]:8065").host, "::1");
    EXPECT_EQ(split_host_port(":8065").port, 8065);
    EXPECT_TRUE(is_loopback("127.0.0.5"));
    EXPECT_TRUE(is_loopback("::1"));
    EXPECT_FALSE(is_loopback(""));
    EXPECT_FALSE(is_loopback("127.evil.example"));
    EXPECT_FALSE(is_loopback("10.0.0.1"));
}

TEST(Rules, ScannerAddress) {
    takes(scanner_address,
          {"", "127.0.0.1:3310", "clamd.example.org:3310", "[::1]:3310", "/run/clamav/clamd.ctl"});
    refuses(scanner_address,
            {":3310", "clamd.example.org", "clamd:0", "run/clamd.ctl", "unix:/run/clamd.ctl"});
}

TEST(Rules, SiteUrl) {
    takes(site_url, {"", "https://chat.example.org", "http://localhost:8065", "https://a.example/chat",
                     "https://[::1]:1"});
    refuses(site_url, {"chat.example.org", "ftp://a", "https://", "https://a/", "https://a?b", "https://u@a",
                       "https://a b", "javascript:alert(1)", "https://a:0", "https://a:x"});
}

TEST(Rules, LinksAreNeverScripts) {
    takes(web_link, {"", "https://example.org/a?b#c", "/help"});
    refuses(web_link,
            {"javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a\"b", "mailto:a@b"});
}

TEST(Rules, SocketUrlAndOrigins) {
    takes(socket_url, {"", "wss://a.example", "ws://a:80/x"});
    refuses(socket_url, {"https://a.example", "wss://"});
    takes(origins, {"", "*", "https://a.example http://b.example:81"});
    refuses(origins, {"a.example", "https://a.example/x", "* https://a.example"});
}

TEST(Rules, Networks) {
    takes(network, {"10.0.0.1", "10.0.0.0/8", "::1", "fd00::/8", "0.0.0.0/0"});
    refuses(network, {"", "10.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "host"});
}

TEST(Rules, SmallForms) {
    takes(colour, {"#fff", "#0000", "#2389D7", "#2389D7ff"});
    refuses(colour, {"", "fff", "#ggg", "#12345", "red"});
    takes(locale, {"en", "pt-BR", "zh-CN", "nds"});
    refuses(locale, {"", "e", "english", "en-", "en_US", "1x"});
    takes(locales, {"", "en", "en,fr, pt-BR"});
    refuses(locales, {"en;fr"});
    takes(mail_address, {"", "a@example.org"});
    refuses(mail_address, {"a", "@example.org", "a@", "a b@example.org", "a@b,c@d"});
    takes(port, {"1", "25", "65535"});
    refuses(port, {"", "0", "65536", "25x", "-1"});
    takes(domains, {"", "example.org", "example.org, @example.net"});
    refuses(domains, {"exa mple/org", "a@b"});
    takes(absolute_path, {"/", "/var/lib"});
    refuses(absolute_path, {"", "var/lib", "./x"});
    takes(salt, {"", "0123456789012345678901234567890123456789"});
    refuses(salt, {"short"});
    refuses(not_empty, {"", "  "});
    refuses(header_name, {"", "X Real", "X:Y"});
}

TEST(Rules, RangesAndWords) {
    EXPECT_EQ(complaint(within(1, 5), 3), "");
    EXPECT_EQ(complaint(within(1, 5), 6), "is not between 1 and 5");
    EXPECT_EQ(complaint(at_least(2), 1), "is less than 2");
    EXPECT_EQ(complaint(Rule{}, -5), "");
    EXPECT_EQ(complaint(one_of("|TLS"), ""), "");
    EXPECT_EQ(complaint(one_of("a|b"), "b"), "");
    EXPECT_EQ(complaint(one_of("a|b"), "a|b"), "is not one of a, b");
    EXPECT_EQ(complaint(one_of("a|"), "x"), "is not one of a, \"\"");
}

}  // namespace
}  // namespace concordat::rules
