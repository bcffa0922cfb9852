// One small picture out of what somebody sent: profile pictures, team icons, custom emoji.
#pragma once
#include <string_view>
#include "messaging/media/media.hpp"

namespace concordat::messaging {

// Thread-safe; blocks while the picture is made. Throws Error: `broken_id` (invalid) for what cannot be
// decoded or brings the decoder down, `too_large_id` (invalid) for too many pixels, media.unavailable
// (unavailable).
MediaPicture picture_from(MediaWorkers& media, WorkerTask task, std::string_view image, const char* broken_id,
                          const char* too_large_id);

}  // namespace concordat::messaging
