// concordat-verify: are these packages and audit records what the node signed, and is none missing between
// them?
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <ctime>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

#include "compliance/proof/audit_bundle.hpp"
#include "compliance/verify/evidence_check.hpp"
#include "compliance/verify/package_check.hpp"
#include "core/base/json.hpp"
#include "core/model/version.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/signing.hpp"

namespace concordat::compliance {
namespace {

constexpr int usage_error = 64;

std::string day_of(std::int64_t milliseconds) {
    const std::time_t seconds = milliseconds / 1000;
    std::tm parts{};
    char text[32] = "";
    if (::gmtime_r(&seconds, &parts)) std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &parts);
    return text;
}

void show(const CheckedPackage& package) {
    std::cout << package.file << ": " << (package.findings.empty() ? "good" : "NOT GOOD") << '\n';
    if (!package.export_id.empty())
        std::cout << "  export " << package.export_id << ", " << package.type << ", " << day_of(package.from)
                  << " to " << day_of(package.to) << ", " << package.messages << " messages, "
                  << package.warnings << " warnings, " << package.members << " archives\n";
    if (const auto& approval = package.approval) {
        std::cout << "  asked for by " << approval->asked_by << ", " << day_of(approval->asked_at) << ": "
                  << approval->reason << '\n';
        for (const auto& [who, at] : approval->votes)
            std::cout << "  approved by " << who << ", " << day_of(at) << '\n';
    }
    for (const auto& finding : package.findings) std::cout << "  " << finding.text << '\n';
}

json::value shown(const std::optional<CheckedApproval>& approval) {
    if (!approval) return nullptr;
    json::array votes;
    for (const auto& [who, at] : approval->votes) votes.push_back(json::object{{"who", who}, {"at", at}});
    return json::object{{"asked_by", approval->asked_by},
                        {"asked_at", approval->asked_at},
                        {"reason", approval->reason},
                        {"needed", approval->needed},
                        {"votes", votes}};
}

json::array shown(const std::vector<Finding>& findings) {
    json::array out;
    for (const auto& finding : findings)
        out.push_back(json::object{{"code", static_cast<int>(finding.verdict)}, {"text", finding.text}});
    return out;
}

// The first that is not good, by the order in which things were looked at.
int code_of(const std::vector<CheckedPackage>& packages, const std::vector<Finding>& chain) {
    for (const auto& package : packages)
        if (!package.findings.empty()) return static_cast<int>(package.findings.front().verdict);
    return chain.empty() ? 0 : static_cast<int>(chain.front().verdict);
}

std::optional<std::string> text_of(const std::string& file, std::size_t longest) {
    std::ifstream in(file, std::ios::binary);
    std::string text, chunk(256 * 1024, '\0');
    while (in && text.size() <= longest) {
        in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
        text.append(chunk, 0, static_cast<std::size_t>(in.gcount()));
    }
    if (in.bad() || text.empty() || text.size() > longest) return std::nullopt;
    return text;
}

json::value shown(const std::optional<Checkpoint>& checkpoint) {
    if (!checkpoint) return nullptr;
    return json::object{{"origin", checkpoint->origin},
                        {"size", checkpoint->size},
                        {"root", storage::base64(storage::text_of(checkpoint->root))}};
}

void show(const CheckedBundle& bundle) {
    std::cout << bundle.file << ": " << (bundle.findings.empty() ? "good" : "NOT GOOD") << '\n';
    if (bundle.checkpoint)
        std::cout << "  tree " << bundle.checkpoint->origin << " of " << bundle.checkpoint->size
                  << " leaves, root " << storage::base64(storage::text_of(bundle.checkpoint->root)) << '\n';
    if (bundle.earlier) std::cout << "  goes on from its " << bundle.earlier->size << " leaves\n";
    if (bundle.records > 0)
        std::cout << "  leaves " << bundle.first << " to " << bundle.last << ", " << bundle.records
                  << " records, " << bundle.unreadable << " of them without their text\n";
    for (const auto& finding : bundle.findings) std::cout << "  " << finding.text << '\n';
}

int run_audit(const std::vector<std::string>& files, const std::string& witness_file,
              const std::vector<std::string>& keys, bool is_json) {
    std::vector<CheckedBundle> bundles;
    for (const auto& file : files) {
        if (const auto text = text_of(file, longest_bundle))
            bundles.push_back(check_bundle(*text, keys));
        else
            bundles.emplace_back().findings.push_back(
                {Verdict::unreadable, "It is empty, longer than 256 MiB, or cannot be read."});
        bundles.back().file = file;
        if (!is_json) show(bundles.back());
    }
    Witness witness;
    if (!witness_file.empty()) {
        if (const auto text = text_of(witness_file, longest_bundle))
            witness = read_witness(*text, keys);
        else
            witness.findings.push_back(
                {Verdict::unreadable,
                 "The witness's file is empty, longer than 256 MiB, or cannot be read."});
    }
    auto between = witness.findings;
    for (auto& finding : check_agreement(bundles, witness)) between.push_back(std::move(finding));
    int code = between.empty() ? 0 : static_cast<int>(between.front().verdict);
    for (auto bundle = bundles.rbegin(); bundle != bundles.rend(); ++bundle)
        if (!bundle->findings.empty()) code = static_cast<int>(bundle->findings.front().verdict);
    if (is_json) {
        json::array out;
        for (const auto& bundle : bundles)
            out.push_back(json::object{{"file", bundle.file},
                                       {"checkpoint", shown(bundle.checkpoint)},
                                       {"earlier", shown(bundle.earlier)},
                                       {"first_leaf", bundle.first},
                                       {"last_leaf", bundle.last},
                                       {"records", bundle.records},
                                       {"without_text", bundle.unreadable},
                                       {"findings", shown(bundle.findings)}});
        std::cout << json::serialize(json::object{{"code", code},
                                                  {"is_signature_checked", !keys.empty()},
                                                  {"bundles", out},
                                                  {"witnessed", witness.checkpoints.size()},
                                                  {"between", shown(between)}})
                  << '\n';
        return code;
    }
    if (!witness_file.empty())
        std::cout << witness_file << ": " << witness.checkpoints.size() << " checkpoints of the witness\n";
    for (const auto& finding : between) std::cout << finding.text << '\n';
    if (keys.empty()) std::cout << "Signatures were not checked: name the public key with --key.\n";
    return code;
}

int run_evidence(const std::string& file, bool is_json) {
    CheckedEvidence checked;
    if (const auto text = text_of(file, longest_evidence))
        checked = check_evidence(*text);
    else
        checked.findings.push_back("it is empty, longer than 8 MiB, or cannot be read");
    const bool is_proved = checked.findings.empty();
    const int code = static_cast<int>(is_proved ? Verdict::good : Verdict::untrusted);
    if (is_json) {
        std::cout << json::serialize(json::object{{"code", code},
                                                  {"organisation", checked.organisation},
                                                  {"channel", checked.channel},
                                                  {"seq", checked.seq},
                                                  {"findings", json::value_from(checked.findings)}})
                  << '\n';
    } else if (is_proved) {
        std::cout << file << ": organisation " << checked.organisation
                  << " has signed two histories of channel " << checked.channel << ", from number "
                  << checked.seq << " on\n";
    } else {
        std::cout << file << ": PROVES NOTHING\n  " << checked.findings.front() << '\n';
    }
    return code;
}

int run(int argc, char** argv) {
    std::vector<std::string> files, audits;
    std::string key_file, evidence, witness;
    bool is_json = false;
    CLI::App app{
        "concordat-verify: checks packages of exports and bundles of audit records without the node that "
        "made\n"
        "them, and evidence against an organisation that said two things in a shared channel.\n\n"
        "Every archive in a package against its manifest, the manifest against its signature, and each "
        "package\n"
        "against the one before. In a bundle of audit records the signature of its checkpoint, every record "
        "against\n"
        "its leaf and every leaf against the tree under the checkpoint, that no leaf is missing between two, "
        "and that\n"
        "the tree has only grown since an earlier checkpoint. The public key is shown by: concordatctl "
        "export "
        "key\n\n"
        "Ends with 0 when all is good, 1 when something was changed, 2 when something is missing, 3 when "
        "something\n"
        "cannot be read, 4 when a signature is missing or not by the key, 64 when it is not told what to "
        "do.\n"};
    app.set_version_flag("--version", std::string(product_version));
    app.add_option("--key", key_file,
                   "PEM file with the public keys that are trusted; without it only digests are checked");
    app.add_flag("--json", is_json, "answer in JSON");
    app.add_option("packages", files, "zip files; several are also checked for gaps");
    app.add_option(
        "--audit", audits,
        "bundles of audit records, as \"concordatctl audit export\" and \"audit proof\" write them");
    app.add_option("--witness", witness,
                   "with --audit: checkpoints that a witness kept (AuditWitnessFile); those of the bundles "
                   "must not be others");
    app.add_option("--evidence", evidence,
                   "what \"concordatctl federation evidence --id ID --json\" wrote; nothing else is needed");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : usage_error;
    }
    const int things = !files.empty() + !evidence.empty() + !audits.empty();
    if (things != 1 || (!witness.empty() && audits.empty())) {
        std::cerr << "concordat-verify: name packages, or --audit bundles, or one --evidence (see --help).\n";
        return usage_error;
    }
    if (!evidence.empty()) return run_evidence(evidence, is_json);
    std::vector<std::string> keys;
    if (!key_file.empty()) {
        std::ifstream in(key_file);
        std::ostringstream text;
        text << in.rdbuf();
        const auto found = storage::public_keys_in(text.str());
        if (!in || !found) {
            std::cerr << "concordat-verify: " << key_file << " holds no Ed25519 public keys in PEM.\n";
            return usage_error;
        }
        keys = *found;
    }
    if (!audits.empty()) return run_audit(audits, witness, keys, is_json);
    const bool shows_progress = !is_json && ::isatty(STDERR_FILENO);
    std::vector<CheckedPackage> packages;
    for (const auto& file : files) {
        packages.push_back(check_package(file, keys, [&](std::int64_t bytes) {
            if (shows_progress) std::cerr << '\r' << file << ": " << (bytes >> 20) << " MiB" << std::flush;
        }));
        if (shows_progress) std::cerr << "\r\x1b[K";
        if (!is_json) show(packages.back());
    }
    const auto chain = check_chain(packages);
    const auto code = code_of(packages, chain);
    if (is_json) {
        json::array out;
        for (const auto& package : packages)
            out.push_back(json::object{{"file", package.file},
                                       {"export", package.export_id},
                                       {"manifest_sha256", package.manifest_sha256},
                                       {"approval", shown(package.approval)},
                                       {"bytes", package.bytes},
                                       {"findings", shown(package.findings)}});
        std::cout << json::serialize(json::object{{"code", code},
                                                  {"is_signature_checked", !keys.empty()},
                                                  {"packages", out},
                                                  {"chain", shown(chain)}})
                  << '\n';
        return code;
    }
    for (const auto& finding : chain) std::cout << finding.text << '\n';
    if (keys.empty()) std::cout << "Signatures were not checked: name the public key with --key.\n";
    return code;
}

}  // namespace
}  // namespace concordat::compliance

int main(int argc, char** argv) {
    return concordat::compliance::run(argc, argv);
}
