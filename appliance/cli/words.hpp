// A command of concordatctl and its options, each handed on to the node under its own name.
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include "core/base/json.hpp"

namespace concordat::appliance {

// What is asked of the node.
struct Request {
    std::string data;
    bool is_json = false;
    std::string passphrase_file, external_database, config;
    std::string command;  // "user create"
    json::object arguments;
};

// Adds the command to `group`; `word` is what it is called there, if it is not the second word of `command`.
// Both must outlive this object, and this object the parsing.
class Words {
public:
    Words(CLI::App& group, Request& request, const std::string& command, const std::string& help,
          const char* word)
        : request_(request),
          sub_(group.add_subcommand(word ? word : command.substr(command.find(' ') + 1), help)) {
        sub_->callback([&request, command] { request.command = command; });
    }
    Words& text(const std::string& name, const std::string& help, bool is_needed = true) {
        auto* option = sub_->add_option_function<std::string>(
            "--" + name, [this, name](const std::string& value) { request_.arguments[name] = value; }, help);
        if (is_needed) option->required();
        return *this;
    }
    Words& flag(const std::string& name, const std::string& help) {
        sub_->add_flag_callback(
            "--" + name, [this, name] { request_.arguments[name] = true; }, help);
        return *this;
    }
    // A word that needs no option's name.
    Words& first(const std::string& name, const std::string& help) {
        sub_->add_option_function<std::string>(
                name, [this, name](const std::string& value) { request_.arguments[name] = value; }, help)
            ->required();
        return *this;
    }
    Words& password() {
        sub_->add_option_function<std::string>(
            "--password", [this](const std::string& value) { request_.arguments["password"] = value; },
            "the password; without this option it is read from the terminal or standard input");
        return *this;
    }

private:
    Request& request_;
    CLI::App* sub_;
};

}  // namespace concordat::appliance
