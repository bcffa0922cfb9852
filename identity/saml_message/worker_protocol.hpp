// What the node and concordat-saml say to each other over their socket.
//
// The worker first sends a SamlFrame without bytes when it is locked in. Then, once: a SamlFrame and a
// SamlTask as JSON go in; a SamlFrame and a SamlAnswer as JSON come out, and the worker ends. Both come from
// the same build. The node believes nothing of an answer but what a signature of the provider covers.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <string>
#include <vector>
#include "core/base/json.hpp"

namespace concordat::identity::saml {

inline constexpr std::uint32_t worker_mark = 0x43534D31;
inline constexpr std::uint64_t most_task_bytes = 16u << 20, most_answer_bytes = 48u << 20;

struct SamlFrame {
    std::uint32_t mark = worker_mark;
    std::uint32_t unused = 0;
    std::uint64_t bytes = 0;
};

// An identity provider, as its metadata or the settings describe it.
struct ProviderFacts {
    std::string entity_id;
    std::string sign_in_url;                // where requests go, by redirect
    std::string sign_out_url;               // where requests of single logout go; "" when there is none
    std::string sign_out_answer;            // where answers of single logout go; "" is sign_out_url
    std::vector<std::string> certificates;  // for signatures; DER in base64
    bool sign_out_by_post = false;          // they go by a form, since the provider takes no redirects
};
BOOST_DESCRIBE_STRUCT(ProviderFacts, (),
                      (entity_id, sign_in_url, sign_out_url, sign_out_answer, certificates, sign_out_by_post))

struct SamlTask {
    std::string kind;       // response, logout, metadata
    std::string message;    // XML that passed the gate
    std::string entity_id;  // ours
    std::string consumer_url;
    std::string key;  // ours, PEM; only when something in the message is encrypted
    ProviderFacts provider;
    std::string query;  // of a logout request that came by redirect, with its signature; "" otherwise
};
BOOST_DESCRIBE_STRUCT(SamlTask, (), (kind, message, entity_id, consumer_url, key, provider, query))

// A signature, and in canonical form what it covers.
struct SignedPart {
    std::string signed_info;
    std::string value;    // base64
    std::string element;  // without the signature itself
};
BOOST_DESCRIBE_STRUCT(SignedPart, (), (signed_info, value, element))

struct SamlAnswer {
    std::string problem;    // of the message's structure, a sentence; "" when it is sound
    std::string library;    // why the SAML library refused it; "" when it did not
    std::string message;    // the whole message, canonical
    std::string assertion;  // canonical, when it came encrypted
    std::vector<SignedPart> parts;
};
BOOST_DESCRIBE_STRUCT(SamlAnswer, (), (problem, library, message, assertion, parts))

}  // namespace concordat::identity::saml
