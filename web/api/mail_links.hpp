// Routes of links sent by mail: new passwords, proved addresses, and a test of mail.
#pragma once

namespace concordat {
namespace identity {
class MailLinks;
}
}  // namespace concordat

namespace concordat::web {

class Router;
void add_mail_link_routes(Router& routes, identity::MailLinks& links);

}  // namespace concordat::web
