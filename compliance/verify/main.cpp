// concordat-verify: are these packages what the node signed, and is none missing between them?
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <ctime>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

#include "compliance/verify/evidence_check.hpp"
#include "compliance/verify/package_check.hpp"
#include "core/base/json.hpp"
#include "core/model/version.hpp"
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
    for (const auto& finding : package.findings) std::cout << "  " << finding.text << '\n';
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
    std::string text(longest + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad() || in.gcount() == 0) return std::nullopt;
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > longest) return std::nullopt;
    return text;
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
    std::vector<std::string> files;
    std::string key_file, evidence;
    bool is_json = false;
    CLI::App app{
        "concordat-verify: checks packages of exports without the node that made them, and evidence against\n"
        "an organisation that said two things in a shared channel.\n\n"
        "Every archive in a package against its manifest, the manifest against its signature, and each "
        "package\n"
        "against the one before. The public key is shown by: concordatctl export key\n\n"
        "Ends with 0 when all is good, 1 when something was changed, 2 when something is missing, 3 when "
        "something\n"
        "cannot be read, 4 when a signature is missing or not by the key, 64 when it is not told what to "
        "do.\n"};
    app.set_version_flag("--version", std::string(product_version));
    app.add_option("--key", key_file,
                   "PEM file with the public keys that are trusted; without it only digests are checked");
    app.add_flag("--json", is_json, "answer in JSON");
    app.add_option("packages", files, "zip files; several are also checked for gaps");
    app.add_option("--evidence", evidence,
                   "what \"concordatctl federation evidence --id ID --json\" wrote; nothing else is needed");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : usage_error;
    }
    if (files.empty() == evidence.empty()) {
        std::cerr << "concordat-verify: name packages, or one --evidence (see --help).\n";
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
