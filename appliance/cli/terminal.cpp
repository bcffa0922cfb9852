#include "appliance/cli/terminal.hpp"

#include <termios.h>
#include <unistd.h>

#include <iostream>

namespace concordat::appliance {

std::string read_secret(const char* prompt) {
    std::string secret;
    termios before{};
    const bool is_terminal = ::tcgetattr(STDIN_FILENO, &before) == 0;
    if (is_terminal) {
        std::cerr << prompt;
        auto silent = before;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSANOW, &silent);
    }
    std::getline(std::cin, secret);
    if (is_terminal) {
        ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
        std::cerr << '\n';
    }
    return secret;
}

}  // namespace concordat::appliance
