// Routes of posts, reactions, drafts, scheduled posts and threads.
#pragma once
#include "web/http/router.hpp"

namespace concordat::messaging {
class Drafts;
class FollowedThreads;
class PostPages;
class Posts;
class Reactions;
class ScheduledPosts;
}  // namespace concordat::messaging
namespace concordat::identity {
class Gate;
}

namespace concordat::web {

void add_post_routes(Router& routes, messaging::Posts& posts, messaging::PostPages& pages,
                     identity::Gate& gate);
void add_post_list_routes(Router& routes, messaging::PostPages& pages, identity::Gate& gate);
void add_reaction_routes(Router& routes, messaging::Reactions& reactions);
void add_draft_routes(Router& routes, messaging::Drafts& drafts);
void add_scheduled_post_routes(Router& routes, messaging::ScheduledPosts& scheduled);
void add_thread_routes(Router& routes, messaging::FollowedThreads& threads);

}  // namespace concordat::web
