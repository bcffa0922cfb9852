#include "identity/saml/metadata_addresses.hpp"

#include "core/base/error.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/saml.hpp"
#include "web/outbound/client.hpp"
#include "web/outbound/url.hpp"

namespace concordat::identity {

bool is_https_or_here(const std::string& url) {
    const auto parts = web::outbound_url(url);
    return parts && (parts->is_tls || web::is_this_machine(parts->host));
}

std::string MetadataAddresses::fetched(const std::string& address) const {
    require(is_https_or_here(address), Fault::invalid, "saml.metadata.address",
            "The address of metadata must begin with https://, except on this machine.");
    web::OutboundRequest request;
    request.url = address;
    request.timeout = patience;
    request.longest_answer = longest;
    request.only_https = true;
    request.headers.emplace_back("Accept", "application/samlmetadata+xml, application/xml, text/xml");
    auto answer = client_.send(request);
    if (answer.status != 200 || answer.body.empty() || answer.body.find('\0') != std::string::npos)
        throw Error(Fault::unavailable, "saml.metadata.answer",
                    "The address did not answer with metadata, but with status " +
                        std::to_string(answer.status) + ".");
    return std::move(answer.body);
}

std::optional<Millis> MetadataAddresses::fetched_at(const std::string& provider, const std::string& address) {
    return db_.read(
        [&](storage::Tx& tx) { return storage::SamlTable(tx).metadata_fetched_at(provider, address); });
}

std::string MetadataAddresses::kept(const std::string& provider, const std::string& address) {
    return db_.read([&](storage::Tx& tx) { return storage::SamlTable(tx).metadata(provider, address); });
}

void MetadataAddresses::keep(storage::Tx& tx, const std::string& provider, const std::string& address,
                             const std::string& body) {
    storage::SamlTable(tx).put_metadata(provider, address, body, tx.now());
}

}  // namespace concordat::identity
