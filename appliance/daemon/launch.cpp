#include "appliance/daemon/launch.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace concordat::appliance {
namespace {

Error no_user(const std::string& text) {
    return {Fault::invalid, "appliance.user", text};
}

std::string name_of(uid_t uid) {
    const auto* user = ::getpwuid(uid);
    return user ? user->pw_name : "number " + std::to_string(uid);
}

void change_to(uid_t uid, gid_t gid) {
    const auto name = name_of(uid);
    if (::initgroups(name.c_str(), gid) != 0 || ::setgid(gid) != 0 || ::setuid(uid) != 0 || ::setuid(0) == 0)
        throw no_user("This process could not become user " + name + ".");
}

}  // namespace

std::string spelled_out(const std::string& directory) {
    std::string path = std::filesystem::absolute(directory).lexically_normal();
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
}

void become(const std::string& name, const std::string& data) {
    const auto* user = ::getpwnam(name.c_str());
    if (!user)
        throw no_user("There is no system user \"" + name + "\". Make one, or name another with --user.");
    const auto uid = user->pw_uid;
    const auto gid = user->pw_gid;
    struct stat found {};
    if (::stat(data.c_str(), &found) != 0) {
        const auto mask = ::umask(022);  // others must be able to pass through what lies above it
        std::error_code ignored;
        std::filesystem::create_directories(std::filesystem::path(data).parent_path(), ignored);
        ::umask(mask);
        if (::mkdir(data.c_str(), 0700) != 0 || ::chown(data.c_str(), uid, gid) != 0)
            throw no_user("The directory " + data +
                          " cannot be made: " + std::generic_category().message(errno) + ".");
    } else if (found.st_uid != uid) {
        throw no_user(data + " belongs to user " + name_of(found.st_uid) + ", not to " + name +
                      ". Name that user with --user, or another directory with --data.");
    }
    change_to(uid, gid);
    if (::access(data.c_str(), R_OK | W_OK | X_OK) != 0)
        throw no_user("User " + name + " cannot reach " + data +
                      ": a directory above it is closed to others.");
}

void become_owner_of(const std::string& data) {
    struct stat found {};
    if (::geteuid() != 0 || ::stat(data.c_str(), &found) != 0 || found.st_uid == 0) return;
    change_to(found.st_uid, found.st_gid);
}

std::string passphrase_in(const std::string& file) {
    std::ifstream in(file);
    std::string text;
    std::getline(in, text);
    if (text.empty())
        throw Error(Fault::invalid, "appliance.passphrase", "There is no passphrase in " + file + ".");
    return text;
}

std::string media_program() {
    return std::filesystem::canonical("/proc/self/exe").parent_path() / "concordat-media";
}

std::string reason_of(const Error& error) {
    return error.text().empty() ? error.id() : error.text();
}

}  // namespace concordat::appliance
