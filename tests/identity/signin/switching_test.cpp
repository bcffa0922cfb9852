#include "identity/signin/sign_in.hpp"
#include "tests/identity/signin/signing_in.hpp"

namespace concordat::identity {
namespace {

constexpr const char* fresh = "another good password";

class Switching : public SignInTest {
protected:
    Switching() {
        use_directory();
        source.people["ada"] = person("id-1", "ada");
    }
    SwitchRequest request(const std::string& name, const std::string& password = good,
                          const std::string& code = {}) {
        SwitchRequest r;
        r.id = last = new_token();
        r.address = "192.0.2.9";
        r.email = name + "@example.org";
        r.password = password;
        r.code = code;
        r.directory_id = "ada";
        r.new_password = good;
        return r;
    }
    template <class Act>
    static std::string refused(Act act) {
        try {
            act();
            return {};
        } catch (const Error& e) {
            return e.id();
        }
    }
    std::string to_directory(const SwitchRequest& r) {
        return refused([&] { sign_in.switch_to_directory(r); });
    }
    std::string from_directory(const SwitchRequest& r) {
        return refused([&] { sign_in.switch_from_directory(r); });
    }
    void set_transfer(bool on, bool sign_up = true) {
        auto next = fast();
        next.ServiceSettings.ExperimentalEnableAuthenticationTransfer = on;
        next.EmailSettings.EnableSignUpWithEmail = sign_up;
        store.settings.replace(next);
    }
    // With the intent that prove_for_switch() gave.
    std::string arrive_for(const SignInIntent& intent, const ExternalIdentity& identity,
                           const std::string& code = {}) {
        auto a = attempt("", "", code);
        a.switches = intent.switches;
        a.password_set_at = intent.password_set_at;
        return refused([&] { admitted = sign_in.with_identity(identity, a, Trail("sign_in", a.id)); });
    }
    static ExternalIdentity of_provider(const std::string& subject) {
        auto identity = person(subject, "grace");
        identity.service = "openid";
        return identity;
    }
    Actor here(const User& user) {
        const auto session = sessions.by_token(admitted.session.token);
        EXPECT_TRUE(session);
        auto actor = store.actor(user);
        actor.session_id = admitted.session.session.id;
        return actor;
    }
};

TEST_F(Switching, FromAPasswordToTheDirectoryAndBack) {
    const auto alice = own("alice");
    ASSERT_EQ(result(attempt("alice")), "");
    const auto token = admitted.session.token;
    ASSERT_EQ(to_directory(request("alice")), "");
    EXPECT_FALSE(sessions.by_token(token));
    EXPECT_EQ(accounts.get(alice.id).auth_service, "ldap");
    EXPECT_EQ(result(attempt("ada")), "");
    EXPECT_EQ(admitted.user.id, alice.id);
    auto back = request("alice");
    back.email = admitted.user.email;  // the directory's by now
    back.new_password = fresh;
    ASSERT_EQ(from_directory(back), "");
    EXPECT_FALSE(sessions.by_token(admitted.session.token));
    EXPECT_EQ(accounts.get(alice.id).auth_service, "");
    EXPECT_EQ(result(attempt(accounts.get(alice.id).username, fresh)), "");
    EXPECT_EQ(admitted.user.id, alice.id);
}

TEST_F(Switching, BothEndsAreProven) {
    const auto alice = own("alice");
    EXPECT_EQ(to_directory(request("alice", "wrong")), masked);
    EXPECT_EQ(to_directory(request("nobody")), masked);
    auto r = request("alice");
    r.new_password = "wrong";
    EXPECT_EQ(to_directory(r), "identity.switch.directory");
    r.directory_id = "unknown";
    EXPECT_EQ(to_directory(r), "identity.switch.directory");  // the third failure
    EXPECT_EQ(to_directory(request("alice")), masked);        // is held back
    EXPECT_EQ(accounts.get(alice.id).auth_service, "");
}

TEST_F(Switching, NobodyTakesAPersonWhoHasAnAccount) {
    ASSERT_EQ(result(attempt("ada")), "");
    const auto ada = admitted.user;
    const auto alice = own("alice");
    EXPECT_EQ(to_directory(request("alice")), "identity.switch.directory");  // though the password is right
    EXPECT_EQ(accounts.get(alice.id).auth_service, "");
    EXPECT_EQ(from_directory(request("alice")), masked);
    EXPECT_EQ(rule(), "account.service");
    EXPECT_TRUE(sessions.by_token(admitted.session.token));
    EXPECT_EQ(accounts.get(ada.id).auth_service, "ldap");
}

TEST_F(Switching, TheFactorIsAskedForAtTheOldEnd) {
    const auto alice = own("alice");
    factor.holder = "alice";
    EXPECT_EQ(to_directory(request("alice")), "mfa.validate_token.authenticate.app_error");
    EXPECT_EQ(to_directory(request("alice", good, "000000")), "api.user.check_user_mfa.bad_code.app_error");
    EXPECT_EQ(accounts.get(alice.id).auth_service, "");
    EXPECT_EQ(to_directory(request("alice", good, "123456")), "");
}

TEST_F(Switching, IsOffWhereTheOperatorSaysSo) {
    own("alice");
    set_transfer(false);
    EXPECT_EQ(to_directory(request("alice")), "identity.switch.off");
    EXPECT_EQ(from_directory(request("alice")), "identity.switch.off");
    EXPECT_EQ(refused([&] { sign_in.prove_for_switch(request("alice")); }), "identity.switch.off");
    set_transfer(true, false);
    EXPECT_EQ(from_directory(request("alice")), "identity.switch.no_passwords");
    EXPECT_EQ(to_directory(request("alice")), "");
}

TEST_F(Switching, ToAProviderBySignInThere) {
    const auto alice = own("alice");
    EXPECT_EQ(refused([&] { sign_in.prove_for_switch(request("alice", "wrong")); }), masked);
    const auto intent = sign_in.prove_for_switch(request("alice"));
    EXPECT_EQ(intent.switches, alice.id);
    EXPECT_EQ(accounts.get(alice.id).auth_service, "");
    ASSERT_EQ(arrive_for(intent, of_provider("sub-1")), "");
    EXPECT_EQ(admitted.user.id, alice.id);
    EXPECT_EQ(admitted.user.auth_service, "openid");
    EXPECT_EQ(arrive(of_provider("sub-1")), "");
    EXPECT_EQ(admitted.user.id, alice.id);
    EXPECT_EQ(result(attempt("alice")), masked);
}

TEST_F(Switching, ToAProviderIsRefusedWhenSomethingChangedMeanwhile) {
    const auto alice = own("alice");
    ASSERT_EQ(arrive(of_provider("sub-1")), "");
    const auto grace = admitted.user;
    auto intent = sign_in.prove_for_switch(request("alice"));
    EXPECT_EQ(arrive_for(intent, of_provider("sub-1")), "identity.sign_in.refused");  // grace's
    EXPECT_EQ(rule(), "account.linked");
    store.wait(10);
    accounts.change_password(store.actor(store.admin()), alice.id, "", fresh);
    EXPECT_EQ(arrive_for(intent, of_provider("sub-2")), "identity.sign_in.refused");
    EXPECT_EQ(rule(), "account.switched");
    EXPECT_EQ(accounts.get(alice.id).auth_service, "");
    EXPECT_EQ(accounts.get(grace.id).auth_service, "openid");
}

TEST_F(Switching, AfterTheLinkTheSamePersonComesAgainWithACode) {
    const auto alice = own("alice");
    factor.holder = "grace";  // the name that the provider gives
    const auto intent = sign_in.prove_for_switch(request("alice"));
    EXPECT_EQ(arrive_for(intent, of_provider("sub-1")), "mfa.validate_token.authenticate.app_error");
    EXPECT_EQ(arrive_for(intent, of_provider("sub-1"), "123456"), "");
    EXPECT_EQ(admitted.user.id, alice.id);
}

TEST_F(Switching, FromAProviderByAFreshSession) {
    ASSERT_EQ(arrive(of_provider("sub-1")), "");
    const auto grace = admitted.user;
    auto r = request("grace");
    r.email = grace.email;
    r.new_password = fresh;
    const auto leave = [&](const std::string& service) {
        return refused([&] { sign_in.switch_from_provider(here(grace), service, r); });
    };
    EXPECT_EQ(leave("saml"), "identity.switch.sign_in_again");
    store.wait(SignIn::fresh_session + 1);
    EXPECT_EQ(leave("openid"), "identity.switch.sign_in_again");
    ASSERT_EQ(arrive(of_provider("sub-1")), "");
    factor.holder = "grace";
    EXPECT_EQ(leave("openid"), "mfa.validate_token.authenticate.app_error");
    factor.holder.clear();
    EXPECT_EQ(leave("openid"), "");
    EXPECT_FALSE(sessions.by_token(admitted.session.token));
    EXPECT_EQ(result(attempt("grace", fresh)), "");
    EXPECT_EQ(admitted.user.id, grace.id);
}

}  // namespace
}  // namespace concordat::identity
