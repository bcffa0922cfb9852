#include "identity/saml_worker/library.hpp"

// The library's headers want these before them.
#include <glib-object.h>
#include <glib.h>
#include <libxml/tree.h>

#include <lasso/lasso.h>
#include <lasso/xml/saml-2.0/samlp2_response.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>

#include "identity/saml_message/messages.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::identity::saml {
namespace {

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Object = std::unique_ptr<T, Unref>;

std::string problem(const char* where, int code) {
    return std::string(where) + ": " + lasso_strerror(code) + " (" + std::to_string(code) + ")";
}

Object<LassoServer> server_for(const SamlTask& task, std::string& why) {
    const auto ours = service_metadata({task.entity_id, task.consumer_url, {}, {}, {}});
    Object<LassoServer> server(lasso_server_new_from_buffers(
        ours.c_str(), task.key.empty() ? nullptr : task.key.c_str(), nullptr, nullptr));
    if (!server) {
        why = "the node's own metadata or key cannot be used";
        return nullptr;
    }
    if (!task.key.empty()) {
        const auto code = lasso_server_set_encryption_private_key(server.get(), task.key.c_str());
        if (code != 0) why = problem("key", code);
    }
    const auto theirs = provider_metadata(task.provider);
    const auto code = lasso_server_add_provider_from_buffer(server.get(), LASSO_PROVIDER_ROLE_IDP,
                                                            theirs.c_str(), nullptr, nullptr);
    if (code != 0) why = problem("provider", code);
    return server;
}

// The assertion as the library decrypted it, with the nodes it was read from.
Document decrypted_in(LassoLogin& login) {
    auto* response = LASSO_PROFILE(&login)->response;
    if (!LASSO_IS_SAMLP2_RESPONSE(response)) return nullptr;
    const auto* first = LASSO_SAMLP2_RESPONSE(response)->Assertion;
    if (!first || !first->data) return nullptr;
    return document_of(lasso_node_get_original_xmlnode(LASSO_NODE(first->data)));
}

// What libraries log goes nowhere; asking where to would end the process.
GLogWriterOutput discard(GLogLevelFlags, const GLogField*, gsize, gpointer) {
    return G_LOG_WRITER_HANDLED;
}

}  // namespace

void start_library() {
    unsetenv("LASSO_FLAG");
    g_log_set_writer_func(discard, nullptr, nullptr);
    if (lasso_init() != 0) throw std::runtime_error("lasso_init");
}

std::string library_verdict(const SamlTask& task, Document& decrypted) {
    std::string why;
    const auto server = server_for(task, why);
    if (!why.empty()) return why;
    const Object<LassoLogin> login(lasso_login_new(server.get()));
    if (!login) return "out of memory";
    auto message = storage::base64(task.message);
    const auto code = lasso_login_process_authn_response_msg(login.get(), message.data());
    if (!task.key.empty()) decrypted = decrypted_in(*login);
    if (code != 0) return problem("response", code);
    const auto accepted = lasso_login_accept_sso(login.get());
    return accepted == 0 ? std::string() : problem("assertion", accepted);
}

std::string library_logout_verdict(const SamlTask& task) {
    std::string why;
    const auto server = server_for(task, why);
    if (!why.empty()) return why;
    const Object<LassoLogout> logout(lasso_logout_new(server.get()));
    if (!logout) return "out of memory";
    auto message = task.query.empty() ? storage::base64(task.message) : task.query;
    const auto code = lasso_logout_process_request_msg(logout.get(), message.data());
    return code == 0 ? std::string() : problem("logout", code);
}

}  // namespace concordat::identity::saml
