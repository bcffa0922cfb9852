// The operator's commands about retention and legal holds.
#include <chrono>
#include <thread>

#include "appliance/daemon/operator.hpp"
#include "appliance/daemon/operator_arguments.hpp"
#include "core/base/text.hpp"

namespace concordat::appliance {
namespace {

constexpr std::int64_t most_certificates = 200;

compliance::Request at_the_machine() {
    static const Actor nobody;
    return {nobody, new_token(), {}, true};
}

// The counts in the order of their struct, and how it went.
json::object listed(const Job& job) {
    json::object out{{"id", job.id.text()}, {"status", job.status}, {"create_at", job.create_at}};
    const auto counts = json::parse(json_text(compliance::counts_of(job))).as_object();
    for (const auto& count : counts) out[count.key()] = count.value();
    for (const auto* name : {"blocked_by_export", "certificate_id", "progress_message"})
        if (const auto at = job.data.find(name); at != job.data.end()) out[name] = at->second;
    return out;
}

json::object listed(const LegalHold& hold) {
    return {{"id", hold.id.text()},
            {"name", hold.name},
            {"matter", hold.matter_id.text()},
            {"state", hold.state},
            {"people", hold.user_ids.size()},
            {"channels", hold.channel_ids.size()},
            {"create_at", hold.create_at},
            {"frees_at", hold.frees_at}};
}

json::object listed(const LegalMatter& matter) {
    return {{"id", matter.id.text()},
            {"name", matter.name},
            {"holds_in_force", matter.in_force},
            {"create_at", matter.create_at},
            {"close_at", matter.close_at}};
}

Millis time_of(const json::object& arguments, const char* name, bool is_end) {
    const auto text = operator_time(text_of(arguments, name), is_end);
    return text.empty() ? 0 : std::stoll(text);
}

}  // namespace

void Operator::add_retention() {
    commands_["retention run"] = [this](const json::object&, const Progress& progress) -> json::value {
        auto job = node_.retention_jobs.create(at_the_machine());
        std::string said;
        while (job.status == "pending" || job.status == "in_progress") {
            if (!node_.retention_keeper.is_running()) node_.retention_keeper.run_waiting();
            job = node_.retention_jobs.get(at_the_machine(), job.id);
            const auto posts = std::to_string(compliance::counts_of(job).posts);
            if (posts != said && posts != "0") progress(posts + " messages are gone.");
            said = posts;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        if (job.status == "error")
            throw Error(Fault::unavailable, job.data["error"],
                        "The run " + job.id.text() + " failed: " + job.data["progress_message"]);
        return listed(job);
    };
    commands_["retention preview"] = [this](const json::object&, const Progress&) -> json::value {
        return json::parse(json_text(node_.retention_jobs.preview()));
    };
    commands_["retention status"] = [this](const json::object&, const Progress&) -> json::value {
        json::array runs;
        for (const auto& job : node_.retention_jobs.list(at_the_machine(), "", 0, 10))
            runs.push_back(listed(job));
        return json::object{{"policy", json::parse(json_text(node_.retention_policies.global()))},
                            {"policies", node_.retention_policies.count()},
                            {"blocked_by_export", node_.retention_runner.blocked_by_export()},
                            {"runs", runs}};
    };
    commands_["retention certificates"] = [this](const json::object& a, const Progress&) -> json::value {
        if (const auto id = text_of(a, "id"); !id.empty())
            return json::parse(json_text(node_.retention_jobs.certificate(CertificateId::from_text(id))));
        json::array out;
        for (const auto& c : node_.retention_jobs.certificates(0, most_certificates))
            out.push_back(json::object{{"number", c.number},
                                       {"id", c.id.text()},
                                       {"job", c.job_id.text()},
                                       {"create_at", c.create_at}});
        return out;
    };
    add_holds();
}

void Operator::add_holds() {
    commands_["hold matter"] = [this](const json::object& a, const Progress&) -> json::value {
        return listed(
            node_.holds.open_matter(at_the_machine(), needed(a, "name"), text_of(a, "description")));
    };
    commands_["hold matters"] = [this](const json::object&, const Progress&) -> json::value {
        json::array out;
        for (const auto& matter : node_.holds.matters(at_the_machine(), 0, most_certificates))
            out.push_back(listed(matter));
        return out;
    };
    commands_["hold close"] = [this](const json::object& a, const Progress&) -> json::value {
        return listed(node_.holds.close_matter(at_the_machine(), MatterId::from_text(needed(a, "id"))));
    };
    const auto wanted = [this](const json::object& a) {
        LegalHold hold;
        hold.matter_id = MatterId::from_text(needed(a, "matter"));
        hold.name = needed(a, "name");
        for (const auto& name : split_words(text_of(a, "people"), ','))
            hold.user_ids.push_back(user_named({{"user", name}}).id);
        if (const auto names = split_words(text_of(a, "channels"), ','); !names.empty()) {
            const auto team = node_.teams.by_name(the_operator(), needed(a, "team"));
            for (const auto& name : names)
                hold.channel_ids.push_back(node_.channels.by_name(the_operator(), team.id, name, true).id);
        }
        hold.starts_at = time_of(a, "from", false);
        hold.ends_at = time_of(a, "to", true);
        hold.include_public_channels = flag_of(a, "with-public-channels");
        return hold;
    };
    commands_["hold make"] = [this, wanted](const json::object& a, const Progress&) -> json::value {
        return listed(node_.holds.create(at_the_machine(), wanted(a)));
    };
    commands_["hold preview"] = [this, wanted](const json::object& a, const Progress&) -> json::value {
        return json::parse(json_text(node_.holds.preview(at_the_machine(), wanted(a))));
    };
    commands_["hold list"] = [this](const json::object&, const Progress&) -> json::value {
        json::array out;
        for (const auto& hold : node_.holds.list(at_the_machine(), {}, 0, most_certificates))
            out.push_back(listed(hold));
        return out;
    };
    commands_["hold show"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto id = HoldId::from_text(needed(a, "id"));
        auto out = json::parse(json_text(node_.holds.get(at_the_machine(), id))).as_object();
        out["keeps"] = json::parse(json_text(node_.holds.keeps(at_the_machine(), id)));
        return out;
    };
    commands_["hold release"] = [this](const json::object& a, const Progress&) -> json::value {
        return listed(node_.holds.ask_release(at_the_machine(), HoldId::from_text(needed(a, "id"))));
    };
    commands_["hold approve"] = [this](const json::object& a, const Progress&) -> json::value {
        return listed(node_.holds.approve_release(at_the_machine(), HoldId::from_text(needed(a, "id"))));
    };
    commands_["hold keep"] = [this](const json::object& a, const Progress&) -> json::value {
        return listed(node_.holds.keep_on(at_the_machine(), HoldId::from_text(needed(a, "id"))));
    };
}

}  // namespace concordat::appliance
