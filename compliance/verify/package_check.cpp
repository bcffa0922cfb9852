#include "compliance/verify/package_check.hpp"

#include <Poco/Exception.h>
#include <Poco/Zip/ZipArchive.h>
#include <Poco/Zip/ZipStream.h>

#include <fstream>
#include <map>
#include <set>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/signing.hpp"

namespace concordat::compliance {
namespace {

constexpr std::size_t largest_manifest = 64u << 20, chunk_size = 256 * 1024;
constexpr std::int64_t progress_step = 64 << 20;
constexpr const char* manifest_name = "manifest.json";
constexpr const char* signature_name = "manifest.sig";

// What a terminal would take for a command is not shown.
std::string plain(const json::value& value) {
    std::string text(value.as_string());
    for (auto& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    for (std::size_t at; (at = text.find("\xc2\x9b")) != text.npos;) text.replace(at, 2, " ");
    return text;
}

class Check {
public:
    Check(CheckedPackage& out, const std::vector<std::string>& keys, const Progress& progress)
        : out_(out), keys_(keys), progress_(progress) {}

    void run() {
        std::ifstream in(out_.file, std::ios::binary);
        if (!in) return found(Verdict::unreadable, "The file cannot be opened.");
        try {
            const Poco::Zip::ZipArchive archive(in);
            in.clear();
            const auto manifest = small_member(archive, in, manifest_name);
            if (manifest.empty()) return found(Verdict::unreadable, "There is no manifest.json.");
            out_.manifest_sha256 = hex_of(storage::text_of(storage::sha256(manifest)));
            check_signature(manifest, small_member(archive, in, signature_name));
            read_manifest(manifest);
            check_members(archive, in);
        } catch (const Poco::Exception& e) {  // the library's word for what is no zip archive
            found(Verdict::unreadable, "The archive is damaged: " + e.displayText() + ".");
        } catch (const Error& e) {
            found(Verdict::unreadable, "The manifest cannot be read: " + e.text());
        } catch (const std::exception& e) {
            found(Verdict::unreadable, std::string("The package cannot be read: ") + e.what() + ".");
        }
    }

private:
    struct Member {
        std::int64_t size = 0;
        std::string sha256;
        bool is_seen = false;
    };

    void found(Verdict verdict, std::string text) { out_.findings.push_back({verdict, std::move(text)}); }

    static std::string small_member(const Poco::Zip::ZipArchive& archive, std::istream& in,
                                    const std::string& name) {
        const auto at = archive.findHeader(name);
        if (at == archive.headerEnd()) return {};
        in.clear();
        Poco::Zip::ZipInputStream member(in, at->second, true);
        std::string out, chunk(chunk_size, '\0');
        while (member) {
            member.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
            out.append(chunk, 0, static_cast<std::size_t>(member.gcount()));
            if (out.size() > largest_manifest)
                throw Error(Fault::invalid, "verify.too_large", name + " is too large.");
        }
        return out;
    }

    void check_signature(const std::string& manifest, const std::string& signature) {
        if (keys_.empty()) return;
        if (signature.empty()) return found(Verdict::untrusted, "manifest.json is not signed.");
        for (const auto& key : keys_)
            if (storage::is_signed_by(key, manifest, signature)) return;
        found(Verdict::untrusted,
              "manifest.json is not signed by a key that is trusted here, or was changed since.");
    }

    void read_manifest(const std::string& text) {
        const auto manifest = parse_json_value(text).as_object();
        const auto word = [](const json::object& from, const char* key) {
            return std::string(from.at(key).as_string());
        };
        if (word(manifest, "format") != "concordat-export/1")
            throw Error(Fault::invalid, "verify.format", "its format is not known.");
        out_.export_id = word(manifest, "export");
        out_.installation = word(manifest, "installation");
        out_.type = word(manifest, "type");
        out_.journal_after = word(manifest.at("journal").as_object(), "after");
        out_.journal_upto = word(manifest.at("journal").as_object(), "upto");
        out_.from = manifest.at("period").as_object().at("from").as_int64();
        out_.to = manifest.at("period").as_object().at("to").as_int64();
        out_.messages = manifest.at("counts").as_object().at("messages").as_int64();
        out_.warnings = manifest.at("counts").as_object().at("warnings").as_int64();
        if (const auto& previous = manifest.at("previous"); previous.is_object()) {
            out_.previous_export = word(previous.as_object(), "export");
            out_.previous_sha256 = word(previous.as_object(), "manifest_sha256");
        }
        if (const auto* approval = manifest.if_contains("approval"); approval && approval->is_object())
            read_approval(approval->as_object());
        for (const auto& one : manifest.at("members").as_array()) {
            const auto& member = one.as_object();
            if (!members_
                     .emplace(word(member, "path"),
                              Member{member.at("size").as_int64(), word(member, "sha256")})
                     .second)
                found(Verdict::tampered, "The manifest names " + word(member, "path") + " twice.");
        }
        out_.members = static_cast<std::int64_t>(members_.size());
    }

    void read_approval(const json::object& given) {
        CheckedApproval approval;
        approval.asked_by = plain(given.at("asked_by_name")) + ' ' + plain(given.at("asked_by"));
        approval.reason = plain(given.at("reason"));
        approval.asked_at = given.at("asked_at").as_int64();
        approval.needed = given.at("needed").as_int64();
        std::set<std::string> people{plain(given.at("asked_by"))};
        for (const auto& one : given.at("votes").as_array()) {
            const auto& vote = one.as_object();
            if (!people.insert(plain(vote.at("user"))).second)
                found(Verdict::tampered, "Somebody approved what they had asked for, or approved it twice.");
            approval.votes.emplace_back(plain(vote.at("username")) + ' ' + plain(vote.at("user")),
                                        vote.at("at").as_int64());
        }
        if (static_cast<std::int64_t>(approval.votes.size()) < approval.needed)
            found(Verdict::tampered, "Fewer people approved it than had to.");
        out_.approval = std::move(approval);
    }

    void check_members(const Poco::Zip::ZipArchive& archive, std::istream& in) {
        for (auto at = archive.headerBegin(); at != archive.headerEnd(); ++at) {
            if (at->first == manifest_name || at->first == signature_name) continue;
            const auto member = members_.find(at->first);
            if (member == members_.end()) {
                found(Verdict::tampered, at->first + " is not in the manifest.");
                continue;
            }
            member->second.is_seen = true;
            in.clear();
            try {
                check_member(member->first, member->second, in, at->second);
            } catch (const Poco::Exception&) {  // a changed byte shows as a wrong checksum first
                found(Verdict::tampered, at->first + " was changed: it cannot be unpacked.");
            }
        }
        for (const auto& [path, member] : members_)
            if (!member.is_seen) found(Verdict::incomplete, path + " is missing.");
    }

    void check_member(const std::string& path, const Member& expected, std::istream& in,
                      const Poco::Zip::ZipLocalFileHeader& header) {
        Poco::Zip::ZipInputStream body(in, header, true);
        storage::Sha256 digest;
        std::string chunk(chunk_size, '\0');
        std::int64_t size = 0;
        while (body) {
            body.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
            const auto length = static_cast<std::size_t>(body.gcount());
            digest.add(std::string_view(chunk).substr(0, length));
            size += static_cast<std::int64_t>(length);
            out_.bytes += static_cast<std::int64_t>(length);
            if (progress_ && out_.bytes / progress_step != told_)
                progress_((told_ = out_.bytes / progress_step) * progress_step);
            if (size > expected.size) break;
        }
        if (size != expected.size || hex_of(storage::text_of(digest.finish())) != expected.sha256)
            found(Verdict::tampered, path + " was changed: it is not what the manifest says.");
    }

    CheckedPackage& out_;
    const std::vector<std::string>& keys_;
    const Progress& progress_;
    std::map<std::string, Member> members_;
    std::int64_t told_ = 0;
};

}  // namespace

CheckedPackage check_package(const std::string& file, const std::vector<std::string>& keys,
                             const Progress& progress) {
    CheckedPackage out;
    out.file = file;
    Check(out, keys, progress).run();
    return out;
}

std::vector<Finding> check_chain(const std::vector<CheckedPackage>& packages) {
    std::map<std::string, const CheckedPackage*> by_export;
    std::vector<Finding> out;
    for (const auto& package : packages) {
        if (package.export_id.empty()) continue;
        if (!by_export.emplace(package.export_id, &package).second)
            out.push_back({Verdict::tampered, "Two packages say that they are " + package.export_id + "."});
    }
    std::string beginning;
    std::map<std::string, std::string> followers;
    for (const auto& [id, package] : by_export) {
        if (package->previous_export.empty()) continue;
        const auto [first, is_only] = followers.emplace(package->previous_export, id);
        if (!is_only)
            out.push_back({Verdict::tampered, package->file + " and " + by_export.at(first->second)->file +
                                                  " both say that they follow " + package->previous_export +
                                                  "."});
        const auto before = by_export.find(package->previous_export);
        if (before == by_export.end()) {
            if (!beginning.empty())
                out.push_back({Verdict::incomplete, "The package before " + package->file +
                                                        " is missing: " + package->previous_export + "."});
            beginning = id;
            continue;
        }
        if (before->second->manifest_sha256 != package->previous_sha256)
            out.push_back({Verdict::tampered, package->file + " follows another manifest than that of " +
                                                  before->second->file + "."});
        if (before->second->journal_upto != package->journal_after || before->second->to != package->from)
            out.push_back({Verdict::incomplete,
                           "There is a gap between " + before->second->file + " and " + package->file + "."});
    }
    return out;
}

}  // namespace concordat::compliance
