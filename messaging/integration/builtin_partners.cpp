// Built-in commands about other organisations; what they do is decided above this room.
#include "messaging/integration/builtin_commands.hpp"

namespace concordat::messaging::builtin {
namespace {

CommandReply secure_connection(BuiltinServices& s, const Actor& actor, const CommandPlace&,
                               const std::string& text) {
    return s.partners.secure_connection(actor, text);
}

CommandReply share_channel(BuiltinServices& s, const Actor& actor, const CommandPlace& place,
                           const std::string& text) {
    return s.partners.share_channel(actor, place, text);
}

}  // namespace

std::vector<BuiltinCommand> about_partners() {
    return {
        {"secure-connection",
         "[command]",
         "Connections with other organisations",
         secure_connection,
         {{"create", "--name [name] --displayname [text] --password [text]",
           "An invitation for another organisation"},
          {"accept", "--name [name] --invite [invitation] --password [text]", "Accepts an invitation"},
          {"remove", "--connectionID [name or id]", "Ends a connection for ever, or withdraws an invitation"},
          {"status", "", "The connections, and how they stand"}},
         true},
        {"share-channel",
         "[command]",
         "Shares this channel with other organisations",
         share_channel,
         {{"invite", "--connectionID [name or id]", "Offers this channel to another organisation"},
          {"uninvite", "--connectionID [name or id]", "Shares it with that organisation no more"},
          {"unshare", "", "Shares it with nobody any more"},
          {"status", "", "With whom it is shared"}},
         true}};
}

}  // namespace concordat::messaging::builtin
