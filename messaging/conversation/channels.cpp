#include "messaging/conversation/channels.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "identity/barrier/barriers.hpp"
#include "messaging/conversation/joining.hpp"
#include "messaging/conversation/names.hpp"
#include "messaging/conversation/system_posts.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/teams.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* unknown_channel = "app.channel.get.existing.app_error";
constexpr const char* no_channel_name = "app.channel.get_by_name.missing.app_error";
constexpr const char* no_such_channel = "There is no such channel.";

[[noreturn]] void refuse_taken_name() {
    throw Error(Fault::invalid, "store.sql_channel.save_channel.exists.app_error",
                "A channel with that name already exists in this team.");
}

// One message for each thing that is told.
void tell_changes(storage::Tx& tx, const Actor& actor, const Channel& before, const Channel& now) {
    const auto tell = [&](const char* type, const char* word, const char* key, const std::string& old_text,
                          const std::string& new_text) {
        if (old_text == new_text) return;
        json::object props{{"username", actor.username}};
        props[std::string("old_") + key] = old_text;
        props[std::string("new_") + key] = new_text;
        write_system_post(tx, place_of(now), actor.user_id, actor.username, type,
                          actor.username + " changed the " + word + " of the channel.", std::move(props));
    };
    tell("system_displayname_change", "display name", "displayname", before.display_name, now.display_name);
    tell("system_header_change", "header", "header", before.header, now.header);
    tell("system_purpose_change", "purpose", "purpose", before.purpose, now.purpose);
}

void apply(const ChannelPatch& patch, Channel& channel) {
    if (channel.is_between_people()) {
        const bool is_header_only = !(patch.name && *patch.name != channel.name) &&
                                    !(patch.display_name && *patch.display_name != channel.display_name) &&
                                    !(patch.purpose && *patch.purpose != channel.purpose);
        require(is_header_only, Fault::invalid, "api.channel.patch_update_channel.forbidden.app_error",
                "Only the header of messages between people can be changed.");
    }
    require(!patch.name || *patch.name == channel.name || channel.name != town_square, Fault::invalid,
            "api.channel.update_channel.tried.app_error", "The default channel keeps its name.");
    if (patch.name) channel.name = *patch.name;
    if (patch.display_name) channel.display_name = visible_text(trimmed(*patch.display_name));
    if (patch.header) channel.header = *patch.header;
    if (patch.purpose) channel.purpose = *patch.purpose;
    check_channel(channel);
}

}  // namespace

identity::ChannelPlace Channels::place(const ChannelId& id) {
    return found(gate_.place(id), unknown_channel, no_such_channel);
}

Channel Channels::create(const Actor& actor, Channel wanted) {
    require(!wanted.is_between_people(), Fault::invalid,
            "api.channel.create_channel.direct_channel.app_error",
            "Messages between people are made elsewhere.");
    if (wanted.team_id.empty()) throw bad_body("team_id");
    Channel channel;
    channel.team_id = wanted.team_id;
    channel.type = wanted.type;
    channel.name = wanted.name;
    channel.display_name = visible_text(trimmed(wanted.display_name));
    channel.header = wanted.header;
    channel.purpose = wanted.purpose;
    channel.creator_id = actor.user_id;
    check_channel(channel);
    gate_.require_in_team(
        actor, channel.type == "O" ? Permission::create_public_channel : Permission::create_private_channel,
        channel.team_id);

    const auto settings = settings_.current();
    return db_.transact([&](storage::Tx& tx) {
        const auto team = found(storage::TeamTable(tx).find(channel.team_id), "app.team.get.find.app_error",
                                "There is no such team.");
        require(team.delete_at == 0, Fault::invalid, "api.channel.create_channel.team_deleted.app_error",
                "This team is archived.");
        storage::ChannelTable table(tx);
        if (table.count_in_team(team.id) >= settings->TeamSettings.MaxChannelsPerTeam)
            throw Error(Fault::invalid, "api.channel.create_channel.max_channel_limit.app_error",
                        "This team has reached the largest number of channels.");

        auto made = channel;
        made.id = ChannelId::fresh(tx.now());
        made.create_at = made.update_at = tx.now();
        if (!table.insert(made)) refuse_taken_name();
        tx.emit(ChannelCreated{made, actor.user_id});
        const auto creator = party_of(actor);
        enter_channel(tx, made, creator, creator, true);
        tell_entered(tx, made, creator, creator);
        return found(table.find(made.id), unknown_channel);
    });
}

Channel Channels::get(const Actor& actor, const ChannelId& id) {
    place(id);
    if (!gate_.may_see(actor, id)) throw lacks_permission("read_channel");
    return found(db_.read([&](storage::Tx& tx) { return storage::ChannelTable(tx).find(id); }),
                 unknown_channel, no_such_channel);
}

Channel Channels::by_name(const Actor& actor, const TeamId& team, const std::string& name,
                          bool with_deleted) {
    const auto known = checked_term(lower_ascii(name), "channel_name");
    auto channel = db_.read([&](storage::Tx& tx) {
        storage::ChannelTable table(tx);
        auto of_team = table.by_name(team, known, with_deleted);
        if (!of_team && is_between_people(name)) return table.by_name(TeamId(), name, with_deleted);
        return of_team;
    });
    if (!channel) throw Error(Fault::not_found, no_channel_name, no_such_channel);
    if (gate_.may_see(actor, channel->id)) return *std::move(channel);
    if (channel->type == "O") throw lacks_permission("read_public_channel");
    throw Error(Fault::not_found, no_channel_name, no_such_channel);  // not even told that it exists
}

Channel Channels::by_team_name(const Actor& actor, const std::string& team_name, const std::string& name,
                               bool with_deleted) {
    const auto known = checked_term(lower_ascii(team_name), "team_name");
    const auto team = found(db_.read([&](storage::Tx& tx) { return storage::TeamTable(tx).by_name(known); }),
                            "app.team.get_by_name.missing.app_error", "There is no such team.");
    return by_name(actor, team.id, name, with_deleted);
}

void Channels::require_may_change(const Actor& actor, const identity::ChannelPlace& place) {
    if (place.is_between_people()) {
        if (!gate_.is_member(actor.user_id, place.id) && !actor.is_admin)
            throw lacks_permission("manage_channel_properties");
        return;
    }
    gate_.require_in_channel(actor,
                             place.type == "O" ? Permission::manage_public_channel_properties
                                               : Permission::manage_private_channel_properties,
                             place.id);
}

Channel Channels::patch(const Actor& actor, const ChannelId& id, const ChannelPatch& patch) {
    require_may_change(actor, place(id));
    identity::require_writable(db_, actor, id);
    return db_.transact([&](storage::Tx& tx) {
        storage::ChannelTable table(tx);
        const auto before = found(table.lock(id), unknown_channel, no_such_channel);
        require(before.delete_at == 0, Fault::invalid, "api.channel.update_channel.deleted.app_error",
                "This channel is archived.");
        auto channel = before;
        apply(patch, channel);
        channel.update_at = std::max(tx.now(), before.update_at + 1);
        if (!table.update(channel)) refuse_taken_name();
        tx.emit(ChannelUpdated{channel, before, actor.user_id});
        tell_changes(tx, actor, before, channel);
        return channel;
    });
}

Channel Channels::update(const Actor& actor, const ChannelId& id, const Channel& next) {
    const auto where = place(id);
    require(next.type.empty() || next.type == where.type, Fault::invalid,
            "api.channel.update_channel.typechange.app_error",
            "The type of a channel is not changed this way.");
    ChannelPatch everything{std::nullopt, std::nullopt, next.header, next.purpose};
    if (!next.name.empty()) everything.name = next.name;
    if (!next.display_name.empty()) everything.display_name = next.display_name;
    return patch(actor, id, everything);
}

Channel Channels::set_privacy(const Actor& actor, const ChannelId& id, const std::string& type) {
    if (type != "O" && type != "P") throw bad_body("privacy");
    const auto where = place(id);
    require(!where.is_between_people(), Fault::invalid, "api.channel.update_channel_privacy.type.app_error",
            "Messages between people are always private.");
    gate_.require_in_channel(actor,
                             type == "O" ? Permission::convert_private_channel_to_public
                                         : Permission::convert_public_channel_to_private,
                             id);
    require(where.name != town_square || type == "O", Fault::invalid,
            "api.channel.update_channel_privacy.default_channel_error",
            "The default channel is always public.");
    return db_.transact([&](storage::Tx& tx) {
        storage::ChannelTable table(tx);
        auto channel = found(table.lock(id), unknown_channel, no_such_channel);
        require(channel.delete_at == 0, Fault::invalid, "api.channel.update_channel.deleted.app_error",
                "This channel is archived.");
        if (channel.type == type) return channel;
        channel.type = type;
        channel.update_at = std::max(tx.now(), channel.update_at + 1);
        table.update(channel);
        tx.emit(ChannelConverted{channel, actor.user_id});
        write_system_post(tx, place_of(channel), actor.user_id, actor.username, "system_change_chan_privacy",
                          type == "O"
                              ? "This channel is public now. Every member of the team can read it and join."
                              : "This channel is private now.");
        return channel;
    });
}

void Channels::remove(const Actor& actor, const ChannelId& id) {
    const auto where = place(id);
    require(!where.is_between_people(), Fault::invalid, "api.channel.delete_channel.type.invalid",
            "Messages between people cannot be archived.");
    gate_.require_in_channel(
        actor, where.type == "O" ? Permission::delete_public_channel : Permission::delete_private_channel,
        id);
    require(where.name != town_square, Fault::invalid, "api.channel.delete_channel.cannot.app_error",
            "The default channel cannot be archived.");
    db_.transact([&](storage::Tx& tx) {
        storage::ChannelTable table(tx);
        auto channel = found(table.lock(id), unknown_channel, no_such_channel);
        require(channel.delete_at == 0, Fault::invalid, "api.channel.delete_channel.deleted.app_error",
                "This channel is archived already.");
        write_system_post(tx, place_of(channel), actor.user_id, actor.username, "system_channel_deleted",
                          actor.username + " archived the channel.");
        channel.delete_at = tx.now();
        channel.update_at = std::max(tx.now(), channel.update_at + 1);
        table.update(channel);
        tx.emit(ChannelDeleted{channel, actor.user_id});
    });
}

Channel Channels::restore(const Actor& actor, const ChannelId& id) {
    const auto where = place(id);
    require(!where.is_between_people(), Fault::invalid, "api.channel.restore_channel.type.app_error",
            "Messages between people are never archived.");
    gate_.require_in_team(actor, Permission::manage_team, where.team_id);
    return db_.transact([&](storage::Tx& tx) {
        storage::ChannelTable table(tx);
        auto channel = found(table.lock(id), unknown_channel, no_such_channel);
        require(channel.delete_at > 0, Fault::invalid, "api.channel.restore_channel.restored.app_error",
                "This channel is not archived.");
        channel.delete_at = 0;
        channel.update_at = std::max(tx.now(), channel.update_at + 1);
        table.update(channel);
        tx.emit(ChannelRestored{channel, actor.user_id});
        write_system_post(tx, place_of(channel), actor.user_id, actor.username, "system_channel_restored",
                          actor.username + " restored the channel.");
        return channel;
    });
}

}  // namespace concordat::messaging
