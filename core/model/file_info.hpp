// Files, and uploads on their way to become one.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

struct FileInfo {
    FileId id;
    UserId user_id;
    std::optional<PostId> post_id;
    ChannelId channel_id;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;
    std::string name;
    std::string extension;
    std::int64_t size = 0;  // bytes
    std::string mime_type;
    std::optional<std::int64_t> width;
    std::optional<std::int64_t> height;
    std::optional<bool> has_preview_image;
    Nullable<std::string> mini_preview;  // base64 of a 16x16 JPEG
    Nullable<std::string> remote_id;
    bool archived = false;
};
BOOST_DESCRIBE_STRUCT(FileInfo, (),
                      (id, user_id, post_id, channel_id, create_at, update_at, delete_at, name, extension,
                       size, mime_type, width, height, has_preview_image, mini_preview, remote_id, archived))

struct UploadSession {
    UploadId id;
    std::string type = "attachment";
    Millis create_at = 0;
    UserId user_id;
    std::optional<ChannelId> channel_id;
    std::string filename;
    std::int64_t file_size = 0;    // bytes announced
    std::int64_t file_offset = 0;  // bytes received
    std::string remote_id;
    std::string req_file_id;
};
BOOST_DESCRIBE_STRUCT(UploadSession, (),
                      (id, type, create_at, user_id, channel_id, filename, file_size, file_offset, remote_id,
                       req_file_id))

}  // namespace concordat
