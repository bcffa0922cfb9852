#include "identity/account/installation.hpp"

#include <charconv>

#include "core/model/ids.hpp"
#include "storage/database/migrations.hpp"
#include "storage/tables/system.hpp"

namespace concordat::identity {
namespace {

constexpr const char* diagnostic_id_name = "diagnostic_id";
constexpr const char* date_name = "installation_date";
constexpr const char* set_up_name = "first_steps_done";

}  // namespace

void Installation::prepare() {
    schema_version_ = storage::newest_schema();
    db_.transact([&](storage::Tx& tx) {
        storage::SystemTable table(tx);
        diagnostic_id_ = table.put_if_absent(diagnostic_id_name, new_token());
        const auto date = table.put_if_absent(date_name, std::to_string(tx.now()));
        if (std::from_chars(date.data(), date.data() + date.size(), date_).ec != std::errc())
            throw Error(Fault::internal, "identity.installation.date", "",
                        "the date of the installation is not a number");
    });
}

bool Installation::is_set_up() {
    return db_.read([](storage::Tx& tx) { return storage::SystemTable(tx).find(set_up_name).has_value(); });
}

void Installation::mark_set_up() {
    db_.read([](storage::Tx& tx) { storage::SystemTable(tx).put_if_absent(set_up_name, "true"); });
}

}  // namespace concordat::identity
