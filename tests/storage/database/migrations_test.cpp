#include "storage/database/migrations.hpp"

#include <future>

#include "tests/storage/database/database_fixture.hpp"

namespace concordat::storage {
namespace {

TEST(Migrations, AnEmptyDatabaseGetsEveryStepOnce) {
    Keys keys;
    Database db({test::fresh_database(), 2, 20s}, *keys.ring);
    EXPECT_EQ(schema_of(db), 0);
    EXPECT_EQ(migrate(db), static_cast<int>(migrations().size()));
    EXPECT_EQ(schema_of(db), newest_schema());
    EXPECT_EQ(migrate(db), 0);
}

TEST(Migrations, StepsAreNumberedInOrder) {
    for (std::size_t i = 0; i < migrations().size(); ++i)
        EXPECT_EQ(migrations()[i].number, static_cast<int>(i) + 1);
}

TEST(Migrations, NodesThatStartTogetherTakeTurns) {
    Keys keys;
    const auto dsn = test::fresh_database();
    std::vector<std::future<int>> nodes;
    std::vector<std::unique_ptr<Database>> databases;
    for (int i = 0; i < 3; ++i)
        databases.push_back(std::make_unique<Database>(DatabaseOptions{dsn, 1, 20s}, *keys.ring));
    for (auto& db : databases)
        nodes.push_back(std::async(std::launch::async, [&db] { return migrate(*db); }));
    int ran = 0;
    for (auto& node : nodes) ran += node.get();
    EXPECT_EQ(ran, static_cast<int>(migrations().size()));
}

TEST(Migrations, ADatabaseOfANewerVersionIsRefusedInASentence) {
    Base base;
    base.db.read([](Tx& tx) { tx.exec("insert into schema_steps (number, name) values (9999, 'later')"); });
    try {
        migrate(base.db);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.id(), "storage.schema_newer");
        EXPECT_NE(error.text().find("9999"), std::string::npos);
    }
}

}  // namespace
}  // namespace concordat::storage
