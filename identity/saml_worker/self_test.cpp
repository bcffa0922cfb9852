#include "identity/saml_worker/self_test.hpp"

#include <stdexcept>

#include "identity/saml_worker/library.hpp"
#include "identity/saml_worker/reader.hpp"

namespace concordat::identity::saml {
namespace {

#include "identity/saml_worker/self_test.inc"

bool is_accepted(const std::string& message) {
    SamlTask task;
    task.kind = "response";
    task.message = message;
    task.entity_id = "urn:self-test:sp";
    task.consumer_url = "https://sp.invalid/acs";
    task.provider = {"urn:self-test:idp", "https://idp.invalid/", {}, {}, {test_certificate}};
    Document decrypted;
    return library_verdict(task, decrypted).empty();
}

}  // namespace

void test_library() {
    const std::string good = test_response;
    auto changed = good;
    changed.replace(changed.find("somebody"), 8, "sameboby");
    if (!is_accepted(good) || is_accepted(changed)) throw std::runtime_error("signature checks do not work");
    SamlAnswer answer;
    const auto document = parsed(good);
    if (!document || read_response(document.get(), answer) || !answer.problem.empty())
        throw std::runtime_error("messages cannot be read");
}

}  // namespace concordat::identity::saml
