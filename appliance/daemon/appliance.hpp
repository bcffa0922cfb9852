// Appliance: a Node and the network round it: listener, router, WebSocket hub, timetable. One per process.
//
// Like Node, its members are the architecture: built top to bottom, destroyed bottom to top. Workers stop
// before the connections they answer, the network threads before the hub.
#pragma once
#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>
#include "appliance/daemon/control.hpp"
#include "appliance/daemon/node.hpp"
#include "appliance/daemon/operator.hpp"
#include "appliance/daemon/timetable.hpp"
#include "core/base/worker.hpp"
#include "core/model/facts.hpp"
#include "federation/link/link.hpp"
#include "web/api/client_facts.hpp"
#include "web/api/doorkeeper.hpp"
#include "web/api/federation.hpp"
#include "web/api/landing.hpp"
#include "web/events/announcer.hpp"
#include "web/events/bindings.hpp"
#include "web/http/router.hpp"
#include "web/http/server.hpp"
#include "web/http/static_files.hpp"
#include "web/http/tls.hpp"
#include "web/socket/hub.hpp"

namespace concordat::appliance {

class Appliance {
public:
    // Everything is made and the ports are bound; nobody is answered yet.
    explicit Appliance(const NodeOptions& options);
    ~Appliance();
    Appliance(const Appliance&) = delete;

    // Serves until stop(); returns within about ten seconds of it.
    void run();
    // Any thread.
    void stop();
    // Reads settings and certificate again.
    void reload();

    std::string url() const;
    unsigned short port() const { return server_->port(); }
    // What a person needs who makes the first account from another machine; "" when there are accounts.
    std::string setup_code();
    // `act` is called once, on the journal's thread, when the first account was made. Before run().
    void on_first_account(std::function<void()> act);
    // SHA-256 of the certificate as clients show it; "" without TLS.
    std::string fingerprint() const;

private:
    // Facts for the caches of this node, then for its sockets: in this order, so that an event never arrives
    // before the right to read what it names.
    class LiveSink : public storage::EventSink {
    public:
        LiveSink(Node& node, web::Announcer& announcer) : node_(node), announcer_(announcer) {}
        std::string name() const override { return announcer_.name(); }
        bool is_durable() const override { return false; }
        void take(const std::vector<storage::Fact>& facts) override {
            node_.on_facts(facts);
            announcer_.take(facts);
            if (first_account && std::any_of(facts.begin(), facts.end(),
                                             [](const storage::Fact& f) { return f.is<UserCreated>(); }))
                std::exchange(first_account, nullptr)();
        }

        std::function<void()> first_account;

    private:
        Node& node_;
        web::Announcer& announcer_;
    };

    std::unique_ptr<web::TlsContext> open_tls();
    std::vector<asio::io_context*> networks();
    web::RouterOptions router_options();
    web::ServerOptions server_options() const;
    void add_routes();
    bool is_setup_code(std::string_view code);
    void open_link();
    web::PartnerConnection connection_to(const OrganisationId& partner);
    void plan_timetable();
    void note_settings(const Settings& now);
    void tell_clients();
    // Sockets and clients learn it when second factors begin to be demanded.
    void watch_factors();
    void save_statuses();

    Node node_;
    std::shared_ptr<const Settings> settings_;  // as the node started
    std::mutex telling_;
    web::ClientTexts::Text told_config_;  // what clients know; guarded by telling_
    bool are_factors_enforced_ = true;    // when last looked at, by the timetable
    const Millis started_at_ = wall_clock();
    std::string setup_code_;
    std::unique_ptr<web::TlsContext> tls_;
    std::unique_ptr<web::StaticSite> site_;

    std::vector<std::unique_ptr<asio::io_context>> contexts_;
    Workers quick_, password_, bulk_;

    web::LandingPage landing_;
    web::ClientTexts client_;
    web::SessionDoorkeeper doorkeeper_;
    web::Router router_;
    web::SessionBinding session_binding_;
    web::MembershipBinding membership_binding_;
    web::ActionBinding action_binding_;
    web::StatusAttendance attendance_;
    web::Hub hub_;
    web::Announcer announcer_;
    LiveSink sink_;
    std::unique_ptr<web::Server> server_;
    std::unique_ptr<federation::Link> link_;  // none unless channels may be shared
    Operator operator_;
    std::unique_ptr<ControlSocket> control_;
    Timetable timetable_;
    Timetable fetching_;  // what may wait long for somebody else
    std::mutex stop_mutex_;
    std::condition_variable stop_wanted_;
    bool is_stopping_ = false;
};

}  // namespace concordat::appliance
