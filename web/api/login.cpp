#include "web/api/login.hpp"

#include "core/base/text.hpp"
#include "core/config/live.hpp"
#include "identity/account/accounts.hpp"
#include "identity/account/people.hpp"
#include "identity/mfa/passkeys.hpp"
#include "identity/saml/saml_sign_out.hpp"
#include "identity/session/sessions.hpp"
#include "identity/signin/sign_in.hpp"
#include "messaging/conversation/invitations.hpp"
#include "messaging/conversation/team_members.hpp"
#include "web/api/cookies.hpp"
#include "web/api/replies.hpp"
#include "web/api/user_agent.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

using Fields = std::map<std::string, std::string>;  // flags travel as "true" or true

std::string field(const Fields& fields, const std::string& name) {
    const auto at = fields.find(name);
    return at == fields.end() ? std::string() : at->second;
}

Actor actor_of(const User& user) {
    Actor actor;
    actor.user_id = user.id;
    actor.username = user.username;
    actor.roles = split_words(user.roles);
    actor.locale = user.locale;
    return actor;
}

// Some clients name the account by its id. An id that nobody has goes on as a name that nobody has, so that
// the answer is the same and takes as long.
identity::SignInAttempt attempt_in(const Call& call, const Fields& fields) {
    identity::SignInAttempt attempt;
    attempt.id = call.head.request_id;
    const auto id = field(fields, "id");
    attempt.login_id = id.empty() ? std::string(trimmed(field(fields, "login_id"))) : " ";
    if (looks_like_id(id)) attempt.user_id = UserId::from_text(id);
    attempt.password = field(fields, "password");
    attempt.code = trimmed(field(fields, "token"));
    if (const auto passkey = field(fields, "passkey"); !passkey.empty())
        attempt.passkey = parse_json<identity::AssertionAnswer>(passkey, "passkey");
    attempt.only_directories = field(fields, "ldap_only") == "true";
    const auto device_id = field(fields, "device_id");
    attempt.device = device_of(call, device_id.empty() ? field(fields, "deviceId") : device_id);
    require(!attempt.login_id.empty(), Fault::invalid, "api.context.invalid_body_param.app_error",
            "Invalid or missing login_id in request body.");
    require(!attempt.password.empty(), Fault::invalid, "api.user.login.blank_pwd.app_error",
            "Password field must not be blank");
    return attempt;
}

struct PasskeyWanted {
    std::string id, message, detailed_error, request_id;
    std::int64_t status_code = 401;
    identity::RequestOptions passkey;
};
BOOST_DESCRIBE_STRUCT(PasskeyWanted, (), (id, message, detailed_error, request_id, status_code, passkey))

Reply log_in(const Call& call, const Fields& fields, identity::SignIn& sign_in, identity::Accounts& accounts,
             identity::Passkeys& passkeys, const Settings& settings) {
    try {  // the refusal that asks for a second factor says which passkeys would do
        return signed_in_reply(call, sign_in.with_password(attempt_in(call, fields)), accounts, settings);
    } catch (const identity::FactorWanted& e) {
        auto options =
            passkeys.ask(e.user_id, identity::PasskeyPurpose::second_factor, call.head.remote_address);
        if (!options) throw;
        PasskeyWanted wanted{e.id(), e.text(), {}, call.head.request_id, 401, *std::move(options)};
        return json_reply(wanted, 401);
    }
}

struct LoggedOut {
    std::string status = "OK";
    std::optional<std::string> sign_out_url;  // where the browser goes on to its provider
};
BOOST_DESCRIBE_STRUCT(LoggedOut, (), (status, sign_out_url))

Reply log_out(const Call& call, identity::SamlSignOut& sign_out, const Settings& settings) {
    LoggedOut out;
    if (call.actor.signed_in()) {
        const auto ticket = sign_out.leave(call.actor, call.head.request_id, call.head.remote_address);
        if (!ticket.empty())
            out.sign_out_url = site_path(settings) + "/login/sso/saml/logout?ticket=" + ticket;
    }
    auto reply = json_reply(out);
    for (auto& cookie : expired_cookies(settings, call.head)) reply.set("Set-Cookie", std::move(cookie));
    return reply;
}

// What a person fills in to get an account.
struct SignUp {
    std::string username, email, password, nickname, first_name, last_name, position, locale;
    std::optional<StringMap> props, notify_props;
    StringMap timezone;
    bool disable_welcome_email = false;
};
BOOST_DESCRIBE_STRUCT(SignUp, (),
                      (username, email, password, nickname, first_name, last_name, position, locale, props,
                       notify_props, timezone, disable_welcome_email))

User user_of(SignUp&& form) {
    User user;
    user.username = std::move(form.username);
    user.email = std::move(form.email);
    user.nickname = std::move(form.nickname);
    user.first_name = std::move(form.first_name);
    user.last_name = std::move(form.last_name);
    user.position = std::move(form.position);
    user.locale = std::move(form.locale);
    user.props = std::move(form.props);
    user.notify_props = std::move(form.notify_props);
    user.timezone = std::move(form.timezone);
    user.disable_welcome_email = form.disable_welcome_email;
    return user;
}

std::string setup_code_in(const Head& head) {
    const auto in_header = head.headers.get("X-Setup-Code");
    return in_header.empty() ? head.query_value("setup_code") : std::string(in_header);
}

// What those who make an account are asked with.
struct SignUpDesk {
    identity::Accounts& accounts;
    identity::People& people;
    messaging::TeamMembers& members;
    messaging::Invitations& invitations;
    SetupCodeCheck is_setup_code;
};

User sign_up(const Call& call, SignUp form, const SignUpDesk& desk) {
    const auto invitation = call.head.query_value("iid"), token = call.head.query_value("t");
    require(invitation.empty() || desk.people.is_invitation(invitation), Fault::not_found,
            "app.team.get_by_invite_id.finding.app_error", "This invitation is not valid.");
    identity::NewAccount account;
    account.password = std::move(form.password);
    account.user = user_of(std::move(form));
    if (!token.empty()) {  // the account is for the address that the letter went to
        const auto link = desk.invitations.find(token);
        account.user.email = link.email;
        account.is_address_proved = true;
        account.as_guest = link.kind == "invite_guest";
    }
    account.is_invited = !invitation.empty() || !token.empty();
    const auto code = setup_code_in(call.head);
    account.may_be_first =
        desk.accounts.has_none() && (call.actor.is_loopback || (!code.empty() && desk.is_setup_code(code)));
    const auto user = desk.accounts.create(std::move(account), call.actor);
    const auto newcomer = actor_of(user);
    if (!token.empty()) desk.invitations.accept(newcomer, token, call.head.request_id);
    if (!invitation.empty()) desk.members.join_by_invite_id(newcomer, invitation);
    return desk.accounts.seen_by(newcomer, user);
}

}  // namespace

identity::Device device_of(const Call& call, std::string device_id) {
    identity::Device device;
    device.device_id = std::move(device_id);
    device.address = call.head.remote_address;
    device.props = session_props_of(call.head.headers.get("User-Agent"));
    device.is_mobile = !device.device_id.empty() || device.props["isMobile"] == "true";
    return device;
}

Reply signed_in_reply(const Call& call, const identity::Admitted& admitted, identity::Accounts& accounts,
                      const Settings& settings) {
    const auto& made = admitted.session;
    auto reply = json_reply(accounts.seen_by(actor_of(admitted.user), admitted.user));
    reply.set("Token", made.token);
    if (call.head.headers.get("X-Requested-With") == "XMLHttpRequest")
        for (auto& cookie : session_cookies(settings, call.head, made))
            reply.set("Set-Cookie", std::move(cookie));
    return reply;
}

void add_login_routes(Router& routes, identity::SignIn& sign_in, identity::Accounts& accounts,
                      identity::Passkeys& passkeys, identity::SamlSignOut& sign_out,
                      const LiveSettings& settings) {
    routes
        .post("/users/login", anyone(),
              [&](Call& call, Fields body) {
                  return log_in(call, body, sign_in, accounts, passkeys, *settings.current());
              })
        .on(Lane::password);

    routes.post("/users/logout", anyone(),
                [&](Call& call) { return log_out(call, sign_out, *settings.current()); });

    routes.post("/users/{user_id}/reset_failed_attempts",
                on_system(Permission::sysconsole_write_user_management_users), [&](Call& call) {
                    sign_in.unlock(call.actor, call.id<UserId>("user_id"), call.head.request_id);
                });

    routes.post("/users/sessions/revoke/all", on_system(Permission::manage_system),
                [&](Call& call) { sign_in.put_everybody_out(call.actor, call.head.request_id); });

    // Which way an account signs in is told only where sign-in links by mail are in use, which they never are
    // here.
    routes.post("/users/login/type", anyone(), [](Call&) {
        Reply reply;
        reply.status = 404;
        reply.content_type.clear();
        return reply;
    });
}

void add_sign_up_routes(Router& routes, identity::Accounts& accounts, identity::People& people,
                        messaging::TeamMembers& members, messaging::Invitations& invitations,
                        SetupCodeCheck is_setup_code) {
    const SignUpDesk desk{accounts, people, members, invitations, std::move(is_setup_code)};
    routes
        .post("/users", anyone(),
              [desk](Call& call, SignUp body) { return Created<User>{sign_up(call, std::move(body), desk)}; })
        .on(Lane::password);
}

}  // namespace concordat::web
