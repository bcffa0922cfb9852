// What the rules for one message saw, in the order they looked. Belongs to one attempt.
#pragma once
#include <string>
#include <utility>
#include <vector>
#include "core/model/identity.hpp"

namespace concordat::identity::saml {

class Findings {
public:
    void pass(std::string rule, std::string detail = {}) {
        steps.push_back({std::move(rule), "passed", std::move(detail)});
    }
    void note(std::string rule, std::string detail) {
        steps.push_back({std::move(rule), "noted", std::move(detail)});
    }
    // Always false, so that a rule can end with it.
    bool refuse(std::string rule, std::string detail) {
        steps.push_back({std::move(rule), "refused", std::move(detail)});
        is_refused = true;
        return false;
    }

    std::vector<IdentityStep> steps;
    bool is_refused = false;
};

}  // namespace concordat::identity::saml
