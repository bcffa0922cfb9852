// A simulated person at the official web client: every action is the calls that client makes.
//
// Calls of one action follow each other on one connection, where a browser would send some side by
// side: an action's latency is therefore the sum of its calls', an upper bound of what a person sees.
#pragma once
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>
#include "tests/bench/scenarios/deliveries.hpp"
#include "tests/bench/scenarios/scenario.hpp"

namespace concordat::bench {

// What all visitors share. Outlives them.
struct Stage {
    Context& context;
    std::deque<Person>& people;
    std::vector<Channel> channels;
    Deliveries deliveries{};
    Tally* tally = nullptr;                                  // null while they arrive: nothing counts
    std::map<std::string, std::deque<std::string>> roots{};  // newest threads and plain posts, by channel id
    std::set<std::string> answered{};                        // roots that have replies
};

class Visitor {
public:
    Visitor(Stage& stage, std::size_t place);

    // Loads the client, opens the socket, two direct channels and a thread. Throws Error (unavailable).
    Task<> arrive();
    // Acts until the window closes: when the pacer says so, else without a pause.
    Task<> act(Pacer* pacer);

private:
    struct Deed {
        const char* name;
        double weight;  // relative frequency
        Task<> (Visitor::*run)();
    };
    static const std::vector<Deed>& deeds();

    Task<> switch_channel();
    Task<> scroll();
    Task<> delete_draft();
    Task<> post();
    Task<> check_unreads();
    Task<> open_direct();
    Task<> view_threads();
    Task<> save_draft();
    Task<> read_thread();
    Task<> open_permalink();
    Task<> view_thread();
    Task<> reconnect();
    Task<> react();
    Task<> edit();
    Task<> list_drafts();
    Task<> search_users();
    Task<> view_profile();
    Task<> search_posts();
    Task<> search_channels();
    Task<> create_direct();
    Task<> join_channel();
    Task<> delete_post();
    Task<> sign_out_and_in();
    Task<> reload();

    // One call; counts as "call <label>". A failure makes the action one.
    Task<Response> call(const char* label, std::string_view verb, std::string path, std::string body = {},
                        Body keep = Body::count);
    Task<> view_channel(std::string channel_id);
    Task<> publish(std::string channel_id, std::string root_id);
    Task<> load();
    Task<> open_socket(bool resumes);
    // A post of the present channel, "" when none is known.
    std::string some_post();
    std::size_t someone_else();
    template <class Of>
    const auto& any_of(const Of& choices) {
        return choices[stage_.context.world.random()() % choices.size()];
    }

    Stage& stage_;
    Person& person_;
    std::size_t place_;
    HttpClient client_;
    SocketClient socket_;
    std::string team_;
    std::string current_;                // channel id
    std::vector<std::string> channels_;  // ids
    std::vector<std::string> directs_;
    std::vector<std::string> threads_;  // roots that this person has answered
    std::deque<std::string> own_posts_;
    std::size_t sound_calls_ = 0;
    bool is_sound_ = true;  // no call of this action has failed
};

}  // namespace concordat::bench
