// The operator's commands about other organisations.
#include "appliance/daemon/operator.hpp"
#include "appliance/daemon/operator_arguments.hpp"

namespace concordat::appliance {
namespace {

constexpr std::int64_t usual_hours = 48;

std::int64_t hours_of(const json::object& arguments) {
    const auto text = text_of(arguments, "hours");
    if (text.empty()) return usual_hours;
    if (text.size() > 4 || text.find_first_not_of("0123456789") != text.npos)
        throw Error(Fault::invalid, "operator.argument", "--hours is a number.");
    return std::stoll(text);
}

}  // namespace

void Operator::add_federation() {
    const auto shown = [this](const Partner& p) {
        return json::object{{"name", p.name},
                            {"state", p.state},
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
        return json::value(node_.partners.invite(needed(a, "name"), hours_of(a)));
    };
    commands_["federation accept"] = [this, shown](const json::object& a, const Progress&) -> json::value {
        return shown(node_.partners.accept(needed(a, "invitation"), needed(a, "name")));
    };
    commands_["federation confirm"] = [this, shown](const json::object& a, const Progress&) -> json::value {
        return shown(node_.partners.confirm(needed(a, "name"), needed(a, "number")));
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
                                       {"since_at", s.since}});
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
