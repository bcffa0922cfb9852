#include "storage/tables/jobs.hpp"

namespace concordat::storage {
namespace {

const std::string job_columns =
    "select id, type, status, priority, create_at, start_at, last_activity_at, progress, data::text from "
    "jobs ";

Job job_in(const pqxx::row& r) {
    Job job;
    job.id = id_in<JobId>(r[0]);
    job.type = text_in(r[1]);
    job.status = text_in(r[2]);
    job.priority = int_in(r[3]);
    job.create_at = int_in(r[4]);
    job.start_at = int_in(r[5]);
    job.last_activity_at = int_in(r[6]);
    job.progress = int_in(r[7]);
    job.data = parse_json<std::map<std::string, std::string>>(text_in(r[8]), "job");
    return job;
}

std::optional<Job> first_job(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    return job_in(rows[0]);
}

}  // namespace

void JobTable::insert(const Job& job) {
    tx_.exec(
        "insert into jobs (id, type, status, priority, create_at, start_at, last_activity_at, progress, "
        "data) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)",
        job.id, job.type, job.status, job.priority, job.create_at, job.start_at, job.last_activity_at,
        job.progress, json_text(job.data));
}

void JobTable::update(const Job& job) {
    tx_.exec(
        "update jobs set status = $2, start_at = $3, last_activity_at = $4, progress = $5, data = $6::jsonb "
        "where id = $1",
        job.id, job.status, job.start_at, job.last_activity_at, job.progress, json_text(job.data));
}

std::optional<Job> JobTable::find(const JobId& id) {
    return first_job(tx_.exec(job_columns + "where id = $1", id));
}

std::optional<Job> JobTable::lock(const JobId& id) {
    return first_job(tx_.exec(job_columns + "where id = $1 for update", id));
}

std::vector<Job> JobTable::list(const std::string& type, const std::string& status, std::int64_t offset,
                                std::int64_t limit) {
    std::vector<Job> out;
    for (const auto& r : tx_.exec(job_columns + "where ($1 = '' or type = $1) and ($2 = '' or status = $2 or "
                                                "($2 = 'pending' and status = 'asked')) "
                                                "order by create_at desc, id desc offset $3 limit $4",
                                  type, status, offset, limit))
        out.push_back(job_in(r));
    return out;
}

std::optional<Job> JobTable::last_link(const std::string& type) {
    return first_job(tx_.exec(job_columns + R"(
        where type = $1 and status in ('success', 'warning') and data->>'is_chained' = 'true'
        order by start_at desc, id desc limit 1)",
                              type));
}

Millis JobTable::last_by(const std::string& type, const std::string& initiated_by) {
    return int_in(
        tx_.exec("select coalesce(max(create_at), 0) from jobs where type = $1 and "
                 "data->>'initiated_by' = $2",
                 type, initiated_by)[0][0]);
}

std::optional<Job> JobTable::take_next(const std::string& type) {
    return first_job(tx_.exec(R"(
        update jobs set status = case status when 'pending' then 'in_progress' else status end,
                        start_at = case start_at when 0 then $2 else start_at end, last_activity_at = $2
        where id = (select id from jobs where type = $1 and status in ('pending', 'cancel_requested')
                    order by create_at, id limit 1 for update skip locked)
        returning id, type, status, priority, create_at, start_at, last_activity_at, progress, data::text)",
                              type, tx_.now()));
}

std::int64_t JobTable::requeue(const std::string& type) {
    return static_cast<std::int64_t>(
        tx_.exec("update jobs set status = 'pending' where type = $1 and status = 'in_progress'", type)
            .affected_rows());
}

}  // namespace concordat::storage
