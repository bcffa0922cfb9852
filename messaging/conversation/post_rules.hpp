// What holds for every post, whoever writes it. Pure functions.
#pragma once
#include "core/model/post.hpp"

namespace concordat::messaging {

// Throws Error (invalid): model.post.is_valid.*.
void check_post(const Post& post);

// Takes away the props that only the server writes.
void strip_reserved(json::object& props);

}  // namespace concordat::messaging
