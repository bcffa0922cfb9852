#include "web/socket/frame.hpp"

#include <gtest/gtest.h>

#include "tests/support/socket_client.hpp"

namespace concordat::web {
namespace {

using Kind = Incoming::Kind;
using testing::SocketClient;

std::vector<Incoming> parse(std::string_view bytes, std::size_t longest = 8192, std::size_t step = 0) {
    FrameParser parser(longest);
    std::vector<Incoming> out;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto size = step == 0 ? bytes.size() : std::min(step, bytes.size() - at);
        std::span<const char> part(bytes.data() + at, size);
        at += size;
        while (!part.empty()) {
            auto message = parser.next(part);
            if (message.kind == Kind::none) break;
            out.push_back(std::move(message));
        }
    }
    return out;
}

// What is wrong with these bytes: the close code.
int fault(const std::string& bytes) {
    const auto messages = parse(bytes);
    if (messages.empty() || messages.back().kind != Kind::fault) return 0;
    return messages.back().code;
}

std::string frame(int opcode, const std::string& payload, bool is_final = true) {
    return SocketClient::frame(opcode, payload, is_final);
}

TEST(FrameParser, UnmasksText) {
    const auto messages = parse(frame(1, "hello"));
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].kind, Kind::text);
    EXPECT_EQ(messages[0].payload, "hello");
}

TEST(FrameParser, ReadsTheSameWhateverThePiecesAre) {
    const std::string big(300, 'b');
    const auto bytes = frame(1, "one") + frame(2, big) + frame(9, "p") + frame(1, "");
    for (std::size_t step = 1; step < 20; ++step) {
        const auto messages = parse(bytes, 8192, step);
        ASSERT_EQ(messages.size(), 4u) << step;
        EXPECT_EQ(messages[0].payload, "one");
        EXPECT_EQ(messages[1].kind, Kind::binary);
        EXPECT_EQ(messages[1].payload, big);
        EXPECT_EQ(messages[2].kind, Kind::ping);
        EXPECT_EQ(messages[3].payload, "");
    }
}

TEST(FrameParser, JoinsFragmentsAroundControlFrames) {
    const auto messages =
        parse(frame(1, "a", false) + frame(9, "ping") + frame(0, "b", false) + frame(10, "") + frame(0, "c"));
    ASSERT_EQ(messages.size(), 3u);
    EXPECT_EQ(messages[0].kind, Kind::ping);
    EXPECT_EQ(messages[0].payload, "ping");
    EXPECT_EQ(messages[1].kind, Kind::pong);
    EXPECT_EQ(messages[2].kind, Kind::text);
    EXPECT_EQ(messages[2].payload, "abc");
}

TEST(FrameParser, RefusesUnmaskedFrames) {
    EXPECT_EQ(fault(std::string("\x81\x02hi", 4)), 1002);
    EXPECT_EQ(fault(std::string("\x81\x00", 2)), 1002);  // at once, without waiting for a mask
}

TEST(FrameParser, RefusesReservedBits) {
    for (const int bit : {0x40, 0x20, 0x10}) {
        auto bytes = frame(1, "x");
        bytes[0] = static_cast<char>(bytes[0] | bit);
        EXPECT_EQ(fault(bytes), 1002);
    }
}

TEST(FrameParser, RefusesUnknownOpcodes) {
    for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
        EXPECT_EQ(fault(frame(opcode, "")), 1002) << opcode;
}

TEST(FrameParser, RefusesFragmentedControlFrames) {
    for (const int opcode : {8, 9, 10}) EXPECT_EQ(fault(frame(opcode, "", false)), 1002) << opcode;
}

TEST(FrameParser, RefusesLongControlFrames) {
    EXPECT_EQ(fault(frame(9, std::string(126, 'x'))), 1002);
    EXPECT_EQ(parse(frame(9, std::string(125, 'x'))).at(0).payload.size(), 125u);
}

TEST(FrameParser, RefusesAContinuationOfNothing) {
    EXPECT_EQ(fault(frame(0, "x")), 1002);
}

TEST(FrameParser, RefusesANewMessageInsideAnother) {
    EXPECT_EQ(fault(frame(1, "x", false) + frame(1, "y")), 1002);
    EXPECT_EQ(fault(frame(1, "x", false) + frame(2, "y")), 1002);
}

TEST(FrameParser, RefusesLengthsThatAreNotTheShortest) {
    EXPECT_EQ(fault(std::string("\x82\xFE\x00\x7D", 4) + "maskpayload"), 1002);
    EXPECT_EQ(fault(std::string("\x82\xFF\x00\x00\x00\x00\x00\x00\xFF\xFF", 10) + "mask"), 1002);
    EXPECT_EQ(fault(std::string("\x82\xFF\x80\x00\x00\x00\x00\x00\x00\x00", 10) + "mask"), 1002);
}

TEST(FrameParser, RefusesMessagesThatAreTooLongBeforeTheyAreThere) {
    EXPECT_EQ(parse(frame(1, std::string(8192, 'x'))).at(0).payload.size(), 8192u);
    EXPECT_EQ(fault(frame(1, std::string(8193, 'x')).substr(0, 8)), 1009);
    EXPECT_EQ(fault(std::string("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10) + "mask"), 1009);
}

TEST(FrameParser, CountsAllFragmentsOfAMessage) {
    EXPECT_EQ(fault(frame(1, std::string(8000, 'x'), false) + frame(0, std::string(192, 'x')) + frame(9, "")),
              0);
    EXPECT_EQ(fault(frame(1, std::string(8000, 'x'), false) + frame(0, std::string(193, 'x'))), 1009);
    std::string many = frame(1, "", false);
    for (int i = 0; i < 8193; ++i) many += frame(0, "x", false);
    EXPECT_EQ(fault(many), 1009);
}

TEST(FrameParser, RefusesTextThatIsNotUtf8) {
    EXPECT_EQ(fault(frame(1, "\xC0\xAF")), 1007);
    EXPECT_EQ(fault(frame(1, "\xED\xA0\x80")), 1007);
    EXPECT_EQ(fault(frame(1, "cut \xE2\x82")), 1007);
    EXPECT_EQ(fault(frame(2, "\xC0\xAF")), 0);
}

TEST(FrameParser, TakesACharacterSplitOverFragments) {
    const auto messages = parse(frame(1, "\xE2", false) + frame(0, "\x82\xAC"));
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].payload, "\xE2\x82\xAC");
}

TEST(FrameParser, ReadsCloseFrames) {
    const auto with_code = parse(frame(8, std::string("\x0F\xA0", 2) + "bye"));
    ASSERT_EQ(with_code.size(), 1u);
    EXPECT_EQ(with_code[0].kind, Kind::close);
    EXPECT_EQ(with_code[0].code, 4000);
    EXPECT_EQ(with_code[0].payload, "bye");
    EXPECT_EQ(parse(frame(8, "")).at(0).code, 1005);
}

TEST(FrameParser, RefusesBadCloseFrames) {
    EXPECT_EQ(fault(frame(8, "x")), 1002);
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1100, 2999, 5000, 65535})
        EXPECT_EQ(fault(frame(8, std::string{static_cast<char>(code >> 8), static_cast<char>(code)})), 1002)
            << code;
    EXPECT_EQ(fault(frame(8, std::string("\x03\xE8", 2) + "\xFF")), 1007);
}

TEST(FrameParser, ReadsNothingAfterCloseOrFault) {
    EXPECT_EQ(parse(frame(8, "") + frame(1, "late")).size(), 1u);
    EXPECT_EQ(parse(frame(3, "") + frame(1, "late")).size(), 1u);
}

TEST(FrameHeader, IsAsShortAsTheLengthAllows) {
    char out[10];
    EXPECT_EQ(write_frame_header(out, Opcode::text, 125), 2u);
    EXPECT_EQ(std::string(out, 2), "\x81\x7D");
    EXPECT_EQ(write_frame_header(out, Opcode::text, 126), 4u);
    EXPECT_EQ(std::string(out, 4), std::string("\x81\x7E\x00\x7E", 4));
    EXPECT_EQ(write_frame_header(out, Opcode::ping, 0), 2u);
    EXPECT_EQ(write_frame_header(out, Opcode::text, 65536), 10u);
    EXPECT_EQ(std::string(out, 10), std::string("\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10));
    for (const std::uint64_t size : {0, 125, 126, 65535, 65536})
        EXPECT_EQ(write_frame_header(out, Opcode::text, size), frame_header_size(size));
}

TEST(ClosePayload, CutsTheReasonBetweenCharacters) {
    EXPECT_EQ(close_payload(1000, ""), std::string("\x03\xE8", 2));
    std::string reason(122, 'x');
    reason += "\xE2\x82\xAC";
    EXPECT_EQ(close_payload(1000, reason).size(), 124u);
}

}  // namespace
}  // namespace concordat::web
