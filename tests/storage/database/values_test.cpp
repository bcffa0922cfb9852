#include "storage/database/values.hpp"

#include <limits>

#include "tests/storage/database/database_fixture.hpp"

namespace concordat::storage {
namespace {

TEST(Values, TextsComeThroughArraysWhateverIsInThem) {
    Base base;
    const std::vector<std::string> texts{"",
                                         " ",
                                         "NULL",
                                         "null",
                                         "a,b",
                                         "{x}",
                                         "\"quoted\"",
                                         "back\\slash",
                                         "new\nline",
                                         "tab\t",
                                         "é€\xF0\x9F\x98\x80",
                                         "'"};
    base.db.read([&](Tx& tx) {
        const auto rows =
            tx.exec("select t from unnest($1::text[]) with ordinality u(t, n) order by n", array_of(texts));
        ASSERT_EQ(rows.size(), texts.size());
        for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(text_in(rows[i][0]), texts[i]);
        EXPECT_EQ(tx.exec("select 1 from unnest($1::text[])", array_of(std::vector<std::string>())).size(),
                  0u);
    });
}

TEST(Values, BytesComeThroughAloneAndInArrays) {
    Base base;
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    base.db.read([&](Tx& tx) {
        EXPECT_EQ(bytes_in(tx.exec("select $1::bytea", bytea(all))[0][0]), all);
        EXPECT_EQ(bytes_in(tx.exec("select $1::bytea", bytea(""))[0][0]), "");
        EXPECT_EQ(bytes_in(tx.exec("select null::bytea")[0][0]), "");
        const auto rows = tx.exec("select b from unnest($1::bytea[]) with ordinality u(b, n) order by n",
                                  array_of_bytes({all, "", "x"}));
        EXPECT_EQ(bytes_in(rows[0][0]), all);
        EXPECT_EQ(bytes_in(rows[1][0]), "");
        EXPECT_EQ(bytes_in(rows[2][0]), "x");
    });
}

TEST(Values, IdsAndNumbersComeThroughAndEmptyIdsCanBeNull) {
    Base base;
    const std::vector<PostId> ids{PostId::fresh(), PostId(), PostId::fresh()};
    base.db.read([&](Tx& tx) {
        EXPECT_EQ(ids_in<PostId>(tx.exec("select $1::uuid[]", array_of(ids))[0][0]), ids);
        EXPECT_TRUE(ids_in<PostId>(tx.exec("select '{}'::uuid[]")[0][0]).empty());
        EXPECT_EQ(ids_in<PostId>(tx.exec("select $1::uuid[]", array_of(std::vector{ids[0]}))[0][0]).size(),
                  1u);
        EXPECT_EQ(id_in<PostId>(tx.exec("select $1::uuid", ids[0])[0][0]), ids[0]);
        EXPECT_TRUE(tx.exec("select $1::uuid", NullableId(PostId()))[0][0].is_null());
        EXPECT_EQ(id_in<PostId>(tx.exec("select $1::uuid", NullableId(ids[2]))[0][0]), ids[2]);
        EXPECT_TRUE(id_in<PostId>(tx.exec("select null::uuid")[0][0]).empty());
        EXPECT_EQ(int_in(tx.exec("select count(*) from unnest($1::uuid[]) u where u is null",
                                 array_of_nullable(ids))[0][0]),
                  1);
        const std::vector<std::int64_t> numbers{std::numeric_limits<std::int64_t>::min(), 0,
                                                std::numeric_limits<std::int64_t>::max()};
        const auto rows = tx.exec("select n from unnest($1::bigint[]) with ordinality u(n, at) order by at",
                                  array_of(numbers));
        for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(int_in(rows[i][0]), numbers[i]);
        EXPECT_EQ(int_in(tx.exec("select null::bigint")[0][0]), 0);
        EXPECT_TRUE(bool_in(tx.exec("select true")[0][0]));
        EXPECT_FALSE(bool_in(tx.exec("select false")[0][0]));
        EXPECT_FALSE(bool_in(tx.exec("select null::bool")[0][0]));
    });
}

}  // namespace
}  // namespace concordat::storage
