// Making pictures out of pictures: the part of concordat-media that touches hostile bytes.
//
// One thread only. start_pictures() before the sandbox closes, because it reads the library's files.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include "messaging/media/image_header.hpp"
#include "messaging/media/worker_protocol.hpp"

namespace concordat::messaging {

struct Picture {
    ImageFormat format = ImageFormat::png;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::string bytes;
};

// Loads the image library with only our six formats left in it, one thread and tight limits, and runs each
// decoder once so that nothing is opened later. Throws std::exception when the library does not work.
void start_pictures();

// The parts that WorkerTask names, in its order. `size` bytes at `image` are given away.
// Throws Error: Fault::too_large, or Fault::invalid for what is no picture.
std::vector<Picture> make_pictures(WorkerTask task, std::unique_ptr<char[]> image, std::size_t size);

}  // namespace concordat::messaging
