#include "messaging/conversation/picture_making.hpp"

#include "core/base/error.hpp"

namespace concordat::messaging {

MediaPicture picture_from(MediaWorkers& media, WorkerTask task, std::string_view image, const char* broken_id,
                          const char* too_large_id) {
    auto result = media.make({task, image});
    if (result.ok) return std::move(result.picture);
    switch (result.failure) {
        case MediaFailure::timeout:
        case MediaFailure::unavailable:
            throw Error(Fault::unavailable, "media.unavailable",
                        "The picture cannot be worked on right now. Try again in a moment.",
                        std::string(text_of(result.failure)));
        case MediaFailure::too_large:
            throw Error(Fault::invalid, too_large_id, "The picture has too many pixels.");
        default:
            throw Error(Fault::invalid, broken_id, "The file is not a picture that can be read.",
                        std::string(text_of(result.failure)));
    }
}

}  // namespace concordat::messaging
