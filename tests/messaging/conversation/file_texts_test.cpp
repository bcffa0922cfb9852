// Words inside files: read after the upload, kept sealed, found, tried again, given up, gone.
#include "messaging/conversation/file_texts.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "core/model/facts.hpp"
#include "messaging/search/search_feed.hpp"
#include "storage/database/data_keys.hpp"
#include "storage/journal/journal.hpp"
#include "storage/search/search_index.hpp"
#include "storage/tables/file_texts.hpp"
#include "tests/messaging/conversation/file_fixture.hpp"
#include "tests/messaging/document/zip_maker.hpp"

namespace concordat::messaging {
namespace {

using Names = std::vector<std::string>;

class FileTextsTest : public FileFixture {
protected:
    FileTextsTest() : FileFixture(settings_for_files(4 << 20)) { indexed.use_index(index); }

    FileInfo posted(const std::string& name, std::string_view bytes) {
        const auto file = add(alice, name, bytes);
        attach(file);
        return file;
    }
    void read_all_texts() {
        while (texts.round()) {
        }
    }
    Names names_of(const FoundFiles& found) {
        Names out;
        for (const auto& id : found.order) out.push_back(found.file_infos.at(id.text()).name);
        return out;
    }
    // With the index and without say the same.
    Names found(const std::string& terms, const User& who) {
        while (feed.round()) {
        }
        const FileSearch search{terms, false, 0, false, 0, 60};
        auto names = names_of(indexed.search(store.actor(who), team.id, search));
        EXPECT_EQ(names_of(files.search(store.actor(who), team.id, search)), names) << terms;
        return names;
    }
    Names found(const std::string& terms) { return found(terms, alice); }
    std::string column(const FileId& id, const std::string& what) {
        return store.db.read([&](storage::Tx& tx) {
            return std::string(
                tx.exec("select (" + what + ")::text from files where id = $1", id)[0][0].c_str());
        });
    }
    template <class Change>
    void change(Change change) {
        auto next = *store.settings.current();
        change(next);
        store.settings.replace(std::move(next));
    }
    void run(const std::string& sql) {
        store.db.read([&](storage::Tx& tx) { tx.run_script(sql); });
    }

    Metrics metrics;
    storage::Journal journal{store.db, metrics};
    storage::SearchIndex index{store.db, *store.keyring, store.directory.path("search")};
    SearchFeed feed{store.db, journal, index};
    Files indexed{store.db, blobs, store.gate, media_workers(), store.settings};
    DocumentReader reader{std::string(test::bin_dir) + "/concordat-text"};
    FileTexts texts{store.db, blobs, reader, metrics, store.settings};
};

TEST_F(FileTextsTest, WordsInsideAreFoundOnceTheyWereRead) {
    posted("report.pdf", test::pdf_of("Quarterly pelican figures"));
    posted("letter.docx", test::docx_of("<w:p><w:t>Dear albatross</w:t></w:p>"));
    posted("notes.odt", test::odt_of("<text:p>p\u00E9licans, two</text:p>"));
    posted("plain.txt", "a heron");
    posted("picture.bin", std::string("\0\1", 2));
    EXPECT_EQ(found("pelican"), Names{});
    EXPECT_EQ(found("plain"), Names{"plain.txt"}) << "names are found at once";
    read_all_texts();
    EXPECT_EQ(found("pelican"), (Names{"notes.odt", "report.pdf"})) << "with other endings, too";
    EXPECT_EQ(found("\"pelican figures\""), Names{"report.pdf"});
    EXPECT_EQ(found("albatr*"), Names{"letter.docx"});
    EXPECT_EQ(found("letter albatross"), Names{"letter.docx"}) << "a word of the name and one inside";
    EXPECT_EQ(found("pelican -quarterly"), Names{"notes.odt"});
    EXPECT_EQ(found("letter -albatross"), Names{});
    EXPECT_EQ(found("pelican ext:pdf"), Names{"report.pdf"});
    EXPECT_EQ(found("heron", carol), Names{}) << "she is not in the channel";
    EXPECT_EQ(store.facts<FileTextRead>().size(), 4u);
    EXPECT_FALSE(texts.round()) << "each is read once";
    EXPECT_NE(metrics.text().find("concordat_file_texts_total{outcome=\"read\"} 5"), std::string::npos);
    EXPECT_NE(metrics.text().find("concordat_file_texts_waiting 0"), std::string::npos);
}

TEST_F(FileTextsTest, TheTextIsKeptSealedUnderTheKeyOfTheFileAndDiesWithIt) {
    const auto file = add(alice, "secret.txt", "pelicanpelican");
    store.wait(9 * 86'400'000ll);  // read in another week: under the key of the first all the same
    read_all_texts();
    const auto raw = column(file.id, "encode(body_text, 'escape')");
    EXPECT_EQ(raw.find("pelican"), std::string::npos);
    EXPECT_EQ(column(file.id, "substr(body_text, 2, 4) = substr(details, 2, 4)"), "true")
        << "the same day's key";
    const auto text = [&] {
        return store.db.read([&](storage::Tx& tx) { return storage::FileTextTable(tx).text(file); });
    };
    EXPECT_EQ(text(), "pelicanpelican");
    run("delete from data_keys where day = (select min(day) from data_keys)");
    store.db.keys().forget();
    EXPECT_EQ(refusal(text), "storage.key.missing");
}

TEST_F(FileTextsTest, ATextThatCannotBeReadAnyMoreLeavesTheNameFound) {
    const auto file = posted("pelican.txt", "heron");
    read_all_texts();
    EXPECT_EQ(found("heron"), Names{"pelican.txt"});
    run("update files set body_text = substr(body_text, 1, length(body_text) - 1)");
    EXPECT_EQ(found("pelican"), Names{"pelican.txt"});
    EXPECT_EQ(found("heron"), Names{});
    feed.rebuild();
    EXPECT_EQ(found("pelican"), Names{"pelican.txt"});
}

TEST_F(FileTextsTest, FilesThatWereThereBeforeAreReadAndARebuildKeepsTheirWords) {
    posted("old.txt", "pelican");
    posted("new.txt", "pelican heron");
    EXPECT_EQ(texts.round(), true);
    EXPECT_EQ(found("heron"), Names{"new.txt"}) << "the newest first";
    read_all_texts();
    feed.rebuild();
    EXPECT_EQ(found("pelican"), (Names{"new.txt", "old.txt"}));
    storage::SearchIndex again(store.db, *store.keyring, store.directory.path("search2"));
    SearchFeed fresh(store.db, journal, again);
    while (fresh.round()) {
    }
    indexed.use_index(again);
    EXPECT_EQ(names_of(indexed.search(store.actor(alice), team.id, {"pelican", false, 0, false, 0, 60})),
              (Names{"new.txt", "old.txt"}));
}

TEST_F(FileTextsTest, WhatHasNoWordsOrIsBrokenIsTriedOnce) {
    const auto broken = posted("broken.docx", "PK\x03\x04 nothing");
    const auto bomb = posted("bomb.docx", test::zip_of({{"word/document.xml", "<!DOCTYPE d []><d/>"}}));
    const auto empty = posted("empty.txt", "");
    read_all_texts();
    store.wait(3'600'000);
    EXPECT_FALSE(texts.round());
    EXPECT_EQ(column(broken.id, "text_outcome"), "damaged");
    EXPECT_EQ(column(bomb.id, "text_outcome"), "damaged");
    EXPECT_EQ(column(empty.id, "text_outcome"), "read");
    EXPECT_EQ(column(empty.id, "text_attempts"), "1");
    EXPECT_TRUE(store.facts<FileTextRead>().empty());
}

TEST_F(FileTextsTest, AFileThatBringsTheReaderDownIsTriedThreeTimesWithPauses) {
    const auto path = store.directory.path("fatal");
    // The hello of a reader, then its end.
    std::ofstream(path)
        << "#!/bin/sh\nprintf '\\061\\130\\124\\103\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0' >&0\n";
    chmod(path.c_str(), 0700);
    DocumentReader fatal(path);
    FileTexts worker(store.db, blobs, fatal, metrics, store.settings);
    const auto poison = posted("poison.txt", "word");
    posted("good.txt", "heron");
    run("update files set text_due_at = 0 where id <> '" + poison.id.uuid() + "'");
    for (const Millis pause : {0, 10'000, 30'000}) {
        store.wait(pause);
        EXPECT_TRUE(worker.round()) << pause;
        EXPECT_FALSE(worker.round()) << "not again before its pause is over";
    }
    EXPECT_EQ(column(poison.id, "text_outcome"), "died");
    EXPECT_EQ(column(poison.id, "text_due_at"), "0");
    store.wait(86'400'000);
    EXPECT_FALSE(worker.round());
}

TEST_F(FileTextsTest, ANodeThatEndsInTheMiddleTriesAgainAndNotForEver) {
    const auto file = posted("word.txt", "heron");
    // What a node leaves that is killed after it began.
    const auto begun = [&] {
        store.db.read([&](storage::Tx& tx) {
            storage::FileTextTable(tx).begin(file.id, store.now(), FileTexts::first_pause);
        });
    };
    begun();
    EXPECT_FALSE(texts.round());
    EXPECT_EQ(column(file.id, "text_attempts"), "1");
    store.wait(FileTexts::first_pause + 1);
    EXPECT_TRUE(texts.round());
    EXPECT_EQ(found("heron"), Names{"word.txt"});
    const auto other = posted("other.txt", "stork");
    for (int i = 0; i < FileTexts::most_tries; ++i)
        store.db.read([&](storage::Tx& tx) {
            storage::FileTextTable(tx).begin(other.id, store.now(), FileTexts::first_pause);
        });
    store.wait(86'400'000);
    EXPECT_TRUE(texts.round());
    EXPECT_EQ(column(other.id, "text_outcome"), "interrupted");
    EXPECT_FALSE(texts.round());
    EXPECT_EQ(found("stork"), Names{});
}

TEST_F(FileTextsTest, AProgramThatIsMissingUsesUpNoTries) {
    const auto file = posted("word.txt", "heron");
    DocumentReader missing("/nowhere/concordat-text");
    FileTexts worker(store.db, blobs, missing, metrics, store.settings);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(refusal([&] { worker.round(); }), "messaging.file_text.unavailable");
        store.wait(100'000);
    }
    EXPECT_EQ(column(file.id, "text_attempts"), "0");
    EXPECT_TRUE(texts.round());
    EXPECT_EQ(found("heron"), Names{"word.txt"});
}

TEST_F(FileTextsTest, ABodyOrRowThatIsLostDoesNotStopTheOthers) {
    const auto good = posted("good.txt", "heron");
    const auto bodiless = posted("bodiless.txt", "stork");
    const auto nameless = posted("nameless.txt", "stork");
    run("update files set blob = '" + FileId::fresh(store.now()).uuid() + "' where id = '" +
        bodiless.id.uuid() + "'");
    run("update files set details = substr(details, 1, length(details) - 1) where id = '" +
        nameless.id.uuid() + "'");
    read_all_texts();
    EXPECT_EQ(column(bodiless.id, "text_outcome"), "lost");
    EXPECT_EQ(column(nameless.id, "text_outcome"), "lost");
    EXPECT_EQ(column(good.id, "text_outcome"), "read");
    EXPECT_EQ(found("heron"), Names{"good.txt"});
}

TEST_F(FileTextsTest, DeletedFilesAreNotReadAndNotFound) {
    const auto gone = posted("gone.txt", "heron");
    const auto later = posted("later.txt", "heron");
    const auto remove = [&](const FileInfo& file) {
        store.db.read([&](storage::Tx& tx) { storage::FileTable(tx).mark_deleted({file.id}, tx.now()); });
    };
    remove(gone);
    read_all_texts();
    EXPECT_EQ(column(gone.id, "text_attempts"), "0");
    EXPECT_EQ(found("heron"), Names{"later.txt"});
    remove(later);
    EXPECT_EQ(found("heron"), Names{});
}

TEST_F(FileTextsTest, ArchivesAreOpenedWhenTheSettingSaysSo) {
    const auto zip = test::zip_of({{"inside/heron.txt", "a stork"}});
    posted("one.zip", zip);
    read_all_texts();
    EXPECT_EQ(found("heron"), Names{"one.zip"}) << "the names of what is in it";
    EXPECT_EQ(found("stork"), Names{});
    change([](Settings& s) { s.FileSettings.ArchiveRecursion = true; });
    posted("two.zip", zip);
    read_all_texts();
    EXPECT_EQ(found("stork"), Names{"two.zip"});
}

TEST_F(FileTextsTest, TheThreadReadsWhenThereIsSomethingAndTheSettingIsOn) {
    const auto wait_for = [&](const std::function<bool()>& is_so) {
        for (int i = 0; i < 600 && !is_so(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return is_so();
    };
    change([](Settings& s) { s.FileSettings.ExtractContent = false; });
    const auto file = posted("word.txt", "heron");
    texts.start();
    texts.wake();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_EQ(column(file.id, "text_outcome"), "");
    change([](Settings& s) { s.FileSettings.ExtractContent = true; });
    texts.wake();
    EXPECT_TRUE(wait_for([&] { return column(file.id, "text_outcome") == "read"; }));
    texts.stop();
    EXPECT_EQ(found("heron"), Names{"word.txt"});
}

TEST_F(FileTextsTest, AStopLeavesTheFileAtHandWithoutCountingATry) {
    const auto path = store.directory.path("slow");
    std::ofstream(path) << "#!/bin/sh\nprintf '\\061\\130\\124\\103\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0' "
                           ">&0\ntouch " +
                               path + ".begun\nexec sleep 300\n";
    chmod(path.c_str(), 0700);
    DocumentReader slow(path);
    FileTexts worker(store.db, blobs, slow, metrics, store.settings);
    const auto file = posted("word.txt", "heron");
    worker.start();
    for (int i = 0; i < 600 && !std::filesystem::exists(path + ".begun"); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const auto began = std::chrono::steady_clock::now();
    worker.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
    EXPECT_EQ(column(file.id, "text_attempts"), "0");
    store.wait(FileTexts::first_pause + 1);
    EXPECT_TRUE(texts.round());
    EXPECT_EQ(found("heron"), Names{"word.txt"});
}

}  // namespace
}  // namespace concordat::messaging
