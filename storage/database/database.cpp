#include "storage/database/database.hpp"

#include "storage/crypto/seal.hpp"
#include "storage/database/data_keys.hpp"

namespace concordat::storage {
namespace {

thread_local void* innermost = nullptr;  // the Open of this thread, of whichever database

}  // namespace

bool is_lost(const Error& error) {
    return error.id() == "storage.sealed.damaged" || error.id().starts_with("storage.key.");
}

Database::Open::Open(const Database& db, Tx& tx) : db_(db), tx_(tx), outer_(static_cast<Open*>(innermost)) {
    innermost = this;
}
Database::Open::~Open() {
    innermost = outer_;
}

Tx* Database::open_here() const {
    for (auto* open = static_cast<Open*>(innermost); open; open = open->outer_)
        if (&open->db_ == this) return &open->tx_;
    return nullptr;
}

Database::Database(DatabaseOptions options, Keyring& keyring, Clock clock)
    : options_(std::move(options)),
      clock_(std::move(clock)),
      keys_(std::make_unique<DataKeys>(options_.dsn, options_.deadline, keyring)),
      pool_(options_.dsn, options_.connections, options_.deadline) {}

int& Database::Relaxed::depth() {
    thread_local int depth = 0;
    return depth;
}

void Database::relax(Tx& tx) {
    if (Relaxed::depth() > 0 && tx.written().empty()) tx.run_script("set local synchronous_commit to off");
}

Database::~Database() = default;

void Database::on_commit(std::function<void(const std::vector<Fact>&)> listener) {
    listeners_.push_back(std::move(listener));
}

void Database::announce(const std::vector<Fact>& facts) {
    for (const auto& listener : listeners_) listener(facts);
}

void Tx::write(Fact fact) {
    const auto record = new_id_bytes(fact.create_at);
    exec("insert into journal (kind, scope, record, create_at, body) values ($1, $2, $3, $4, $5)", fact.kind,
         AnyId(fact.scope), AnyId(record), fact.create_at,
         bytea(seal(Kind::fact, fact.scope, record, 0, fact.body)));
    written_.push_back(std::move(fact));
}

std::string Tx::seal(std::uint8_t kind, const IdBytes& scope, const IdBytes& record, std::int64_t version,
                     std::string_view plain) {
    const auto day = day_of(now_);
    return storage::seal(*keys_.writing(scope, day), day, {kind, scope, record, version}, plain);
}

std::string Tx::open(std::uint8_t kind, const IdBytes& scope, const IdBytes& record, std::int64_t version,
                     std::string_view sealed) {
    try {
        return storage::open(*keys_.reading(scope, day_of_sealed(sealed)), {kind, scope, record, version},
                             sealed);
    } catch (const Error& e) {  // counted for the operator; what becomes of it is the caller's decision
        if (is_lost(e)) keys_.note_lost();
        throw;
    }
}

}  // namespace concordat::storage
