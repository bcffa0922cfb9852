#include "messaging/conversation/sidebar.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "messaging/conversation/names.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/preferences.hpp"
#include "storage/tables/sidebar.hpp"
#include "storage/tables/teams.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* refused = "app.channel.sidebar_categories.app_error";
using Categories = std::vector<SidebarCategory>;

// Each category with its channels.
Categories filled(Categories categories, const std::vector<storage::SidebarPlace>& places) {
    std::map<std::string, SidebarCategory*> by_id;
    SidebarCategory *channels = nullptr, *direct = nullptr;
    for (auto& c : categories) {
        by_id[c.id] = &c;
        if (c.type == "channels") channels = &c;
        if (c.type == "direct_messages") direct = &c;
    }
    for (const auto& place : places) {
        const auto at = by_id.find(place.category_id);
        const bool is_between_people = place.channel_type == "D" || place.channel_type == "G";
        auto* category = at != by_id.end() ? at->second : is_between_people ? direct : channels;
        if (category) category->channel_ids.push_back(place.channel_id);
    }
    return categories;
}

void require_member(storage::Tx& tx, const UserId& user, const TeamId& team) {
    const auto member = storage::TeamMemberTable(tx).find(team, user);
    require(member && member->delete_at == 0, Fault::not_found, refused,
            "This person is not a member of the team.");
}

// The categories as they are, locked for a change; made when they are missing.
Categories locked(storage::Tx& tx, const UserId& user, const TeamId& team) {
    storage::SidebarTable table(tx);
    auto categories = table.categories(user, team, true);
    if (!categories.empty()) return categories;
    require_member(tx, user, team);
    table.make_built_in(user, team);
    return table.categories(user, team, true);
}

Categories loaded(storage::Tx& tx, const UserId& user, const TeamId& team) {
    storage::SidebarTable table(tx);
    return filled(table.categories(user, team), table.places(user, team));
}

SidebarCategory* by_id(Categories& categories, const std::string& id) {
    const auto at =
        std::find_if(categories.begin(), categories.end(), [&](const auto& c) { return c.id == id; });
    require(at != categories.end(), Fault::not_found, refused, "There is no such category.");
    return &*at;
}

void check(const SidebarCategory& c) {
    const bool known_sorting =
        c.sorting.empty() || c.sorting == "manual" || c.sorting == "recent" || c.sorting == "alpha";
    if (!known_sorting) throw bad_body("sorting");
    if (rune_count(c.display_name) > 64 || c.display_name.find('\0') != std::string::npos)
        throw bad_body("display_name");
}

// Those the person is in, each once, and for "channels" no messages between people.
std::vector<ChannelId> fitting(const std::vector<ChannelId>& wanted,
                               const std::vector<storage::SidebarPlace>& places, const std::string& type) {
    std::map<ChannelId, std::string> types;
    for (const auto& place : places) types[place.channel_id] = place.channel_type;
    std::vector<ChannelId> out;
    std::set<ChannelId> seen;
    for (const auto& id : wanted) {
        const auto at = types.find(id);
        if (at == types.end() || !seen.insert(id).second) continue;
        if (type == "channels" && at->second != "O" && at->second != "P") continue;
        out.push_back(id);
    }
    return out;
}

std::set<ChannelId> favorites_of(const Categories& categories) {
    for (const auto& c : categories)
        if (c.type == "favorites") return {c.channel_ids.begin(), c.channel_ids.end()};
    return {};
}

void tell_preferences(storage::Tx& tx, const UserId& user, const Categories& before,
                      const Categories& after) {
    const auto was = favorites_of(before), is = favorites_of(after);
    std::vector<Preference> added, removed;
    for (const auto& id : is)
        if (!was.contains(id)) added.push_back({user, "favorite_channel", id.text(), "true"});
    for (const auto& id : was)
        if (!is.contains(id)) removed.push_back({user, "favorite_channel", id.text(), "true"});
    if (!added.empty()) {
        storage::PreferenceTable(tx).set(added);
        tx.emit(PreferencesChanged{user, added});
    }
    if (!removed.empty()) {
        storage::PreferenceTable(tx).remove(removed);
        tx.emit(PreferencesDeleted{user, removed});
    }
}

// Which channels are in a muted category: all of them by id.
std::map<ChannelId, bool> mutings(const Categories& categories) {
    std::map<ChannelId, bool> out;
    for (const auto& c : categories)
        for (const auto& id : c.channel_ids) out[id] = c.muted;
    return out;
}

void follow_mutings(storage::Tx& tx, const UserId& user, const UserId& actor, const Categories& before,
                    const Categories& after) {
    const auto was = mutings(before);
    std::vector<ChannelId> mute, unmute;
    for (const auto& [id, muted] : mutings(after)) {
        const auto at = was.find(id);
        if (at == was.end() || at->second == muted) continue;
        (muted ? mute : unmute).push_back(id);
    }
    storage::ChannelMemberTable table(tx);
    for (const auto& [channels, value] : {std::pair{&mute, "mention"}, std::pair{&unmute, "all"}})
        if (!channels->empty())
            for (const auto& member : table.set_mark_unread(user, *channels, value, tx.now()))
                tx.emit(ChannelMemberUpdated{member, actor});
}

std::vector<std::string> ids_of(const Categories& categories) {
    std::vector<std::string> ids;
    for (const auto& c : categories) ids.push_back(c.id);
    return ids;
}

}  // namespace

SidebarCategories Sidebar::of_user(const UserId& user, const TeamId& team) {
    auto categories = db_.read([&](storage::Tx& tx) { return loaded(tx, user, team); });
    if (categories.empty())
        categories = db_.transact([&](storage::Tx& tx) {
            locked(tx, user, team);
            return loaded(tx, user, team);
        });
    auto order = ids_of(categories);
    return {std::move(categories), std::move(order)};
}

SidebarCategory Sidebar::named(const UserId& user, const TeamId& team, const std::string& id) {
    auto all = of_user(user, team).categories;
    return *by_id(all, id);
}

SidebarCategory Sidebar::create(const UserId& user, const TeamId& team, SidebarCategory category) {
    check(category);
    require(category.type.empty() || category.type == "custom", Fault::invalid, refused,
            "Only custom categories can be made.");
    return db_.transact([&](storage::Tx& tx) {
        storage::SidebarTable table(tx);
        const auto before = locked(tx, user, team);
        const auto places = table.places(user, team);
        category.id = CategoryId::fresh(tx.now()).text();
        category.user_id = user;
        category.team_id = team;
        category.type = "custom";
        category.display_name = visible_text(category.display_name);
        category.channel_ids = fitting(category.channel_ids, places, category.type);

        table.insert(category);
        table.put(category);
        auto order = ids_of(before);
        order.insert(order.begin() + (!before.empty() && before.front().type == "favorites" ? 1 : 0),
                     category.id);
        table.set_order(user, team, order);
        auto after = loaded(tx, user, team);
        tell_preferences(tx, user, filled(before, places), after);
        follow_mutings(tx, user, user, filled(before, places), after);
        auto made = *by_id(after, category.id);
        tx.emit(CategoryCreated{made});
        return made;
    });
}

Categories Sidebar::update(const Actor& actor, const UserId& user, const TeamId& team,
                           const Categories& wanted) {
    if (wanted.empty()) throw bad_body("categories");
    for (const auto& c : wanted) check(c);
    return db_.transact([&](storage::Tx& tx) {
        storage::SidebarTable table(tx);
        auto stored = locked(tx, user, team);
        const auto places = table.places(user, team);
        const auto before = filled(stored, places);
        for (const auto& next : wanted) {
            auto& category = *by_id(stored, next.id);
            category.sorting = next.sorting;
            category.collapsed = next.collapsed;
            category.channel_ids = fitting(next.channel_ids, places, category.type);
            if (category.type == "custom") category.display_name = visible_text(next.display_name);
            if (category.type != "direct_messages") category.muted = next.muted;
            table.update(category);
            if (category.type != "direct_messages")
                table.put(category);
            else if (!category.channel_ids.empty())
                table.put_nowhere(user, team, category.channel_ids);
        }
        auto after = loaded(tx, user, team);
        tell_preferences(tx, user, before, after);
        follow_mutings(tx, user, actor.user_id, before, after);
        Categories updated;
        for (const auto& next : wanted) updated.push_back(*by_id(after, next.id));
        tx.emit(CategoriesUpdated{user, team, updated});
        return updated;
    });
}

void Sidebar::remove(const UserId& user, const TeamId& team, const std::string& id) {
    db_.transact([&](storage::Tx& tx) {
        storage::SidebarTable table(tx);
        auto before = filled(locked(tx, user, team), table.places(user, team));
        require(by_id(before, id)->type == "custom", Fault::invalid, refused,
                "Only custom categories can be removed.");
        table.remove(user, team, id);
        follow_mutings(tx, user, user, before, loaded(tx, user, team));
        tx.emit(CategoryDeleted{user, team, id});
    });
}

std::vector<std::string> Sidebar::reorder(const UserId& user, const TeamId& team,
                                          const std::vector<std::string>& ids) {
    return db_.transact([&](storage::Tx& tx) {
        auto known = ids_of(locked(tx, user, team)), named = ids;
        std::sort(known.begin(), known.end());
        std::sort(named.begin(), named.end());
        require(known == named, Fault::invalid, refused, "The order must name every category once.");
        storage::SidebarTable(tx).set_order(user, team, ids);
        tx.emit(CategoryOrderUpdated{user, team, ids});
        return ids;
    });
}

}  // namespace concordat::messaging
