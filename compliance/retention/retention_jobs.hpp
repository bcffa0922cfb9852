// Runs of destruction: asked for, watched, cancelled; what one would do; and their certificates.
//
// A run is a job (core/model/job.hpp) of type "data_retention". Every request, refusal and cancellation is
// written down, act "retention", before it takes effect. Thread-safe; calls block. Errors beside those of the
// database:
//   unsupported  ent.data_retention.disabled             nothing is limited, so there is nothing to do
//   forbidden    api.context.permissions.app_error       a permission is missing
//   not_found    app.job.get.app_error                   there is no such run
//   not_found    app.data_retention.certificate.get      there is no such certificate
//   conflict     ent.data_retention.already_waiting      a run waits already
//   conflict     app.job.cancel.app_error                the run has ended
#pragma once
#include <functional>
#include <string>
#include <vector>
#include "compliance/export/message_exports.hpp"
#include "compliance/retention/key_destruction.hpp"
#include "compliance/retention/rules.hpp"

namespace concordat::compliance {

struct RetentionPreview {
    Millis create_at = 0;
    bool needs_export = false;
    Millis exported_until = 0;
    std::int64_t posts = 0, held = 0, pinned = 0, unexported = 0, files = 0, bytes_of_files = 0;
    std::vector<storage::ExpiryPreview> channels;
    std::vector<BucketPreview> buckets;
};
BOOST_DESCRIBE_STRUCT(RetentionPreview, (),
                      (create_at, needs_export, exported_until, posts, held, pinned, unexported, files,
                       bytes_of_files, channels, buckets))

class RetentionJobs {
public:
    // All must outlive this object.
    RetentionJobs(storage::Database& db, storage::Keyring& keyring, storage::BlobStore& files,
                  identity::Roles& roles, identity::Decisions& decisions, const LiveSettings& settings)
        : db_(db), keys_(db, keyring, files), roles_(roles), decisions_(decisions), settings_(settings) {}

    Job create(const Request& request);
    // The one of today, by the node itself, unless nothing is limited. At DeletionJobStartTime; called often.
    void add_daily();
    std::vector<Job> list(const Request& request, const std::string& status, std::int64_t offset,
                          std::int64_t limit);
    // Whether this is a run, for who asks which kind of job it is.
    bool is_run(const JobId& id);
    Job get(const Request& request, const JobId& id);
    // At the end of the batch in hand. What is gone by then stays gone.
    void cancel(const Request& request, const JobId& id);

    // What a run would destroy now; writes nothing. Counts are of what is past its time; what of that stays
    // is counted beside.
    RetentionPreview preview();
    std::vector<DestructionCertificate> certificates(std::int64_t offset, std::int64_t limit);
    DestructionCertificate certificate(const CertificateId& id);

    // Called after a run was asked for or cancelled. Set once, before the first call.
    void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }

private:
    void require(const Request& request, Permission permission);
    void note(storage::Tx& tx, const Request& request, const char* rule, const std::string& detail);

    storage::Database& db_;
    KeyDestruction keys_;
    identity::Roles& roles_;
    identity::Decisions& decisions_;
    const LiveSettings& settings_;
    std::function<void()> wake_ = [] {};
};

}  // namespace concordat::compliance
