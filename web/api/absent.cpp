#include "web/api/system.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

bool is_web_address(const std::string& url) {
    return url.starts_with("https://") || url.starts_with("http://");
}

}  // namespace

void add_absent_feature_routes(Router& routes) {
    routes.get("/plugins/webapp", anyone(), [](Call&) { return json::array(); });

    // Nothing is fetched from other sites on behalf of clients.
    routes.get("/redirect_location", signed_in(),
               [](Call&) {
                   return json::object{{"location", ""}};
               })
        .trusting();
    routes
        .get("/image", signed_in(),
             [](Call& call) -> Reply {
                 if (!is_web_address(call.head.query_value("url"))) throw bad_url("url");
                 throw Error(Fault::not_found, "api.image.get.not_enabled.app_error",
                             "There is no image proxy on this server.");
             })
        .trusting();

    routes.post("/notifications/ack", signed_in(), [](Call&, json::object) {});
    routes.post("/notifications/test", signed_in(), [](Call&) -> Reply {
        throw Error(Fault::unsupported, "api.push_notification.disabled.app_error",
                    "This server sends no notifications to devices or by mail.");
    });
}

}  // namespace concordat::web
