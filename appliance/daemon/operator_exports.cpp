// The operator's commands about exports.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <iomanip>
#include <sstream>
#include <thread>

#include "appliance/daemon/operator.hpp"
#include "appliance/daemon/operator_arguments.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/signing.hpp"

namespace concordat::appliance {
namespace {

// The file is whole and durable, or not there.
void write_new_file(const std::string& path, storage::BlobReader& body, const Progress& progress) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        throw Error(Fault::invalid, "operator.export.file",
                    path + " cannot be written: " + std::generic_category().message(errno) + ".");
    const auto failed = [&] {
        const auto text = std::generic_category().message(errno);
        ::close(file);
        ::unlink(path.c_str());
        return Error(Fault::unavailable, "operator.export.file",
                     path + " could not be written: " + text + ".");
    };
    std::vector<char> chunk(1 << 20);
    for (std::uint64_t at = 0; at < body.size();) {
        std::size_t length = 0;
        try {
            length = body.read_at(at, chunk);
        } catch (const Error&) {  // half a package is worse than none
            ::close(file);
            ::unlink(path.c_str());
            throw;
        }
        for (std::size_t done = 0; done < length;) {
            const auto written = ::write(file, chunk.data() + done, length - done);
            if (written < 0) throw failed();
            done += static_cast<std::size_t>(written);
        }
        at += length;
        if (at % (256u << 20) < length) progress(std::to_string(at >> 20) + " MiB are written.");
    }
    if (::fsync(file) != 0) throw failed();
    ::close(file);
}

json::object shown(const Job& job) {
    json::object out{{"id", job.id.text()}, {"status", job.status}, {"progress", job.progress}};
    for (const auto* name : {"export_type", "initiated_by", "job_start_time", "job_end_time",
                             "messages_exported", "warning_count", "progress_message"})
        if (const auto at = job.data.find(name); at != job.data.end()) out[name] = at->second;
    return out;
}

// As the console shows them, to be compared by people: the first half of the SHA-256 of each key.
std::string fingerprints(const std::string& pem) {
    std::string lines;
    for (const auto& key : storage::public_keys_in(pem).value_or(std::vector<std::string>())) {
        const auto digest = hex_of(storage::text_of(storage::sha256(key)));
        if (!lines.empty()) lines += '\n';
        for (std::size_t at = 0; at < 32; at += 4) lines += (at > 0 ? " " : "") + digest.substr(at, 4);
    }
    return lines;
}

}  // namespace

std::string operator_time(const std::string& text, bool is_end) {
    if (text.empty() || text.find_first_not_of("0123456789") == text.npos) return text;
    std::tm parts{};
    std::istringstream in(text);
    const bool is_day = text.size() == 10;
    in >> std::get_time(&parts, is_day ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%SZ");
    if (!in || (!is_day && text.back() != 'Z'))
        throw Error(
            Fault::invalid, "operator.export.time",
            "\"" + text + "\" is not a day (2026-01-31), a time (2026-01-31T12:00:00Z) or milliseconds.");
    const auto at = static_cast<Millis>(::timegm(&parts)) * 1000;
    return std::to_string(is_day && is_end ? at + 24 * 3600 * 1000 - 1 : at);
}

void Operator::add_exports() {
    static const Actor nobody;
    const auto request = [] { return compliance::Request{nobody, new_token(), {}, true}; };
    commands_["export run"] = [this, request](const json::object& a,
                                              const Progress& progress) -> json::value {
        Job wanted;
        wanted.type = compliance::message_export;
        const auto put = [&](const char* name, const std::string& value) {
            if (!value.empty()) wanted.data[name] = value;
        };
        put("export_type", text_of(a, "format"));
        put("initiated_by", "operator");
        put("job_start_time", operator_time(text_of(a, "from"), false));
        put("job_end_time", operator_time(text_of(a, "to"), true));
        if (wanted.data.contains("job_start_time") && !wanted.data.contains("job_end_time"))
            put("job_end_time", std::to_string(node_.database.now()));
        std::string channels, custodians;
        if (const auto names = split_words(text_of(a, "channels"), ','); !names.empty()) {
            const auto team = node_.teams.by_name(the_operator(), needed(a, "team"));
            for (const auto& name : names)
                channels += node_.channels.by_name(the_operator(), team.id, name, true).id.text() + " ";
        }
        for (const auto& name : split_words(text_of(a, "custodians"), ','))
            custodians += user_named({{"user", name}}).id.text() + " ";
        put("channel_ids", channels);
        put("custodian_ids", custodians);
        auto job = node_.exports.create(request(), wanted);
        std::string said;
        for (;;) {
            if (!node_.export_keeper.is_running()) node_.export_keeper.run_waiting();
            job = node_.exports.get(request(), job.id);
            if (const auto at = job.data.find("progress_message"); at != job.data.end() && at->second != said)
                progress(said = at->second);
            if (job.status != "pending" && job.status != "in_progress") break;
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        }
        if (job.status == "error")
            throw Error(Fault::unavailable, job.data["error"],
                        "The export " + job.id.text() + " failed: " + job.data["progress_message"]);
        return shown(job);
    };
    commands_["export key"] = [this](const json::object& a, const Progress&) -> json::value {
        if (flag_of(a, "renew")) node_.evidence_key.renew();
        const auto pem = node_.evidence_key.public_pem();
        return json::value(flag_of(a, "fingerprint") ? fingerprints(pem) : pem);
    };
    commands_["export list"] = [this, request](const json::object&, const Progress&) -> json::value {
        json::array out;
        for (const auto& job : node_.exports.list(request(), "", 0, 200)) out.push_back(shown(job));
        return out;
    };
    commands_["export show"] = [this, request](const json::object& a, const Progress&) -> json::value {
        return json::parse(json_text(node_.exports.get(request(), JobId::from_text(needed(a, "id")))));
    };
    commands_["export cancel"] = [this, request](const json::object& a, const Progress&) -> json::value {
        const auto id = JobId::from_text(needed(a, "id"));
        node_.exports.cancel(request(), id);
        return shown(node_.exports.get(request(), id));
    };
    commands_["export fetch"] = [this, request](const json::object& a,
                                                const Progress& progress) -> json::value {
        const auto path = needed(a, "file");
        if (!path.starts_with('/'))
            throw Error(Fault::invalid, "operator.export.file", "The file must be an absolute path.");
        const auto package = node_.exports.open(request(), JobId::from_text(needed(a, "id")));
        write_new_file(path, *package.body, progress);
        return json::object{
            {"file", path}, {"size", package.body->size()}, {"sha256", hex_of(package.sha256)}};
    };
}

}  // namespace concordat::appliance
