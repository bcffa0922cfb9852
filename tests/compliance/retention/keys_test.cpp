// What cannot be read any more: with old copies of the database and the key store as it is afterwards.
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <fstream>

#include "storage/crypto/master_key.hpp"
#include "storage/tables/drafts.hpp"
#include "storage/tables/scheduled_posts.hpp"
#include "tests/compliance/retention/retaining.hpp"

namespace concordat::compliance {
namespace {

// What a dump of the database would hold of messages, to be opened later with whatever keys there are then.
struct Dump {
    struct Key {
        storage::BucketId bucket;
        std::string wrapped;
    };
    std::map<std::pair<ChannelId, std::int64_t>, Key> keys;
    std::map<PostId, std::pair<ChannelId, std::string>> posts;

    explicit Dump(Retaining& r) {
        r.store.db.read([&](storage::Tx& tx) {
            for (const auto& row : tx.exec("select scope, day, bucket, wrapped from data_keys"))
                keys[{storage::id_in<ChannelId>(row[0]), storage::int_in(row[1])}] = {
                    storage::id_in<storage::BucketId>(row[2]), storage::bytes_in(row[3])};
            for (const auto& row : tx.exec("select id, channel_id, body from posts"))
                posts[storage::id_in<PostId>(row[0])] = {storage::id_in<ChannelId>(row[1]),
                                                         storage::bytes_in(row[2])};
        });
    }
    // The id of the error, or the text.
    std::string open(const storage::Keyring& keyring, const PostId& id) const {
        const auto& [channel, sealed] = posts.at(id);
        try {
            const auto day = storage::day_of_sealed(sealed);
            const auto& key = keys.at({channel, day});
            const storage::DataKey data_key(keyring.unwrap(key.bucket, key.wrapped, channel.bytes(), day));
            const auto plain =
                storage::open(data_key, {storage::Kind::post, channel.bytes(), id.bytes(), 0}, sealed);
            return std::string(json::parse(plain).at("message").as_string());
        } catch (const Error& e) {
            return e.id();
        }
    }
};

TEST(KeyDestruction, AnOldDumpIsUnreadableWithTheKeyStoreOfAfterwards) {
    Retaining r;
    const auto quiet = r.store.channel(r.team, "quiet");
    r.store.add(r.alice, quiet);
    r.limit(-1, {quiet.id});
    const auto secret = r.say(r.alice, "the secret words"), kept = r.say(r.alice, quiet, "the kept words");
    const Dump before(r);
    EXPECT_EQ(before.open(*r.store.keyring, secret.id), "the secret words");
    r.store.wait(40 * a_day);
    const auto job = r.retain();
    EXPECT_EQ(Retaining::count(job, "buckets"), 1);
    EXPECT_EQ(Retaining::count(job, "data_keys"), 1);

    // The dump from before has wrapped keys of the bucket that is gone: nothing of it opens.
    EXPECT_EQ(before.open(*r.store.keyring, secret.id), "storage.key.destroyed");
    EXPECT_EQ(before.open(*r.store.keyring, kept.id), "storage.key.destroyed");
    // Also for who has the key store file and the master key.
    std::ifstream file(r.store.directory.path("store.json"));
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    const auto store = json::parse(bytes);
    for (const auto& one : store.at("buckets").as_array())
        EXPECT_EQ(one.at("wrapped").as_string().empty(), one.at("state").as_string() != "live");
    // The live database opens what is kept, with a key that was wrapped by another bucket before.
    EXPECT_EQ(r.text_of(kept.id), "the kept words");
    const Dump after(r);
    EXPECT_EQ(after.open(*r.store.keyring, kept.id), "the kept words");
    EXPECT_FALSE(after.posts.contains(secret.id));
    EXPECT_EQ(r.state_of("messages"), storage::BucketState::destroyed);
    EXPECT_EQ(r.state_of("kept-1"), storage::BucketState::live);
}

TEST(KeyDestruction, WhatTheJournalKnewOfItGoesToo) {
    Retaining r;
    r.say(r.alice, "words");
    const auto told = [&] { return r.number("select count(*) from journal where kind = 'post_created'"); };
    EXPECT_EQ(told(), 1);
    r.store.wait(40 * a_day);
    const auto job = r.retain();
    EXPECT_EQ(told(), 0);
    EXPECT_GE(Retaining::count(job, "journal_entries"), 1);
    EXPECT_EQ(r.rows("destroyed_keys"), 0);
    EXPECT_GT(r.number("select count(*) from journal where kind = 'identity_decided'"), 0);
}

TEST(KeyDestruction, AWeekThatIsNotOverKeepsItsKey) {
    Retaining r;
    const auto post = r.say(r.alice, "words");
    // The message is past its time as soon as the thirty days are over; its week only with its last day.
    const auto ends = week_ends(storage::week_of_day(storage::day_of(post.create_at)));
    r.store.wait(30 * a_day + 1000);
    auto job = r.retain();
    const bool is_over = r.store.now() - 30 * a_day >= ends;
    EXPECT_EQ(Retaining::count(job, "posts"), 1);
    EXPECT_EQ(Retaining::count(job, "buckets"), is_over ? 1 : 0);
    r.store.wait(7 * a_day);
    job = r.retain();
    EXPECT_EQ(Retaining::count(job, "buckets"), is_over ? 0 : 1);
}

TEST(KeyDestruction, AFileOfAMessageThatStaysKeepsItsKey) {
    Retaining r;
    const auto waiting = r.upload(r.alice, "later.txt", "sent later");
    r.say(r.alice, "same day");
    r.store.wait(40 * a_day);
    EXPECT_EQ(Retaining::count(r.retain(), "data_keys"), 0);  // it may still be sent
    const auto post = r.say_with_file(r.alice, "here it is", waiting);
    r.retain();
    messaging::SealedBlobs blobs(r.store.db, r.files);
    const auto row = r.store.db.read([&](storage::Tx& tx) { return storage::FileTable(tx).find(waiting); });
    ASSERT_TRUE(row);
    EXPECT_EQ(blobs.get(storage::Kind::file, r.room.id.bytes(), id_as<storage::BlobId>(row->blob), 100),
              "sent later");
    r.store.wait(40 * a_day);
    const auto job = r.retain();
    EXPECT_FALSE(r.exists(post.id));
    EXPECT_EQ(r.retain().data.at("posts"), "0");
}

TEST(KeyDestruction, DraftsAreSealedAnewAndTheirOldKeyGoes) {
    Retaining r;
    Draft draft;
    draft.user_id = r.alice.id;
    draft.channel_id = r.room.id;
    draft.create_at = draft.update_at = r.store.now();
    draft.message = "unsent";
    ScheduledPost planned;
    planned.id = ScheduledPostId::fresh();
    planned.user_id = r.alice.id;
    planned.channel_id = r.room.id;
    planned.scheduled_at = r.store.now() + 300 * a_day;
    planned.message = "next year";
    r.store.db.transact([&](storage::Tx& tx) {
        storage::DraftTable(tx).upsert(draft);
        tx.emit(DraftSaved{draft, true, ""});
        storage::ScheduledPostTable(tx).insert(planned);
        tx.emit(ScheduledPostSaved{planned, true, ""});
    });
    r.store.wait(40 * a_day);
    r.retain();
    EXPECT_EQ(r.state_of("drafts"), storage::BucketState::destroyed);
    const auto left = r.store.db.read(
        [&](storage::Tx& tx) { return storage::DraftTable(tx).find(r.alice.id, r.room.id, {}); });
    ASSERT_TRUE(left);
    EXPECT_EQ(left->message, "unsent");
    const auto waits =
        r.store.db.read([&](storage::Tx& tx) { return storage::ScheduledPostTable(tx).find(planned.id); });
    ASSERT_TRUE(waits);
    EXPECT_EQ(waits->message, "next year");
    EXPECT_EQ(r.number("select count(*) from journal where kind = 'scheduled_post_saved'"), 0);
    EXPECT_EQ(r.number("select count(*) from journal where kind = 'draft_saved'"), 0);
}

TEST(KeyDestruction, AKeyStoreFromBeforeIsRefused) {
    Retaining r;
    r.say(r.alice, "words");
    r.store.wait(40 * a_day);
    const auto store = r.store.directory.path("store.json"), old = r.store.directory.path("old.json");
    std::filesystem::copy_file(store, old);
    refuse_old_key_store(r.store.db, *r.store.keyring);
    r.retain();
    refuse_old_key_store(r.store.db, *r.store.keyring);
    const auto restored = storage::open_keyring(old, r.store.directory.path("master.key"));
    EXPECT_EQ(refusal([&] { refuse_old_key_store(r.store.db, *restored); }), "storage.key_store.restored");
}

// A node that is killed at any step goes on, destroys the same, and certifies the same numbers.
TEST(KeyDestruction, ARunThatIsKilledAnywhereEndsLikeOneThatIsNot) {
    struct Killed {};
    std::string whole;
    for (const std::string at : {"", "condemned", "destroyed", "batch", "blobs", "journal"}) {
        Retaining r;
        for (int i = 0; i < 7; ++i) r.say_with_file(r.alice, "words", r.upload(r.alice, "a.txt", "aaa"));
        r.say(r.bob, "more");
        r.store.wait(40 * a_day);
        const auto job = r.ask_retention();
        if (!at.empty()) {
            const auto first = r.new_runner();
            first->after = [&](const char* step) {
                if (step == at) throw Killed();
            };
            EXPECT_THROW(first->run_next(r.is_stopping), Killed) << at;
        }
        const auto second = r.new_runner();
        second->recover();
        EXPECT_TRUE(second->run_next(r.is_stopping));
        const auto done = r.retention_job(job.id);
        EXPECT_EQ(done.status, "success") << at;
        auto counts = json_text(counts_of(done));
        if (at.empty()) whole = counts;
        EXPECT_EQ(counts, whole) << at;
        for (const char* table : {"posts", "files", "destroyed_keys", "destroyed_blobs"})
            EXPECT_EQ(r.rows(table), 0) << table << " " << at;
        EXPECT_EQ(r.blob_count(r.files), 0u) << at;
        EXPECT_EQ(r.rows("destruction_certificates"), 1);
        EXPECT_EQ(r.number("select count(*) from destroyed_buckets where not is_gone"), 0);
    }
}

bool is_signed(const DestructionCertificate& c, const std::string& pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const auto signature = storage::from_base64(c.signature).value();
    EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get());
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(), reinterpret_cast<const unsigned char*>(c.text.data()),
                            c.text.size()) == 1;
}

TEST(Certificates, AreSignedChainedAndInTheChainOfDecisions) {
    Retaining r;
    EXPECT_FALSE(r.retain().data.contains("certificate_id"));  // nothing was destroyed
    for (int i = 0; i < 2; ++i) {
        r.say(r.alice, "words");
        r.store.wait(40 * a_day);
        const auto job = r.retain();
        ASSERT_TRUE(job.data.contains("certificate_id"));
    }
    const auto all = r.retention_jobs.certificates(0, 10);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].number, 2);
    for (auto c : all) {
        EXPECT_TRUE(is_signed(c, r.key.public_pem()));
        c.text += " ";
        EXPECT_FALSE(is_signed(c, r.key.public_pem()));
        EXPECT_EQ(r.retention_jobs.certificate(c.id).number, c.number);
    }
    const auto newest = json::parse(all[0].text);
    EXPECT_EQ(newest.at("previous_sha256").as_string(),
              hex_of(storage::text_of(storage::sha256(all[1].text))));
    EXPECT_EQ(newest.at("counts").at("posts").as_int64(), 1);
    EXPECT_EQ(newest.at("buckets").as_array().size(), 1u);
    EXPECT_EQ(newest.at("buckets").at(0).at("class").as_string(), "messages");
    identity::DecisionQuery query;
    query.rule = "retention.destroyed";
    const auto noted = r.decisions.list(query);
    ASSERT_EQ(noted.size(), 2u);
    EXPECT_NE(noted[0].steps.back().detail.find(hex_of(storage::text_of(storage::sha256(all[0].text)))),
              std::string::npos);
    EXPECT_TRUE(r.decisions.verify().faults.empty());
    EXPECT_EQ(refusal([&] { r.retention_jobs.certificate(CertificateId::fresh()); }),
              "app.data_retention.certificate.get");
}

}  // namespace
}  // namespace concordat::compliance
