#include "messaging/screening/checked_numbers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace concordat::messaging {
namespace {

std::string first(const std::vector<Found>& found, std::string_view text) {
    return found.empty() ? std::string() : std::string(text.substr(found[0].start, found[0].length));
}
std::string card(std::string_view text) {
    return first(card_numbers(text, 10), text);
}
std::string account(std::string_view text) {
    return first(account_numbers(text, 10), text);
}

TEST(CheckedNumbers, CardsAreFoundInAnyGrouping) {
    EXPECT_EQ(card("4111111111111111"), "4111111111111111");
    EXPECT_EQ(card("it is 4111 1111 1111 1111, valid 12/27"), "4111 1111 1111 1111");
    EXPECT_EQ(card("5500-0000-0000-0004."), "5500-0000-0000-0004");
    EXPECT_EQ(card("3782.822463.10005"), "3782.822463.10005");
    EXPECT_EQ(card("12 4111111111111111"), "4111111111111111");  // what stands before is no part of it
    EXPECT_EQ(card("4222222222222"), "4222222222222");           // 13 digits
    EXPECT_EQ(card_numbers("4111111111111111 and 5500000000000004", 10).size(), 2u);
    EXPECT_EQ(card_numbers("4111111111111111 and 5500000000000004", 1).size(), 1u);
}

TEST(CheckedNumbers, WhatProvesNothingIsNoCard) {
    EXPECT_EQ(card("4111111111111112"), "");      // another check digit
    EXPECT_EQ(card("411111111111"), "");          // too short
    EXPECT_EQ(card("41111111111111110000"), "");  // part of something longer
    EXPECT_EQ(card("4111  1111 1111 1111"), "");
    EXPECT_EQ(card("id4111111111111111"), "");
    EXPECT_EQ(card("0000000000000000"), "");
    EXPECT_EQ(card(std::string(100000, '4')), "");
    EXPECT_EQ(card(""), "");
}

TEST(CheckedNumbers, AccountsAreFoundByCountryAndCheckDigits) {
    EXPECT_EQ(account("DE89370400440532013000"), "DE89370400440532013000");
    EXPECT_EQ(account("pay to DE89 3704 0044 0532 0130 00 by Friday"), "DE89 3704 0044 0532 0130 00");
    EXPECT_EQ(account("gb29 nwbk 6016 1331 9268 19."), "gb29 nwbk 6016 1331 9268 19");
    EXPECT_EQ(account("FR1420041010050500013M02606"), "FR1420041010050500013M02606");
    EXPECT_EQ(account("NO9386011117947"), "NO9386011117947");
    EXPECT_EQ(account("DE88370400440532013000"), "");
    EXPECT_EQ(account("DE8937040044053201300"), "");
    EXPECT_EQ(account("DE893704004405320130001"), "");
    EXPECT_EQ(account("ZZ89370400440532013000"), "");
    EXPECT_EQ(account("xDE89370400440532013000"), "");
    EXPECT_EQ(account("DE89  3704 0044 0532 0130 00"), "");
    EXPECT_EQ(account("DE"), "");
    EXPECT_EQ(account(std::string(100000, 'D')), "");
}

}  // namespace
}  // namespace concordat::messaging
