#include "federation/wire/event.hpp"

#include <gtest/gtest.h>

#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::federation {
namespace {

struct Said : Chain {
    Said() : Chain{OrganisationId::fresh(), ChannelId::fresh()} {}
    std::string say(const std::string& body) {
        return append({kinds::react_set, UserId::fresh(), AnyId::fresh(), 1760000000000, body});
    }
};

bool is_refused(const std::string& header) {
    try {
        decode_header(header);
    } catch (const Error& e) {
        EXPECT_EQ(e.id(), "federation.event");
        return true;
    }
    return false;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(EventTest, each_header_names_the_one_before_and_its_body) {
    Said said;
    const auto one = said.say("first"), two = said.say("second");
    const auto first = decode_header(one), second = decode_header(two);
    EXPECT_EQ(first.seq, 1);
    EXPECT_EQ(first.prev, std::string(64, '0'));
    EXPECT_EQ(first.body_hash, hex_of(storage::text_of(storage::sha256("first"))));
    EXPECT_EQ(first.body_size, 5);
    EXPECT_EQ(second.seq, 2);
    EXPECT_EQ(second.prev, hex_of(event_digest(one)));
    EXPECT_EQ(said.head, event_digest(two));
    EXPECT_EQ(said.next_seq, 3);
}

TEST(EventTest, a_header_has_one_spelling) {
    Said said;
    const auto header = said.say("body");
    EXPECT_FALSE(is_refused(header));
    EXPECT_EQ(encode_header(decode_header(header)), header);
    EXPECT_TRUE(is_refused(header + " "));
    EXPECT_TRUE(is_refused(" " + header));
    EXPECT_TRUE(is_refused(replaced(header, "\"v\":1,", "\"v\":1,\"more\":2,")));
    EXPECT_TRUE(is_refused(replaced(header, "\"v\":1,", "\"v\":1,\"v\":1,")));
    EXPECT_TRUE(is_refused(replaced(header, "\"v\":1", "\"v\":01")));
    EXPECT_TRUE(is_refused(replaced(header, "\"v\":1", "\"v\":1.0")));
    EXPECT_TRUE(is_refused(replaced(header, "react.set", "react\\u002eset")));
    EXPECT_TRUE(is_refused(replaced(header, "\"v\":1,", "")));
}

TEST(EventTest, numbers_digests_and_kinds_out_of_bounds_are_refused) {
    Said said;
    const auto header = said.say("body");
    EXPECT_TRUE(is_refused(replaced(header, "\"v\":1", "\"v\":2")));
    EXPECT_TRUE(is_refused(replaced(header, "\"seq\":1", "\"seq\":0")));
    EXPECT_TRUE(is_refused(replaced(header, "\"seq\":1", "\"seq\":-1")));
    EXPECT_TRUE(is_refused(replaced(header, "\"seq\":1", "\"seq\":9223372036854775808")));
    EXPECT_TRUE(is_refused(replaced(header, "\"seq\":1", "\"seq\":9007199254740992")));
    EXPECT_FALSE(is_refused(replaced(header, "\"seq\":1", "\"seq\":9007199254740991")));
    EXPECT_TRUE(is_refused(replaced(header, "\"at\":1760000000000", "\"at\":9007199254740992")));
    EXPECT_TRUE(is_refused(replaced(header, "\"at\":1760000000000", "\"at\":-1")));
    EXPECT_TRUE(is_refused(replaced(header, "react.set", "react set")));
    EXPECT_TRUE(is_refused(replaced(header, "react.set", "react\\n")));
    EXPECT_TRUE(is_refused(replaced(header, "react.set", "")));
    EXPECT_TRUE(is_refused(replaced(header, "react.set", std::string(33, 'k'))));
    EXPECT_TRUE(is_refused(replaced(header, "\"prev\":\"0", "\"prev\":\"")));
    EXPECT_TRUE(is_refused(replaced(header, "\"prev\":\"0", "\"prev\":\"A")));
    EXPECT_TRUE(is_refused(replaced(header, "\"body_size\":4", "\"body_size\":-4")));
    EXPECT_TRUE(is_refused(replaced(header, "\"body_size\":4", "\"body_size\":1048577")));
    EXPECT_TRUE(is_refused(replaced(header, said.origin.text(), "")));
    EXPECT_TRUE(is_refused("{}"));
    EXPECT_TRUE(is_refused(""));
    EXPECT_TRUE(is_refused("[" + std::string(longest_header, '[')));
}

TEST(EventTest, a_seal_is_the_origins_and_of_these_events) {
    const auto key = storage::SigningKey::fresh();
    Said said;
    said.say("one");
    const auto text = encode_seal(said.seal_from(1, 1760000000000));
    const auto seal = decode_seal(text);
    EXPECT_EQ(seal.origin, said.origin);
    EXPECT_EQ(seal.channel, said.channel);
    EXPECT_EQ(seal.first, 1);
    EXPECT_EQ(seal.last, 1);
    EXPECT_EQ(seal.head, hex_of(said.head));
    const auto signature = sign_seal(key, text);
    EXPECT_TRUE(is_sealed_by(key.public_key(), text, signature));
    EXPECT_FALSE(is_sealed_by(storage::SigningKey::fresh().public_key(), text, signature));
    EXPECT_FALSE(is_sealed_by(key.public_key(), replaced(text, "\"last\":1", "\"last\":2"), signature));
    // A signature over the bare text is none: what is signed says that it is a seal.
    EXPECT_FALSE(is_sealed_by(key.public_key(), text, key.sign(text)));
}

TEST(EventTest, a_seal_of_no_or_too_many_events_is_refused) {
    Said said;
    Seal seal;
    seal.origin = said.origin;
    seal.channel = said.channel;
    seal.first = 5;
    seal.head = std::string(64, 'a');
    for (const std::int64_t last : {std::int64_t{4}, 5 + most_in_a_seal}) {
        seal.last = last;
        EXPECT_THROW(decode_seal(encode_seal(seal)), Error) << last;
    }
    seal.last = 5 + most_in_a_seal - 1;
    EXPECT_NO_THROW(decode_seal(encode_seal(seal)));
    seal.first = seal.last = largest_number + 1;
    EXPECT_THROW(decode_seal(encode_seal(seal)), Error);
}

}  // namespace
}  // namespace concordat::federation
