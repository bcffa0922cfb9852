// The operator's commands about other organisations.
#include <algorithm>

#include "appliance/daemon/operator.hpp"
#include "appliance/daemon/operator_arguments.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::appliance {
namespace {

using federation::LinkStatus;

constexpr std::int64_t usual_hours = 48, most_refusals = 200;

std::int64_t hours_of(const json::object& arguments) {
    const auto text = text_of(arguments, "hours");
    if (text.empty()) return usual_hours;
    if (text.size() > 4 || text.find_first_not_of("0123456789") != text.npos)
        throw Error(Fault::invalid, "operator.argument", "--hours is a number.");
    return std::stoll(text);
}

std::int64_t days_of(const json::object& arguments) {
    const auto text = text_of(arguments, "overlap-days");
    if (text.empty()) return federation::usual_overlap_days;
    if (text.size() > 4 || text.find_first_not_of("0123456789") != text.npos)
        throw Error(Fault::invalid, "operator.argument", "--overlap-days is a number.");
    return std::stoll(text);
}

// Of a number of MiB, in bytes.
std::int64_t mebibytes_of(const std::string& text) {
    if (text.size() > 7 || text.find_first_not_of("0123456789") != text.npos)
        throw Error(Fault::invalid, "operator.argument", "--largest-file is a number of MiB.");
    return std::stoll(text) << 20;
}

// "none", "all" or a number of days.
std::int64_t days_of(const std::string& text) {
    if (text == "none") return 0;
    if (text == "all") return -1;
    if (text.size() > 5 || text.find_first_not_of("0123456789") != text.npos)
        throw Error(Fault::invalid, "operator.argument", "--history is none, all or a number of days.");
    return std::stoll(text);
}

std::string days_in_words(std::int64_t days) {
    return days == 0 ? "none" : days < 0 ? "all" : std::to_string(days);
}

// "pdf,png"; "all" or "none" is nothing in the list.
std::vector<std::string> endings_of(const std::string& text) {
    if (text == "all" || text == "none") return {};
    return split_words(text, ',');
}

std::string joined_by(const std::vector<std::string>& words, const std::string& between) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : between) + word;
    return out;
}

// "", "on" or "off".
std::optional<bool> switch_of(const json::object& arguments, const char* name) {
    const auto text = text_of(arguments, name);
    if (text.empty()) return std::nullopt;
    if (text != "on" && text != "off")
        throw Error(Fault::invalid, "operator.argument", std::string("--") + name + " is on or off.");
    return text == "on";
}

// How far what was said before is told.
std::string history_in_words(const std::optional<ShareHistory>& history) {
    if (!history) return "none";
    auto out = std::to_string(history->told) + " messages";
    if (history->kept_back > 0) out += ", " + std::to_string(history->kept_back) + " kept back";
    return history->done_at > 0 ? out : out + ", more to come";
}

std::string connection_of(const std::vector<LinkStatus>& links, const OrganisationId& partner) {
    const auto at = std::ranges::find(links, partner, &LinkStatus::partner);
    if (at == links.end()) return "none";
    if (at->is_up) return "up, " + at->remote + (at->are_files_up ? ", files too" : "");
    return at->trouble.empty() ? "down" : "down: " + at->trouble;
}

json::object proof_in(const std::string& text) {
    return parse_json_value(text, "evidence").as_object();
}

}  // namespace

void Operator::add_federation() {
    const auto name_of = [this](const OrganisationId& id) -> std::string {
        if (id == node_.organisation.id()) return "here";
        const auto partner = node_.partners.find(id);
        return partner ? partner->name : id.text();
    };
    const auto shown = [this](const Partner& p) {
        const auto backlog = node_.shares.backlog_of(p.id);
        return json::object{{"name", p.name},
                            {"state", p.state},
                            {"connection", connection_of(running_.links(), p.id)},
                            {"on_the_way", backlog.events},
                            {"oldest_at", backlog.oldest_at},
                            {"calls_itself", p.display_name},
                            {"address", p.address},
                            {"check_number", node_.partners.number_of(p)},
                            {"seen_at", p.last_seen_at},
                            {"id", p.id.text()}};
    };
    const auto channel_of = [this](const json::object& a) {
        const auto team = node_.teams.by_name(the_operator(), needed(a, "team"));
        return node_.channels.by_name(the_operator(), team.id, needed(a, "channel"), false).id;
    };
    commands_["federation show"] = [this, shown](const json::object&, const Progress&) -> json::value {
        json::array partners;
        for (const auto& p : node_.partners.all()) partners.push_back(shown(p));
        json::array invitations;
        for (const auto& i : node_.partners.invitations())
            invitations.push_back(json::object{{"name", i.name}, {"expires_at", i.expires_at}});
        return json::object{{"organisation", node_.organisation.id().text()},
                            {"name", node_.organisation.name()},
                            {"address", node_.organisation.address()},
                            {"partners", partners},
                            {"invitations", invitations}};
    };
    commands_["federation invite"] = [this](const json::object& a, const Progress&) -> json::value {
        return json::value(
            node_.partners.invite({needed(a, "name")}, hours_of(a), text_of(a, "password")).word);
    };
    commands_["federation accept"] = [this, shown](const json::object& a, const Progress&) -> json::value {
        return shown(
            node_.partners.accept(needed(a, "invitation"), {needed(a, "name")}, text_of(a, "password")));
    };
    commands_["federation confirm"] = [this, shown](const json::object& a, const Progress&) -> json::value {
        return shown(node_.partners.confirm(needed(a, "name"), needed(a, "number")));
    };
    const auto keys_shown = [this]() -> json::value {
        const auto keys = node_.organisation.keys();
        json::array out;
        for (const auto& key : keys.keys())
            out.push_back(json::object{{"number", static_cast<std::int64_t>(out.size())},
                                       {"key", hex_of(key.public_key)},
                                       {"since_at", key.from},
                                       {"until_at", key.until},
                                       {"bad_since_at", key.bad_since}});
        return out;
    };
    commands_["federation keys"] = [keys_shown](const json::object&, const Progress&) {
        return keys_shown();
    };
    commands_["federation rotate-key"] = [this, keys_shown](const json::object& a,
                                                            const Progress&) -> json::value {
        const auto since = operator_time(text_of(a, "bad-since"), false);
        if (!flag_of(a, "abort"))
            node_.key_rotation.rotate(days_of(a), since.empty() ? 0 : std::stoll(since));
        else
            node_.key_rotation.abort();
        return keys_shown();
    };
    commands_["federation suspend"] = [this, shown](const json::object& a, const Progress&) -> json::value {
        return shown(node_.partners.suspend(needed(a, "name"), text_of(a, "reason")));
    };
    commands_["federation resume"] = [this, shown](const json::object& a, const Progress&) -> json::value {
        return shown(node_.partners.resume(needed(a, "name")));
    };
    commands_["federation revoke"] = [this, shown](const json::object& a, const Progress&) -> json::value {
        return shown(node_.partners.revoke(needed(a, "name"), text_of(a, "reason")));
    };
    commands_["federation address"] = [this, shown](const json::object& a, const Progress&) -> json::value {
        return shown(node_.partners.set_address(needed(a, "name"), text_of(a, "address")));
    };
    commands_["federation certificate"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto partner = node_.partners.set_certificate_name(needed(a, "name"), text_of(a, "san"));
        return json::object{{"name", partner.name},
                            {"certificate_name", node_.partners.certificate_name(partner.id)}};
    };
    commands_["federation policy"] = [this](const json::object& a, const Progress&) -> json::value {
        auto partner = node_.partners.by_name(needed(a, "name"));
        const auto positions = switch_of(a, "positions"), read_only = switch_of(a, "read-only");
        if (positions) partner.policy.positions = *positions;
        if (read_only) partner.policy.read_only = *read_only;
        const auto files = switch_of(a, "files"), direct = switch_of(a, "direct"),
                   emoji = switch_of(a, "emoji");
        const auto history = text_of(a, "history");
        const auto largest = text_of(a, "largest-file"), types = text_of(a, "file-types"),
                   refused = text_of(a, "refused-file-types");
        if (files) partner.policy.files = *files;
        if (direct) partner.policy.direct = *direct;
        if (emoji) partner.policy.emoji = *emoji;
        if (!history.empty()) partner.policy.history_days = days_of(history);
        if (!largest.empty()) partner.policy.largest_file = mebibytes_of(largest);
        if (!types.empty()) partner.policy.file_types = endings_of(types);
        if (!refused.empty()) partner.policy.refused_file_types = endings_of(refused);
        if (positions || read_only || files || direct || emoji || !history.empty() || !largest.empty() ||
            !types.empty() || !refused.empty())
            partner = node_.partners.set_policy(partner.name, partner.policy);
        return json::object{{"name", partner.name},
                            {"positions", partner.policy.positions},
                            {"read_only", partner.policy.read_only},
                            {"files", partner.policy.files},
                            {"direct", partner.policy.direct},
                            {"direct_there", partner.told.direct},
                            {"history", days_in_words(partner.policy.history_days)},
                            {"emoji", partner.policy.emoji},
                            {"largest_file", partner.policy.largest_file},
                            {"file_types", joined_by(partner.policy.file_types, ",")},
                            {"refused_file_types", joined_by(partner.policy.refused_file_types, ",")}};
    };
    commands_["federation files"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto partner = node_.partners.by_name(needed(a, "name"));
        json::array out;
        for (const auto& f : node_.partner_files.of_partner(partner.id, most_refusals))
            out.push_back(json::object{{"direction", "from"},
                                       {"file", f.id.text()},
                                       {"channel", f.channel_id.text()},
                                       {"state", f.state},
                                       {"reason", f.reason},
                                       {"size", f.size},
                                       {"tries", f.attempts},
                                       {"at", f.create_at}});
        for (const auto& f : node_.partner_files.refusals_of(partner.id, most_refusals))
            out.push_back(json::object{{"direction", "to"},
                                       {"file", f.file_id.text()},
                                       {"channel", f.channel_id.text()},
                                       {"state", "refused"},
                                       {"reason", f.code},
                                       {"size", 0},
                                       {"tries", 0},
                                       {"at", f.create_at}});
        return out;
    };
    commands_["federation refusals"] = [this](const json::object& a, const Progress&) -> json::value {
        json::array out;
        for (const auto& r :
             node_.shares.refusals_of(node_.partners.by_name(needed(a, "name")).id, most_refusals))
            out.push_back(json::object{{"channel", r.channel_id.text()},
                                       {"seq", r.seq},
                                       {"reason", r.code},
                                       {"refused_at", r.create_at}});
        return out;
    };
    commands_["federation digest"] = [this, name_of](const json::object& a, const Progress&) -> json::value {
        json::array out;
        for (const auto& s : node_.shares.streams_of(ChannelId::from_text(needed(a, "id"))))
            out.push_back(json::object{{"said_by", name_of(s.origin)},
                                       {"events", s.next_seq - 1},
                                       {"shown", s.applied_seq},
                                       {"digest", hex_of(s.head)},
                                       {"trouble", s.fault},
                                       {"origin", s.origin.text()}});
        return out;
    };
    commands_["federation evidence"] = [this, name_of](const json::object& a,
                                                       const Progress&) -> json::value {
        const auto wanted = text_of(a, "id");
        json::array out;
        for (const auto& e : node_.shares.evidence()) {
            const auto keys = node_.partners.keys_of(e.origin);
            if (e.id.text() == wanted)
                return json::object{{"origin", e.origin.text()},
                                    {"public_key", storage::base64(keys.first_key())},
                                    {"keys", storage::base64(keys.encode())},
                                    {"channel", e.channel_id.text()},
                                    {"one", proof_in(e.ours)},
                                    {"other", proof_in(e.theirs)}};
            out.push_back(json::object{{"id", e.id.text()},
                                       {"signed_by", name_of(e.origin)},
                                       {"channel", e.channel_id.text()},
                                       {"seq", e.seq},
                                       {"found_at", e.create_at}});
        }
        require(wanted.empty(), Fault::not_found, "federation.evidence.missing",
                "There is no such evidence.");
        return out;
    };
    commands_["federation share"] = [this, channel_of](const json::object& a,
                                                       const Progress&) -> json::value {
        node_.shares.share(the_operator(), channel_of(a), needed(a, "partner"));
        return json::value("The partner is offered the channel.");
    };
    commands_["federation unshare"] = [this, channel_of](const json::object& a,
                                                         const Progress&) -> json::value {
        node_.shares.unshare(the_operator(), channel_of(a), needed(a, "partner"));
        return json::value("The channel is not shared with this partner any more.");
    };
    commands_["federation channels"] = [this](const json::object&, const Progress&) -> json::value {
        json::array out;
        for (const auto& s : node_.shares.all()) {
            const auto home = node_.partners.find(s.home);
            out.push_back(json::object{{"id", s.channel_id.text()},
                                       {"channel", s.details.display_name},
                                       {"home", s.is_home ? "here"
                                                : home    ? home->name
                                                          : s.home.text()},
                                       {"state", s.state},
                                       {"since_at", s.since},
                                       {"history", history_in_words(node_.shares.history_of(s.channel_id))}});
        }
        return out;
    };
    commands_["federation join"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto team = node_.teams.by_name(the_operator(), needed(a, "team"));
        const auto channel = node_.shares.join(the_operator(), ChannelId::from_text(needed(a, "id")), team.id,
                                               text_of(a, "name"));
        return json::object{{"id", channel.id.text()}, {"name", channel.name}, {"team", team.name}};
    };
    commands_["federation leave"] = [this](const json::object& a, const Progress&) -> json::value {
        node_.shares.leave(the_operator(), ChannelId::from_text(needed(a, "id")));
        return json::value("This organisation takes part in the channel no more.");
    };
}

}  // namespace concordat::appliance
