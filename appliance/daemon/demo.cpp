#include "appliance/daemon/operator.hpp"
#include "storage/tables/users.hpp"

namespace concordat::appliance {
namespace {

constexpr const char* demo_password = "concordat-demo";

struct Person {
    const char *username, *first, *last, *position;
};
constexpr Person people[] = {{"ada.keller", "Ada", "Keller", "Head of compliance"},
                             {"bruno.meyer", "Bruno", "Meyer", "Network operations"},
                             {"chloe.martin", "Chloé", "Martin", "Legal counsel"},
                             {"david.okafor", "David", "Okafor", "Security team"},
                             {"elif.demir", "Elif", "Demir", "Product management"},
                             {"farid.haddad", "Farid", "Haddad", "Database engineering"}};

struct Line {
    int author;
    const char* text;
    bool is_reply;
};

class Demo {
public:
    Demo(Node& node, const Progress& progress) : node_(node), progress_(progress) {}

    json::value make() {
        if (!node_.accounts.has_none())
            throw Error(Fault::conflict, "demo.not_empty",
                        "There are people on this server already; the demo is for an empty one.");
        for (const auto& person : people) add(person);
        progress_("Six people; the first, ada.keller, administers the server. Everybody's password is " +
                  std::string(demo_password) + ".");
        Team wanted;
        wanted.name = "nordlicht";
        wanted.display_name = "Nordlicht Energie";
        wanted.type = "O";
        wanted.allow_open_invite = true;
        const auto team = node_.teams.create(actors_[0], wanted);
        for (std::size_t i = 1; i < actors_.size(); ++i)
            node_.team_members.add(actors_[0], team.id, actors_[i].user_id);
        const auto grid =
            channel(team.id, "grid-operations", "Grid operations", "O", "Shift plan and incidents");
        const auto audit = channel(team.id, "audit-2026", "Audit 2026", "P", "Evidence for the yearly audit");
        const auto square = node_.channels.by_name(actors_[0], team.id, "town-square", false).id;
        progress_("One team with four channels.");
        talk(square, {{0,
                       "Welcome to the new server. Everything said here is kept encrypted, and we can answer "
                       "for every message.",
                       false},
                      {1, "Nice. The desktop app connected at once :tada:", true},
                      {4, "Same here, on the phone.", true},
                      {3,
                       "Reminder: the second factor becomes mandatory **next month**. @elif.demir please "
                       "plan a slot for questions.",
                       false}});
        talk(grid, {{1, "Transformer 7 reports 81 °C, limit is 90 °C. Watching it.", false},
                    {5,
                     "Load moved to line B at 14:05.\n\n| line | before | after |\n|---|---|---|\n| A | 94 % "
                     "| 71 % |\n| B | 52 % | 75 % |",
                     true},
                    {1, "Back to 74 °C, closing the incident. #incident", true},
                    {5, "The nightly backup took 38 minutes, all checks green. #backup", false}});
        talk(audit,
             {{2, "The auditors ask for the change log of March. @ada.keller can you take that?", false},
              {0, "Yes, the export is attached.", true}});
        file(audit, "change-log-2026-03.csv",
             "date,system,change,approved_by\n2026-03-02,scada,firmware 4.2,okafor\n2026-03-17,vpn,new "
             "certificate,meyer\n");
        const auto direct =
            node_.direct_channels.direct(actors_[0], {actors_[0].user_id, actors_[3].user_id});
        talk(direct.id, {{3, "Can we look at the retention rules before Friday?", false},
                         {0, "Thursday at ten works for me.", false}});
        progress_("Conversations, threads and a file.");
        return json::object{
            {"administrator", people[0].username}, {"password", demo_password}, {"team", team.name}};
    }

private:
    void add(const Person& person) {
        identity::NewAccount account;
        account.user.username = person.username;
        account.user.email = std::string(person.username) + "@nordlicht.example";
        account.user.first_name = person.first;
        account.user.last_name = person.last;
        account.user.position = person.position;
        account.password = demo_password;
        account.by_operator = true;
        const auto user = node_.accounts.create(account, {});
        Actor actor;
        actor.user_id = user.id;
        actor.username = user.username;
        actor.roles = {"system_user"};
        actor.is_admin = actors_.empty();
        if (actor.is_admin) actor.roles.push_back("system_admin");
        actors_.push_back(actor);
    }

    ChannelId channel(const TeamId& team, const char* name, const char* display_name, const char* type,
                      const char* purpose) {
        Channel c;
        c.team_id = team;
        c.name = name;
        c.display_name = display_name;
        c.type = type;
        c.purpose = purpose;
        const auto made = node_.channels.create(actors_[0], c);
        for (std::size_t i = 1; i < actors_.size(); ++i)
            node_.channel_members.add(actors_[0], made.id, {actors_[i].user_id});
        return made.id;
    }

    void talk(const ChannelId& channel, const std::vector<Line>& lines) {
        PostId root;
        for (const auto& line : lines) {
            Post post;
            post.channel_id = channel;
            post.message = line.text;
            if (line.is_reply) post.root_id = root;
            const auto made = node_.posts.create(actors_[static_cast<std::size_t>(line.author)], post);
            if (!line.is_reply) root = made.id;
            last_root_ = root;
        }
    }

    void file(const ChannelId& channel, const char* name, const std::string& body) {
        auto incoming = node_.files.receive(actors_[0], channel, name);
        incoming->write(body);
        incoming->finish();
        std::vector<std::unique_ptr<messaging::IncomingFile>> files;
        files.push_back(std::move(incoming));
        Post post;
        post.channel_id = channel;
        post.root_id = last_root_;
        post.message = "Here it is.";
        post.file_ids = {node_.files.add(actors_[0], std::move(files))[0].id};
        node_.posts.create(actors_[0], post);
    }

    Node& node_;
    const Progress& progress_;
    std::vector<Actor> actors_;
    PostId last_root_;
};

}  // namespace

json::value make_demo(Node& node, const Progress& progress) {
    return Demo(node, progress).make();
}

}  // namespace concordat::appliance
