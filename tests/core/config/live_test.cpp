#include "core/config/live.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/log.hpp"
#include "core/config/keys.hpp"

namespace concordat {
namespace {

class LiveSettingsTest : public ::testing::Test {
protected:
    LiveSettingsTest() { write(R"({"TeamSettings":{"SiteName":"One"}})"); }
    ~LiveSettingsTest() override { std::remove(path_.c_str()); }

    // As careful administrators and tools do: beside it, then in its place.
    void write(const std::string& text) {
        std::ofstream(path_ + ".new") << text;
        std::rename((path_ + ".new").c_str(), path_.c_str());
    }

    template <class Condition>
    static bool soon(Condition condition) {
        auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return true;
    }

    const std::string path_ = ::testing::TempDir() + "live_test_" + std::to_string(::getpid()) + ".json";
};

TEST_F(LiveSettingsTest, ReloadPutsTheNewFileInForceAndTellsListeners) {
    LiveSettings live(path_, {});
    auto old = live.current();
    std::string told;
    live.on_change([&](const Settings& before, const Settings& now) {
        told += before.TeamSettings.SiteName + ">" + now.TeamSettings.SiteName;
    });
    EXPECT_FALSE(live.reload());  // nothing changed
    write(R"({"TeamSettings":{"SiteName":"Two"}})");
    EXPECT_TRUE(live.reload());
    EXPECT_EQ(told, "One>Two");
    EXPECT_EQ(live.current()->TeamSettings.SiteName, "Two");
    EXPECT_EQ(old->TeamSettings.SiteName, "One");  // who held it keeps it
}

TEST_F(LiveSettingsTest, ABrokenFileLeavesTheOldSettingsInForceAndIsNamedInOneLine) {
    LiveSettings live(path_, {});
    bool told = false;
    live.on_change([&](const Settings&, const Settings&) { told = true; });
    ::testing::internal::CaptureStderr();
    write(R"({"ServiceSettings":{"ListenAddress":"80x"},"TeamSettings":{"SiteName":"Two"}})");
    EXPECT_FALSE(live.reload());
    auto log = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("ServiceSettings.ListenAddress"), std::string::npos);
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1);
    std::remove(path_.c_str());
    EXPECT_FALSE(live.reload());
    EXPECT_EQ(live.current()->TeamSettings.SiteName, "One");
    EXPECT_FALSE(told);
}

TEST_F(LiveSettingsTest, SaysWhichKeysWaitForARestart) {
    LiveSettings live(path_, {});
    write(R"({"TeamSettings":{"SiteName":"Two"},"ConcordatSettings":{"Workers":3}})");
    ::testing::internal::CaptureStderr();
    EXPECT_TRUE(live.reload());
    auto log = ::testing::internal::GetCapturedStderr();
    auto line = log.find("after a restart");
    ASSERT_NE(line, std::string::npos);
    EXPECT_NE(log.find("ConcordatSettings.Workers", line), std::string::npos);
    EXPECT_EQ(log.find("TeamSettings.SiteName", line), std::string::npos);
}

TEST_F(LiveSettingsTest, WatchingSeesTheFileChange) {
    LiveSettings live(path_, {});
    live.watch();
    write(R"({"TeamSettings":{"SiteName":"Two"}})");
    EXPECT_TRUE(soon([&] { return live.current()->TeamSettings.SiteName == "Two"; }));
}

TEST_F(LiveSettingsTest, ARequestReloadsWithoutWaitingForTheClock) {
    LiveSettings live(path_, {});
    live.watch();
    write(R"({"TeamSettings":{"SiteName":"Two"}})");
    live.request_reload();
    EXPECT_TRUE(soon([&] { return live.current()->TeamSettings.SiteName == "Two"; }));
}

TEST_F(LiveSettingsTest, TheEnvironmentStaysStrongerThanTheFile) {
    LiveSettings live(path_, {{"MM_TEAMSETTINGS_SITENAME", "Fixed"}});
    write(R"({"TeamSettings":{"SiteName":"Two"}})");
    EXPECT_FALSE(live.reload());
    EXPECT_EQ(live.current()->TeamSettings.SiteName, "Fixed");
}

class ChangedSettingsTest : public LiveSettingsTest {
protected:
    LiveSettings::Changes change(LiveSettings& live, const std::string& sections,
                                 LiveSettings::From from = LiveSettings::From::administrator) {
        return live.change(json::parse(sections).as_object(), from, [&](const LiveSettings::Change& change) {
            ++writes_;
            EXPECT_EQ(change.file, path_);
            write(change.text);
        });
    }
    std::string refusal(LiveSettings& live, const std::string& sections) {
        try {
            change(live, sections);
        } catch (const Error& e) {
            return e.id();
        }
        return "none";
    }
    std::string file() const {
        std::ifstream in(path_);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    int writes_ = 0;
};

TEST_F(ChangedSettingsTest, TheFileKeepsWhatWasNotChangedAndWhatNobodyKnows) {
    write(
        R"({"Later":{"Key":[1,{"a":null}]},"TeamSettings":{"SiteName":"One","Odd":7,"MaxUsersPerTeam":60}})");
    LiveSettings live(path_, {});
    const auto changes = change(live, R"({"TeamSettings":{"SiteName":"Two","MaxUsersPerTeam":60},
                                          "LogSettings":{"ConsoleLevel":"DEBUG"}})");
    ASSERT_EQ(changes.size(), 2u);
    EXPECT_EQ(changes[0]->path(), "TeamSettings.SiteName");
    EXPECT_EQ(changes[1]->path(), "LogSettings.ConsoleLevel");
    EXPECT_EQ(live.current()->TeamSettings.SiteName, "Two");
    EXPECT_EQ(live.at_start().TeamSettings.SiteName, "One");
    EXPECT_EQ(file(), R"({
    "Later": {
        "Key": [1,{"a":null}]
    },
    "TeamSettings": {
        "SiteName": "Two",
        "Odd": 7,
        "MaxUsersPerTeam": 60
    },
    "LogSettings": {
        "ConsoleLevel": "DEBUG"
    }
}
)");
}

TEST_F(ChangedSettingsTest, NothingIsWrittenWhenNothingChanges) {
    write(R"({"EmailSettings":{"SMTPPassword":"s3cret"}})");
    LiveSettings live(path_, {});
    EXPECT_TRUE(change(live, R"({"EmailSettings":{"SMTPPassword":"********************************",
        "SMTPPort":null},"Nowhere":{"Key":null},"Empty":null})")
                    .empty());
    EXPECT_EQ(writes_, 0);
    EXPECT_EQ(live.current()->EmailSettings.SMTPPassword, "s3cret");
}

TEST_F(ChangedSettingsTest, WhatCannotBeIsRefusedAndChangesNothing) {
    LiveSettings live(path_, {{"MM_TEAMSETTINGS_MAXUSERSPERTEAM", "70"}});
    const auto before = file();
    EXPECT_EQ(refusal(live, R"({"TeamSettings":{"Sitename":"Two"}})"), "config.unknown");
    EXPECT_EQ(refusal(live, R"({"Team":{"SiteName":"Two"}})"), "config.unknown");
    EXPECT_EQ(refusal(live, R"({"TeamSettings":"Two"})"), "config.invalid");
    EXPECT_EQ(refusal(live, R"({"TeamSettings":{"SiteName":7}})"), "config.invalid");
    EXPECT_EQ(refusal(live, R"({"ServiceSettings":{"ListenAddress":"80x"}})"), "config.invalid");
    EXPECT_EQ(refusal(live, R"({"ServiceSettings":{"TLSCertFile":"/etc/a","TLSKeyFile":"/etc/b"}})"),
              "config.local");
    EXPECT_EQ(refusal(live, R"({"SqlSettings":{"DataSource":"host=/elsewhere"}})"), "config.local");
    EXPECT_EQ(refusal(live, R"({"TeamSettings":{"MaxUsersPerTeam":80}})"), "config.environment");
    EXPECT_EQ(refusal(live, R"({"TeamSettings":{"MaxUsersPerTeam":70}})"), "none");  // as it is
    EXPECT_EQ(file(), before);
    EXPECT_EQ(writes_, 0);
    write("{");
    EXPECT_EQ(refusal(live, R"({"TeamSettings":{"SiteName":"Two"}})"), "config.invalid");
    EXPECT_EQ(live.current()->TeamSettings.SiteName, "One");
    LiveSettings fixed{Settings{}};
    EXPECT_EQ(refusal(fixed, R"({"TeamSettings":{"SiteName":"Two"}})"), "config.no_file");
}

TEST_F(ChangedSettingsTest, AtTheMachineFilesMayBeNamed) {
    LiveSettings live(path_, {});
    change(live, R"({"ConcordatSettings":{"AuditWitnessFile":"/mnt/witness"}})", LiveSettings::From::machine);
    EXPECT_EQ(live.current()->ConcordatSettings.AuditWitnessFile, "/mnt/witness");
}

TEST_F(ChangedSettingsTest, WhoCannotWriteChangesNothing) {
    LiveSettings live(path_, {});
    const auto change_it = [&] {
        live.change(json::parse(R"({"TeamSettings":{"SiteName":"Two"}})").as_object(),
                    LiveSettings::From::administrator, [](const LiveSettings::Change&) {
                        throw Error(Fault::unavailable, "storage.disk_full");
                    });
    };
    EXPECT_THROW(change_it(), Error);
    EXPECT_EQ(live.current()->TeamSettings.SiteName, "One");
}

TEST_F(ChangedSettingsTest, AFileThatNeedNotBeThereIsMadeAndReadWhenItIs) {
    std::remove(path_.c_str());
    EXPECT_THROW(LiveSettings(path_, {}), Error);
    LiveSettings live(path_, {}, LiveSettings::File::optional);
    EXPECT_FALSE(live.reload());
    change(live, R"({"TeamSettings":{"SiteName":"Two"}})");
    EXPECT_EQ(live.current()->TeamSettings.SiteName, "Two");
    // Once it was there its absence is a mistake, and not a wish for defaults.
    std::remove(path_.c_str());
    EXPECT_FALSE(live.reload());
    EXPECT_THROW(live.reload_or_throw(), Error);
    EXPECT_EQ(live.current()->TeamSettings.SiteName, "Two");
}

TEST_F(ChangedSettingsTest, AListenerThatIsGoneIsNotCalled) {
    LiveSettings live(path_, {});
    int told = 0;
    live.on_change([&](const Settings&, const Settings&) { ++told; });
    change(live, R"({"TeamSettings":{"SiteName":"Two"}})");
    EXPECT_EQ(told, 1);
    live.stop();
    change(live, R"({"TeamSettings":{"SiteName":"Three"}})");
    EXPECT_EQ(told, 1);
}

TEST_F(LiveSettingsTest, ReplacingChecksFirst) {
    LiveSettings live{Settings{}};
    live.watch();
    EXPECT_FALSE(live.reload());
    Settings next;
    next.TeamSettings.SiteName = "Three";
    live.replace(next);
    EXPECT_EQ(live.current()->TeamSettings.SiteName, "Three");
    next.ServiceSettings.ListenAddress = "nowhere";
    EXPECT_THROW(live.replace(next), Error);
    EXPECT_EQ(live.current()->ServiceSettings.ListenAddress, ":8065");
}

TEST_F(LiveSettingsTest, ManyThreadsReadWhileOneChanges) {
    LiveSettings live{Settings{}};
    std::atomic<bool> done = false;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            while (!done) {
                auto seen = live.current();
                if (seen->TeamSettings.SiteName != "Concordat" && seen->TeamSettings.SiteName != "Other")
                    ++wrong;
            }
        });
    }
    set_log_level(LogLevel::error);
    for (int i = 0; i < 50; ++i) {
        Settings next;
        if (i % 2 == 0) next.TeamSettings.SiteName = "Other";
        live.replace(std::move(next));
    }
    set_log_level(LogLevel::info);
    done = true;
    for (auto& reader : readers) reader.join();
    EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace concordat
