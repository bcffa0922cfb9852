// The announcer: turns facts from the journal into WebSocket events.
//
// A sink that is not durable: a node that starts has no connections. take() runs on the journal's thread, in
// commit order, which is the order clients see.
#pragma once
#include <functional>
#include <map>
#include <string>
#include "core/model/post.hpp"
#include "core/model/user.hpp"
#include "storage/journal/journal.hpp"

namespace concordat::identity {
class Accounts;
}

namespace concordat::web {

class Hub;

class Announcer : public storage::EventSink {
public:
    // `node` names this node; all must outlive the announcer.
    Announcer(Hub& hub, identity::Accounts& accounts, std::string node);

    std::string name() const override { return "sockets@" + node_; }
    bool is_durable() const override { return false; }
    void take(const std::vector<storage::Fact>& facts) override;

    // Not facts: told once, to whoever is connected.
    void tell_status(const Status& status);
    void whisper(const UserId& user, const Post& post);
    // `dialog` is JSON.
    void open_dialog(const UserId& user, const std::string& dialog);
    void typing(const UserId& user, const ChannelId& channel, const PostId& parent);
    // `delivery` is JSON: how far what was written in the channel has come at partners.
    void delivered(const ChannelId& channel, const std::string& delivery);
    void config_changed(const std::string& config_json);

private:
    using Handler = std::function<void(const storage::Fact&)>;
    void add_post_handlers();
    void add_scheduled_post_handlers();
    void add_bookmark_handlers();
    void add_place_handlers();
    void add_people_handlers();
    void add_group_handlers();

    Hub& hub_;
    identity::Accounts& accounts_;
    std::string node_;
    std::map<std::string, Handler, std::less<>> handlers_;
};

}  // namespace concordat::web
