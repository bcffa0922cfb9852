#include "core/sandbox/sandbox.hpp"
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <cerrno>
#include <csignal>
#include <memory>
#include <system_error>

namespace concordat {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// A build for tests: the sanitizers reserve much address space and test memory by way of a pipe.
constexpr bool is_instrumented = true;
constexpr rlim_t open_files = 8;
constexpr int sanitizer_calls[] = {SCMP_SYS(sigaltstack), SCMP_SYS(rt_sigaction), SCMP_SYS(sched_getaffinity),
                                   SCMP_SYS(pipe2),       SCMP_SYS(pipe),         SCMP_SYS(close)};
#else
constexpr bool is_instrumented = false;
constexpr rlim_t open_files = 3;
#endif

[[noreturn]] void refuse(int error, const char* what) {
    throw std::system_error(error, std::generic_category(), what);
}

void limit(decltype(RLIMIT_AS) resource, rlim_t amount, const char* what) {
    const rlimit both{amount, amount};
    if (setrlimit(resource, &both) != 0) refuse(errno, what);
}

void set_limits(const SandboxLimits& limits) {
    limit(RLIMIT_AS, is_instrumented ? RLIM_INFINITY : limits.address_space, "RLIMIT_AS");
    limit(RLIMIT_CPU, limits.cpu_seconds, "RLIMIT_CPU");
    limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE");
    limit(RLIMIT_NOFILE, open_files, "RLIMIT_NOFILE");
    limit(RLIMIT_NPROC, 0, "RLIMIT_NPROC");
    limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
}

struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

void allow(const Filter& filter, int call) {
    if (const int error = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0); error != 0)
        refuse(-error, "seccomp_rule_add");
}

// Memory may be had, but not memory to run code in.
void allow_without_execution(const Filter& filter, int call) {
    const auto not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    if (const int error = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 1, not_executable); error != 0)
        refuse(-error, "seccomp_rule_add");
}

void deny(const Filter& filter, int call) {
    if (const int error = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOENT), call, 0); error != 0)
        refuse(-error, "seccomp_rule_add");
}

void install_filter(const SandboxLimits& limits) {
    const Filter filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
    if (!filter) refuse(ENOMEM, "seccomp_init");
    for (const int call :
         {SCMP_SYS(read),         SCMP_SYS(write),          SCMP_SYS(exit),   SCMP_SYS(exit_group),
          SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(brk),    SCMP_SYS(munmap),
          SCMP_SYS(mremap),       SCMP_SYS(madvise),        SCMP_SYS(futex),  SCMP_SYS(clock_gettime),
          SCMP_SYS(gettimeofday), SCMP_SYS(time),           SCMP_SYS(times),  SCMP_SYS(getrusage),
          SCMP_SYS(getrandom),    SCMP_SYS(getpid),         SCMP_SYS(gettid), SCMP_SYS(sched_yield),
          SCMP_SYS(lseek),        SCMP_SYS(restart_syscall)})
        allow(filter, call);
    // Libraries ask whether files exist, which none does, and how much memory there is, which they are not
    // told.
    for (const int call : {SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(sysinfo)})
        deny(filter, call);
    if (limits.may_look_for_files)
        for (const int call :
             {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(stat), SCMP_SYS(newfstatat),
              SCMP_SYS(statx), SCMP_SYS(readlink), SCMP_SYS(readlinkat)})
            deny(filter, call);
    allow_without_execution(filter, SCMP_SYS(mmap));
    allow_without_execution(filter, SCMP_SYS(mprotect));
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    for (const int call : sanitizer_calls) allow(filter, call);
#endif
    if (const int error = seccomp_load(filter.get()); error != 0) refuse(-error, "seccomp_load");
}

}  // namespace

void enter_sandbox(const SandboxLimits& limits) {
    for (int signal = 1; signal < SIGRTMIN; ++signal)
        std::signal(signal, SIG_DFL);  // KILL and STOP refuse; fine
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) refuse(errno, "PR_SET_DUMPABLE");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refuse(errno, "PR_SET_NO_NEW_PRIVS");
    set_limits(limits);
    install_filter(limits);
}

}  // namespace concordat
