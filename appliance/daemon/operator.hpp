// The operator's commands, carried out on a Node: by concordatctl itself when the daemon is stopped, by the
// daemon when it runs (see control.hpp). Each takes and returns JSON; a refusal is an Error with a sentence.
//
// Thread-safe like the services it calls. They act as the machine's operator: no permission is asked, the
// journal names nobody as actor.
#pragma once
#include <functional>
#include <map>
#include <string>
#include "appliance/daemon/node.hpp"
#include "core/base/json.hpp"
#include "federation/link/link.hpp"

namespace concordat::appliance {

// A line about work that takes long, for the person who waits.
using Progress = std::function<void(const std::string&)>;

// What only a daemon that runs can tell.
struct Running {
    std::function<void(json::object&)> status = [](json::object&) {};  // adds to what "status" says
    std::function<std::vector<federation::LinkStatus>()> links = [] {
        return std::vector<federation::LinkStatus>();
    };
};

class Operator {
public:
    // `node` must outlive this object.
    explicit Operator(Node& node, Running running = {});

    // `command` is two words: "user create". Throws not_found for one it does not know.
    json::value run(const std::string& command, const json::object& arguments, const Progress& progress);

private:
    using Command = std::function<json::value(const json::object&, const Progress&)>;
    void add_people();
    // These are in operator_identity.cpp.
    void add_identity();
    void add_mail();
    void add_directories();
    void add_factors();
    void add_programs();
    void add_provisioning();
    void add_places();
    void add_keys();
    void add_appliance();   // in operator_appliance.cpp
    void add_exports();     // in operator_exports.cpp
    void add_content();     // in operator_content.cpp
    void add_held();        // there, too
    void add_barriers();    // in operator_barriers.cpp
    void add_federation();  // in operator_federation.cpp
    void add_retention();   // in operator_retention.cpp
    void add_holds();
    void add_search();  // in operator_search.cpp
    void add_audit();   // in operator_audit.cpp
    void add_ledger();  // in operator_ledger.cpp
    void add_config();  // in operator_config.cpp
    json::value rotate_keys(const Progress& progress);
    User user_named(const json::object& arguments);
    // That the operator read audit records; `what` completes "Read: ".
    void note_reading(const std::string& what);

    Node& node_;
    const Running running_;
    std::map<std::string, Command> commands_;
};

// Fills an empty node with a small organisation to look at: people, teams, channels, threads, files. Throws
// Error (conflict) when there are people already.
json::value make_demo(Node& node, const Progress& progress);

}  // namespace concordat::appliance
