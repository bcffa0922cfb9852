// What the node is made of, for whoever looks after it: keys, database, and what a backup has to hold. No
// secret is among it.
#include <map>

#include "appliance/daemon/operator.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/keyring.hpp"
#include "storage/database/database.hpp"
#include "storage/database/migrations.hpp"

namespace concordat::appliance {
namespace {

struct ClassOfKeys {
    std::string data_class;
    std::int64_t live = 0, retired = 0, destroyed = 0;
    Millis oldest_at = 0, newest_at = 0;  // when those that are live were made; 0: none
};
BOOST_DESCRIBE_STRUCT(ClassOfKeys, (), (data_class, live, retired, destroyed, oldest_at, newest_at))

std::vector<ClassOfKeys> classes_of(const storage::Keyring& keyring) {
    std::map<std::string, ClassOfKeys> by_name;
    for (const auto& bucket : keyring.status()) {
        auto& one = by_name[bucket.data_class];
        one.data_class = bucket.data_class;
        if (bucket.state == storage::BucketState::retired) ++one.retired;
        if (bucket.state == storage::BucketState::destroyed) ++one.destroyed;
        if (bucket.state != storage::BucketState::live) continue;
        ++one.live;
        one.oldest_at = one.oldest_at == 0 ? bucket.created_at : std::min(one.oldest_at, bucket.created_at);
        one.newest_at = std::max(one.newest_at, bucket.created_at);
    }
    std::vector<ClassOfKeys> out;
    for (auto& [name, one] : by_name) out.push_back(std::move(one));
    return out;
}

std::string source_name(Node::KeySource source) {
    if (source == Node::KeySource::credential) return "credential";
    return source == Node::KeySource::passphrase ? "passphrase" : "file";
}

// The path of the settings, unless it is the one that they come with.
std::string path_or(const std::string& set, const std::string& as_it_comes, std::string in_data) {
    return set == as_it_comes ? std::move(in_data) : set;
}

// As people compare them: the first half of the SHA-256, in groups of four digits.
std::string key_print(std::string_view public_key) {
    const auto digest = hex_of(storage::text_of(storage::sha256(public_key)));
    std::string out;
    for (std::size_t at = 0; at < 32; at += 4) out += (at > 0 ? " " : "") + digest.substr(at, 4);
    return out;
}

json::array evidence_prints(const std::string& pem) {
    json::array out;
    for (const auto& key : storage::public_keys_in(pem).value_or(std::vector<std::string>()))
        out.emplace_back(key_print(key));
    return out;
}

json::object database_facts(storage::Database& db) {
    return db.read([](storage::Tx& tx) {
        const auto facts = tx.exec(
            "select current_setting('server_version'), pg_database_size(current_database()), "
            "(select count(*) from schema_steps), "
            "(select floor(extract(epoch from max(at)) * 1000)::bigint from schema_steps)");
        const auto& row = facts[0];
        return json::object{{"version", row[0].as<std::string>()},
                            {"bytes", row[1].as<std::int64_t>()},
                            {"steps", row[2].as<std::int64_t>()},
                            {"stepped_at", row[3].as<std::int64_t>(0)},
                            {"newest_known", storage::newest_schema()}};
    });
}

}  // namespace

void Operator::add_appliance() {
    commands_["appliance show"] = [this](const json::object&, const Progress&) -> json::value {
        const Settings comes;
        const auto settings = node_.settings.current();
        const auto& own = settings->ConcordatSettings;
        const auto& keyring = *node_.keyring;
        const bool is_in_file = node_.key_source() == Node::KeySource::file;
        const auto store = path_or(own.KeyStoreFile, comes.ConcordatSettings.KeyStoreFile,
                                   node_.places.keys() + "/store.json");
        const auto master = path_or(own.MasterKeyFile, comes.ConcordatSettings.MasterKeyFile,
                                    node_.places.keys() + "/master.key");
        const auto files =
            path_or(settings->FileSettings.Directory, comes.FileSettings.Directory, node_.places.files());
        auto database = database_facts(node_.database);
        database["is_external"] = !node_.postgres;
        database["schema"] = storage::schema_of(node_.database);
        json::object organisation{{"is_on", settings->ConnectedWorkspacesSettings.EnableSharedChannels}};
        if (organisation["is_on"].as_bool()) organisation["id"] = node_.organisation.id().text();
        json::object places{{"data", node_.places.root},
                            {"config", node_.places.settings_file},
                            {"files", files},
                            {"exports", node_.places.exports()},
                            {"key_store", store},
                            {"master_key", is_in_file ? master : std::string()},
                            {"tls", node_.places.tls()}};
        if (node_.postgres) places["database_socket"] = node_.postgres->status().socket_directory;
        return json::object{{"keys",
                             {{"source", source_name(node_.key_source())},
                              {"generation", keyring.generation()},
                              {"outdated", keyring.outdated().size()},
                              {"revision", keyring.revision()},
                              {"classes", json::parse(json_text(classes_of(keyring)))}}},
                            {"evidence", evidence_prints(node_.evidence_key.public_pem())},
                            {"organisation", organisation},
                            {"database", database},
                            {"places", places}};
    };
}

}  // namespace concordat::appliance
