// The parts of the listener that need no socket.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include "core/base/addresses.hpp"
#include "web/http/compression.hpp"
#include "web/http/connection_bounds.hpp"
#include "web/http/percent.hpp"
#include "web/http/rate_limit.hpp"
#include "web/http/request_reader.hpp"

namespace concordat::web {
namespace {

using std::chrono::milliseconds;

Head head_from(const std::string& address, const std::string& cookie = {}) {
    Head head;
    head.remote_address = address;
    if (!cookie.empty()) head.headers.add("Cookie", cookie);
    return head;
}

TEST(Head, FindsQueryValues) {
    Head head;
    head.query = "a=1&b=x+y%21&empty&a=2&%63=4&bad=%zz&=x&&";
    EXPECT_EQ(head.query_value("a"), "1");
    EXPECT_EQ(head.query_value("b"), "x y!");
    EXPECT_EQ(head.query_value("c"), "4");
    EXPECT_EQ(head.query_value("bad"), "%zz");
    EXPECT_EQ(head.query_value("none"), "");
    EXPECT_TRUE(head.has_query("empty"));
    EXPECT_FALSE(head.has_query("none"));
}

TEST(Head, FindsCookiesByTheirWholeName) {
    const auto head =
        head_from("", "MMAUTHTOKENX=no; XMMAUTHTOKEN=no;MMAUTHTOKEN=abc;q=\"quoted\"; MMAUTHTOKEN=second");
    EXPECT_EQ(head.cookie("MMAUTHTOKEN"), "abc");
    EXPECT_EQ(head.cookie("q"), "quoted");
    EXPECT_EQ(head.cookie("MMAUTH"), "");
}

TEST(Headers, IgnoreCase) {
    Headers headers;
    headers.add("content-TYPE", "a");
    headers.add("Content-Type", "b");
    EXPECT_EQ(headers.get("Content-Type"), "a");
    EXPECT_TRUE(headers.has("CONTENT-TYPE"));
    EXPECT_FALSE(headers.has("Content"));
}

TEST(Call, GivesPathValuesAndIds) {
    Call call;
    call.actor.user_id = UserId::fresh();
    const auto post = PostId::fresh();
    call.path = {{"user_id", "me"}, {"post_id", post.text()}, {"bad", "short"}};
    EXPECT_EQ(call.path_value("bad"), "short");
    EXPECT_EQ(call.id<UserId>("user_id"), call.actor.user_id);
    EXPECT_EQ(call.id<PostId>("post_id"), post);
    EXPECT_THROW(call.id<PostId>("bad"), Error);
    EXPECT_THROW(call.path_value("absent"), Error);
}

TEST(Percent, DecodesStrictlyInPathsAndLenientlyInForms) {
    EXPECT_EQ(percent_decoded("a%2Fb%41+"), "a/bA+");
    EXPECT_FALSE(percent_decoded("%4"));
    EXPECT_FALSE(percent_decoded("%"));
    EXPECT_FALSE(percent_decoded("%g1"));
    EXPECT_EQ(form_decoded("a+b%2Bc%"), "a b+c%");
}

TEST(AddressList, KnowsNetworks) {
    const AddressList list({"10.0.0.0/8", "192.168.1.7", "fd00::/8", "2001:db8::1"});
    for (const auto* in : {"10.255.1.2", "192.168.1.7", "fd12::1", "2001:db8::1", "::ffff:10.0.0.1"})
        EXPECT_TRUE(list.contains(in)) << in;
    for (const auto* out : {"11.0.0.1", "192.168.1.8", "fe80::1", "2001:db8::2", "", "x"})
        EXPECT_FALSE(list.contains(out)) << out;
    EXPECT_TRUE(AddressList({"172.16.0.0/12"}).contains("172.31.255.255"));
    EXPECT_FALSE(AddressList({"172.16.0.0/12"}).contains("172.32.0.0"));
    for (const auto* bad : {"10.0.0.0/33", "10.0.0.0/", "x", "::/129", "1.2.3.4/8x"})
        EXPECT_THROW(AddressList({bad}), Error) << bad;
}

TEST(AddressList, TakesAWholeIpv6NetworkForOneOwner) {
    EXPECT_EQ(owner_of("2001:db8:1:2:3::4"), owner_of("2001:db8:1:2:ffff::1"));
    EXPECT_NE(owner_of("2001:db8:1:2::1"), owner_of("2001:db8:1:3::1"));
    EXPECT_EQ(owner_of("192.0.2.1"), "192.0.2.1");
    EXPECT_TRUE(is_loopback("127.3.2.1") && is_loopback("::1") && !is_loopback("128.0.0.1"));
}

TEST(ConnectionBounds, CountPerOwnerUntilReleased) {
    const auto bounds = std::make_shared<ConnectionBounds>(4, 2);
    using Verdict = ConnectionBounds::Verdict;
    std::shared_ptr<void> a, b, c, d, e;
    EXPECT_EQ(bounds->admit("x", a), Verdict::admitted);
    EXPECT_EQ(bounds->admit("x", b), Verdict::admitted);
    EXPECT_EQ(bounds->admit("x", c), Verdict::too_many_from_there);
    EXPECT_EQ(bounds->admit("", c), Verdict::admitted);
    EXPECT_EQ(bounds->admit("", d), Verdict::admitted);
    EXPECT_EQ(bounds->admit("", e), Verdict::too_many);
    b.reset();
    EXPECT_EQ(bounds->open(), 3u);
    EXPECT_EQ(bounds->admit("x", e), Verdict::admitted);
}

TEST(RateLimiter, RefillsWithTime) {
    RateLimiter limiter({.is_on = true, .per_sec = 10, .max_burst = 2});
    const auto start = RateLimiter::Time(std::chrono::hours(1));
    const auto head = head_from("192.0.2.1");
    EXPECT_TRUE(limiter.take(head, start).allowed);
    EXPECT_TRUE(limiter.take(head, start).allowed);
    EXPECT_FALSE(limiter.take(head, start).allowed);
    EXPECT_TRUE(limiter.take(head_from("192.0.2.2"), start).allowed);
    EXPECT_FALSE(limiter.take(head, start + milliseconds(50)).allowed);
    EXPECT_TRUE(limiter.take(head, start + milliseconds(110)).allowed);
}

TEST(RateLimiter, TellsUsersBehindOneAddressApartWhenAsked) {
    RateLimiter limiter(
        {.is_on = true, .per_sec = 1, .max_burst = 1, .vary_by_address = false, .vary_by_user = true});
    const auto now = RateLimiter::Time(std::chrono::hours(1));
    EXPECT_TRUE(limiter.take(head_from("192.0.2.1", "MMAUTHTOKEN=a"), now).allowed);
    EXPECT_TRUE(limiter.take(head_from("192.0.2.1", "MMAUTHTOKEN=b"), now).allowed);
    EXPECT_FALSE(limiter.take(head_from("192.0.2.9", "MMAUTHTOKEN=a"), now).allowed);
    auto bearer = head_from("192.0.2.1");
    bearer.headers.add("Authorization", "Bearer a");
    EXPECT_FALSE(limiter.take(bearer, now).allowed);
}

TEST(RateLimiter, RemembersABoundedNumberOfClients) {
    RateLimiter limiter({.is_on = true, .per_sec = 1, .max_burst = 10, .remembered = 100});
    const auto now = RateLimiter::Time(std::chrono::hours(1));
    for (int i = 0; i < 5000; ++i)
        limiter.take(head_from("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250)), now);
    EXPECT_LE(limiter.remembered(), 100u);
}

TEST(Compression, WeighsWhatIsAccepted) {
    EXPECT_EQ(coding_of("gzip, deflate, br"), Coding::brotli);
    EXPECT_EQ(coding_of("gzip;q=1.0, br;q=0.5"), Coding::gzip);
    EXPECT_EQ(coding_of("gzip;q=0, br;q=0"), Coding::identity);
    EXPECT_EQ(coding_of("br;q=0, *"), Coding::gzip);
    EXPECT_EQ(coding_of("*;q=0.1"), Coding::brotli);
    EXPECT_EQ(coding_of("GZIP"), Coding::gzip);
    EXPECT_EQ(coding_of(""), Coding::identity);
    EXPECT_EQ(coding_of("identity"), Coding::identity);
    EXPECT_EQ(coding_of("gzip;q=junk"), Coding::identity);
}

TEST(Compression, LeavesAloneWhatItShould) {
    const auto coding_after = [](Reply reply) {
        compress(reply, "gzip");
        for (const auto& [name, value] : reply.headers)
            if (name == "Content-Encoding") return value;
        return std::string("none");
    };
    const auto reply = [](const char* type) {
        Reply out;
        out.content_type = type;
        out.body = std::string(2000, 'z');
        return out;
    };
    EXPECT_EQ(coding_after(reply("application/json")), "gzip");
    EXPECT_EQ(coding_after(reply("text/html; charset=utf-8")), "gzip");
    EXPECT_EQ(coding_after(reply("image/png")), "none");
    auto partial = reply("text/plain");
    partial.status = 206;
    EXPECT_EQ(coding_after(std::move(partial)), "none");
    auto done = reply("text/plain");
    done.set("content-encoding", "br");
    EXPECT_EQ(coding_after(std::move(done)), "none");
    auto forbidden = reply("text/plain");
    forbidden.may_compress = false;
    EXPECT_EQ(coding_after(std::move(forbidden)), "none");
}

TEST(Compression, BrotliCanBeReadBack) {
    void* library = dlopen("libbrotlidec.so.1", RTLD_NOW);
    if (!library) GTEST_SKIP() << "no brotli decoder on this machine";
    using Decode = int (*)(std::size_t, const std::uint8_t*, std::size_t*, std::uint8_t*);
    const auto decode = reinterpret_cast<Decode>(dlsym(library, "BrotliDecoderDecompress"));
    Reply reply;
    for (int i = 0; i < 5000; ++i) reply.body += "line " + std::to_string(i) + "\n";
    const auto original = reply.body;
    reply.shared_body = std::make_shared<const std::string>(std::exchange(reply.body, {}));
    compress(reply, "br");
    EXPECT_FALSE(reply.shared_body);
    EXPECT_LT(reply.body.size(), original.size() / 3);
    std::string back(original.size() + 10, '\0');
    auto size = back.size();
    EXPECT_EQ(decode(reply.body.size(), reinterpret_cast<const std::uint8_t*>(reply.body.data()), &size,
                     reinterpret_cast<std::uint8_t*>(back.data())),
              1);
    back.resize(size);
    EXPECT_EQ(back, original);
}

TEST(RequestReader, ReadsTheSameHoweverTheBytesAreCut) {
    const std::string bytes =
        "\r\nPOST /a/b?c=d HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        "4\r\nwxyz\r\nA;ext=\"v\"\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\nNEXT";
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        RequestReader reader({});
        std::string unread;
        std::size_t at = 0;
        while (!reader.is_done() && !reader.refusal()) {
            const auto taken = reader.put(unread);
            unread.erase(0, taken);
            if (taken > 0) continue;
            ASSERT_LT(at, bytes.size()) << step;
            unread += bytes.substr(at, step);
            at += step;
        }
        ASSERT_FALSE(reader.refusal()) << reader.refusal()->text << " at step " << step;
        EXPECT_EQ(reader.body(), "wxyz0123456789");
        EXPECT_EQ(reader.head().path, "/a/b");
        EXPECT_EQ(reader.head().query, "c=d");
        EXPECT_EQ(reader.head().headers.get("x-one"), "1");
        EXPECT_FALSE(reader.head().headers.has("Trailer"));
        EXPECT_EQ(unread + bytes.substr(std::min(at, bytes.size())), "NEXT");
    }
}

TEST(RequestReader, ReadsAnEmptyChunkedBodyByteByByte) {
    RequestReader reader({});
    reader.put("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::string unread;
    for (const char c : std::string("0\r\n\r\n")) {
        EXPECT_FALSE(reader.is_done());
        unread += c;
        unread.erase(0, reader.put(unread));
        unread.erase(0, reader.put(unread));  // as a connection does that has nothing more yet
    }
    EXPECT_TRUE(reader.is_done());
    EXPECT_EQ(unread, "");
}

TEST(RequestReader, StopsAtTheEndOfEachRequest) {
    const std::string one = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok";
    const auto two = one + one;
    RequestReader reader({});
    auto taken = reader.put(two);
    EXPECT_TRUE(reader.has_head());
    EXPECT_FALSE(reader.is_done());
    EXPECT_EQ(taken, one.size() - 2);
    taken += reader.put(std::string_view(two).substr(taken));
    EXPECT_TRUE(reader.is_done());
    EXPECT_EQ(taken, one.size());
    EXPECT_EQ(reader.put(std::string_view(two).substr(taken)), 0u);
}

TEST(RequestReader, CountsABodyThatIsTakenAwayMeanwhile) {
    RequestReader reader({});
    reader.put("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    reader.limit_body(10);
    std::string unread = "6\r\nabcdef\r\n";
    unread.erase(0, reader.put(unread));
    EXPECT_EQ(reader.body(), "abcdef");
    reader.body().clear();
    unread += "6\r\nabcdef\r\n";
    reader.put(unread);
    ASSERT_TRUE(reader.refusal());
    EXPECT_EQ(reader.refusal()->status, 413);
}

}  // namespace
}  // namespace concordat::web
