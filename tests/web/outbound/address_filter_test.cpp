#include "web/outbound/address_filter.hpp"

#include <gtest/gtest.h>

#include "web/outbound/url.hpp"

namespace concordat::web {
namespace {

bool allowed(const AddressFilter& filter, const std::string& address) {
    return filter.allows(address, {});
}

TEST(AddressFilter, WhatIsNotThePublicInternetIsRefused) {
    const AddressFilter filter("");
    for (const char* address : {"0.0.0.0",
                                "10.1.2.3",
                                "100.64.0.1",
                                "100.127.255.255",
                                "127.0.0.1",
                                "127.8.9.1",
                                "169.254.169.254",
                                "172.16.0.1",
                                "172.31.255.255",
                                "192.0.0.1",
                                "192.0.2.1",
                                "192.88.99.1",
                                "192.168.1.1",
                                "198.18.0.1",
                                "198.19.255.255",
                                "198.51.100.7",
                                "203.0.113.7",
                                "224.0.0.1",
                                "239.1.1.1",
                                "240.0.0.1",
                                "255.255.255.255",
                                "::",
                                "::1",
                                "::ffff:127.0.0.1",
                                "::ffff:10.0.0.1",
                                "::ffff:7f00:1",
                                "::127.0.0.1",
                                "64:ff9b::7f00:1",
                                "100::1",
                                "2001::1",
                                "2001:db8::1",
                                "2002:7f00:1::",
                                "fc00::1",
                                "fd12::1",
                                "fe80::1",
                                "fec0::1",
                                "ff02::1",
                                "",
                                "nonsense",
                                "1.2.3"})
        EXPECT_FALSE(allowed(filter, address)) << address;
    for (const char* address : {"1.1.1.1", "100.128.0.1", "172.32.0.1", "172.15.255.255", "192.0.1.1",
                                "198.20.0.1", "223.255.255.255", "2606:4700::1111", "::ffff:8.8.8.8"})
        EXPECT_TRUE(allowed(filter, address)) << address;
}

TEST(AddressFilter, TheMachinesOwnAddressesAreRefusedWhateverTheyAre) {
    const AddressFilter filter("");
    EXPECT_FALSE(filter.allows("8.8.8.8", {*address_bytes("8.8.8.8")}));
    EXPECT_FALSE(filter.allows("::ffff:8.8.8.8", {*address_bytes("8.8.8.8")}));
    EXPECT_TRUE(filter.allows("8.8.4.4", {*address_bytes("8.8.8.8")}));
    const auto own = own_addresses();
    EXPECT_NE(std::find(own.begin(), own.end(), *address_bytes("127.0.0.1")), own.end());
}

TEST(AddressFilter, ListedNetworksAreAllowedAndListedHostsAreText) {
    const AddressFilter filter("10.0.0.0/8, fd00::/8\tmail.internal 127.0.0.1,300.1.1.1/8 1.2.3.4/99");
    EXPECT_TRUE(filter.allows("10.9.9.9", {*address_bytes("10.9.9.9")}));
    EXPECT_TRUE(allowed(filter, "::ffff:10.0.0.1"));
    EXPECT_TRUE(allowed(filter, "fd12::1"));
    EXPECT_FALSE(allowed(filter, "127.0.0.1")) << "a bare address is compared as text only";
    EXPECT_TRUE(filter.lists_host("127.0.0.1"));
    EXPECT_TRUE(filter.lists_host("mail.internal"));
    for (const char* host : {"localhost", "::1", "0x7f000001", "127.0.0.01", "MAIL", "10.0.0.0/8", ""})
        EXPECT_FALSE(filter.lists_host(host)) << host;
}

TEST(OutboundUrl, PartsAreTakenApart) {
    const auto url = outbound_url("HTTPS://user:p%40ss@Example.org:8443/a%2Fb?c=d#frag");
    ASSERT_TRUE(url);
    EXPECT_TRUE(url->is_tls);
    EXPECT_EQ(url->host, "example.org");
    EXPECT_EQ(url->port, 8443);
    EXPECT_EQ(url->user_info, "user:p%40ss");
    EXPECT_EQ(url->target, "/a%2Fb?c=d");
    EXPECT_EQ(url->authority(), "example.org:8443");
    EXPECT_EQ(outbound_url("http://[2606:4700::1]")->authority(), "[2606:4700::1]");
    EXPECT_EQ(outbound_url("http://h?x")->target, "/?x");
    EXPECT_EQ(outbound_url("http://h/ä")->target, "/%C3%A4");
    EXPECT_EQ(outbound_url("http://a@b@c/")->host, "c");
}

TEST(OutboundUrl, OddOnesAreNone) {
    for (const char* text : {"",
                             "ftp://h/",
                             "http:/h",
                             "//h/",
                             "http://",
                             "http:///x",
                             "http://h:0/",
                             "http://h:99999/",
                             "http://h:x/",
                             "http://[::1",
                             "http://[::1%25eth0]/",
                             "http://[fe80::1%eth0]/",
                             "http://[x]/",
                             "http://h /",
                             "http://h/\r\nX: y",
                             "http://h\\@other/",
                             "http://h\x01/",
                             "http://ü/",
                             "http://a,b/",
                             "javascript:alert(1)",
                             "http://[::1]x/"})
        EXPECT_FALSE(outbound_url(text)) << text;
}

TEST(OutboundUrl, RedirectsAreResolved) {
    EXPECT_EQ(redirected("http://h/a/b?c", "/x"), "http://h/x");
    EXPECT_EQ(redirected("http://h/a/b", "c"), "http://h/a/c");
    EXPECT_EQ(redirected("https://h/a", "//other/x"), "https://other/x");
    EXPECT_EQ(redirected("http://h/a", "https://other/x?y"), "https://other/x?y");
}

}  // namespace
}  // namespace concordat::web
