// The operator's commands about the signed tree of audit records.
#include <cerrno>
#include <charconv>
#include <system_error>

#include "appliance/daemon/operator.hpp"
#include "appliance/daemon/operator_arguments.hpp"
#include "core/base/json.hpp"
#include "storage/crypto/durable_file.hpp"

namespace concordat::appliance {
namespace {

std::int64_t number_of(const json::object& arguments, const char* name, std::int64_t fallback) {
    const auto text = text_of(arguments, name);
    if (text.empty()) return fallback;
    std::int64_t number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0)
        throw Error(Fault::invalid, "operator.argument",
                    std::string("--") + name + " is a number, 0 or more.");
    return number;
}

// The file is whole and durable, or not there.
void write_bundle(const std::string& path, const std::string& text) {
    if (!path.starts_with('/'))
        throw Error(Fault::invalid, "operator.audit.file", "The file must be an absolute path.");
    const auto file = storage::create_file(path);
    if (!file) throw Error(Fault::conflict, "operator.audit.file", path + " exists already.");
    try {
        storage::write_all(file.get(), text, path);
        storage::sync_data(file.get(), path);
    } catch (const Error&) {  // half a bundle is worse than none
        storage::remove_file(path);
        throw;
    }
}

json::value handed_over(const compliance::AuditBundle& bundle, const std::string& file) {
    if (file.empty()) return json::parse(json_text(bundle));
    write_bundle(file, json_text(bundle));
    json::object out{{"file", file}, {"records", bundle.records.size()}};
    if (!bundle.records.empty()) {
        out["first_leaf"] = bundle.records.front().leaf;
        out["last_leaf"] = bundle.records.back().leaf;
    }
    if (const auto checkpoint = compliance::checkpoint_in(bundle.checkpoint)) out["size"] = checkpoint->size;
    return out;
}

}  // namespace

void Operator::note_reading(const std::string& what) {
    const Actor nobody;
    compliance::note_audit_reading(node_.decisions, {nobody, new_token(), {}, true}, what);
}

void Operator::add_ledger() {
    static const Actor nobody;
    const auto request = [] { return compliance::Request{nobody, new_token(), {}, true}; };
    commands_["audit ledger"] = [this](const json::object&, const Progress&) -> json::value {
        const auto s = node_.ledger.status();
        return json::object{
            {"origin", s.origin},       {"state", s.state},     {"reason", s.text},
            {"leaves", s.leaves},       {"waiting", s.waiting}, {"signed", s.signed_size},
            {"signed_at", s.signed_at}, {"faults", s.faults},   {"witness_error", s.witness_error}};
    };
    commands_["audit checkpoint"] = [this, request](const json::object& a, const Progress&) -> json::value {
        node_.ledger.bring_up_to_date();
        return json::parse(json_text(node_.ledger_reader.checkpoint(request(), number_of(a, "size", 0))));
    };
    commands_["audit proof"] = [this, request](const json::object& a, const Progress&) -> json::value {
        node_.ledger.bring_up_to_date();
        const auto record = needed(a, "record");
        if (!looks_like_id(record))
            throw Error(Fault::invalid, "operator.argument", "The id of a record is 26 letters and digits.");
        return handed_over(
            node_.ledger_reader.proof(request(), DecisionId::from_text(record), number_of(a, "size", 0)),
            text_of(a, "file"));
    };
    commands_["audit export"] = [this, request](const json::object& a, const Progress&) -> json::value {
        node_.ledger.bring_up_to_date();
        compliance::BundleQuery query;
        query.first = number_of(a, "from", 0);
        query.count = number_of(a, "count", static_cast<std::int64_t>(compliance::most_bundled));
        query.size = number_of(a, "size", 0);
        query.since = number_of(a, "since", 0);
        return handed_over(node_.ledger_reader.bundle(request(), query), needed(a, "file"));
    };
    commands_["audit verify"] = [this](const json::object&, const Progress& progress) -> json::value {
        node_.ledger.bring_up_to_date();
        json::array faults;
        const auto tiles = node_.ledger.tiles();
        for (std::int64_t tile = 0; tile < tiles; ++tile) {
            for (const auto& fault : node_.ledger.check(tile)) faults.emplace_back(fault.text);
            if (tile % 100 == 99) progress(std::to_string((tile + 1) * 256) + " leaves compared");
        }
        return json::object{{"leaves", node_.ledger.status().leaves},
                            {"is_whole", faults.empty()},
                            {"faults", std::move(faults)}};
    };
    commands_["audit renew"] = [this](const json::object& a, const Progress&) -> json::value {
        node_.ledger.begin_anew(needed(a, "reason"));
        node_.ledger.bring_up_to_date();
        const auto s = node_.ledger.status();
        return json::object{{"origin", s.origin}, {"leaves", s.leaves}, {"signed", s.signed_size}};
    };
}

}  // namespace concordat::appliance
