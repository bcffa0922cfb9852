// Which groups somebody is in when groups contain groups, for a whole directory at once.
//
// No I/O; one thread at a time. Groups may contain each other.
#pragma once
#include <map>
#include <string>
#include <vector>

namespace concordat::identity {

struct DirectoryGroup;

class Nesting {
public:
    // Groups that are not told only pass membership on.
    void add(const DirectoryGroup& group, bool is_told);
    // Remote ids, sorted. `name` is normal; `uid` is what posixGroups name.
    std::vector<std::string> groups_of(const std::string& name, const std::string& uid) const;

private:
    struct Group {
        std::string name, remote_id;
        bool is_told;
    };
    std::vector<Group> groups_;
    std::map<std::string, std::vector<std::size_t>> holders_;  // of a member: places in groups_
};

}  // namespace concordat::identity
