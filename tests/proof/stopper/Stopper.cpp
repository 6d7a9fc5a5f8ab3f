// A library to preload into a program: it ends the program with SIGKILL directly after the n-th of
// the calls that leave something behind outside the process: writes to files, syncs, and what goes
// over sockets. Nothing of the program is changed for it.
//
// NOTIFYHOST_STOP_AFTER         n; absent: only counts
// NOTIFYHOST_STOP_AT_SYNC_OF    part of a file's name: only syncs of such files count
// NOTIFYHOST_STOP_AT_COMMIT_OF  part of a file's name: only the first write to such a file after
//                               each of its syncs counts, with which a commit begins
// NOTIFYHOST_STOP_COUNT         a file that gets the count when the program ends by itself

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

std::atomic<long> count{0};

long stopAfter()
{
    static const long number = [] {
        const char* text = std::getenv("NOTIFYHOST_STOP_AFTER");
        return text == nullptr ? -1L : std::atol(text);
    }();
    return number;
}

const char* onlySyncsOf()
{
    static const char* const part = std::getenv("NOTIFYHOST_STOP_AT_SYNC_OF");
    return part;
}

const char* onlyCommitsOf()
{
    static const char* const part = std::getenv("NOTIFYHOST_STOP_AT_COMMIT_OF");
    return part;
}

void step()
{
    if (++count == stopAfter()) {
        ::kill(::getpid(), SIGKILL);
        for (;;) {
            ::pause();
        }
    }
}

bool isSocket(int descriptor)
{
    struct stat facts {};
    return ::fstat(descriptor, &facts) == 0 && S_ISSOCK(facts.st_mode);
}

bool isNamed(int descriptor, const char* part)
{
    char link[64];
    char name[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t size = ::readlink(link, name, sizeof name - 1);
    if (size < 0) {
        return false;
    }
    name[size] = '\0';
    return std::strstr(name, part) != nullptr;
}

std::atomic<bool> isInCommit{false};

void stepAtSync(int descriptor)
{
    if (onlyCommitsOf() != nullptr) {
        if (isNamed(descriptor, onlyCommitsOf())) {
            isInCommit = false;
        }
    } else if (onlySyncsOf() == nullptr || isNamed(descriptor, onlySyncsOf())) {
        step();
    }
}

void stepIf(bool counts)
{
    if (counts && onlySyncsOf() == nullptr && onlyCommitsOf() == nullptr) {
        step();
    }
}

void stepAtWrite(int descriptor)
{
    if (onlyCommitsOf() == nullptr) {
        stepIf(true);
    } else if (isNamed(descriptor, onlyCommitsOf()) && !isInCommit.exchange(true)) {
        step();
    }
}

template<typename Function> Function* next(const char* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

struct Reporter {
    ~Reporter()
    {
        const char* file = std::getenv("NOTIFYHOST_STOP_COUNT");
        if (file == nullptr) {
            return;
        }
        if (std::FILE* output = std::fopen(file, "w")) {
            std::fprintf(output, "%ld\n", count.load());
            std::fclose(output);
        }
    }
} reporter;

} // namespace

// Each call is passed on, and counted when it comes back: what it did has been done by then.
#define PASS_ON(RESULT, NAME, PARAMETERS, ARGUMENTS, COUNTS)                                       \
    extern "C" __attribute__((visibility("default"))) RESULT NAME PARAMETERS                       \
    {                                                                                              \
        static auto* const passOn = next<RESULT PARAMETERS>(#NAME);                                \
        const RESULT result = passOn ARGUMENTS;                                                    \
        COUNTS;                                                                                    \
        return result;                                                                             \
    }

PASS_ON(int, fsync, (int descriptor), (descriptor), stepAtSync(descriptor))
PASS_ON(int, fdatasync, (int descriptor), (descriptor), stepAtSync(descriptor))
PASS_ON(ssize_t, pwrite, (int descriptor, const void* data, size_t size, off_t offset),
        (descriptor, data, size, offset), stepAtWrite(descriptor))
PASS_ON(ssize_t, pwrite64, (int descriptor, const void* data, size_t size, off64_t offset),
        (descriptor, data, size, offset), stepAtWrite(descriptor))
PASS_ON(int, ftruncate, (int descriptor, off_t size), (descriptor, size), stepIf(true))
PASS_ON(int, ftruncate64, (int descriptor, off64_t size), (descriptor, size), stepIf(true))
PASS_ON(int, unlink, (const char* name), (name), stepIf(true))
PASS_ON(int, rename, (const char* from, const char* to), (from, to), stepIf(true))
PASS_ON(int, connect, (int descriptor, const sockaddr* address, socklen_t size),
        (descriptor, address, size), stepIf(true))
PASS_ON(ssize_t, send, (int descriptor, const void* data, size_t size, int flags),
        (descriptor, data, size, flags), stepIf(result > 0))
PASS_ON(ssize_t, sendmsg, (int descriptor, const msghdr* message, int flags),
        (descriptor, message, flags), stepIf(result > 0))
PASS_ON(ssize_t, write, (int descriptor, const void* data, size_t size), (descriptor, data, size),
        stepIf(result > 0 && isSocket(descriptor)))
PASS_ON(ssize_t, writev, (int descriptor, const iovec* pieces, int number),
        (descriptor, pieces, number), stepIf(result > 0 && isSocket(descriptor)))
PASS_ON(ssize_t, recv, (int descriptor, void* data, size_t size, int flags),
        (descriptor, data, size, flags), stepIf(result >= 0))
PASS_ON(ssize_t, read, (int descriptor, void* data, size_t size), (descriptor, data, size),
        stepIf(result >= 0 && isSocket(descriptor)))
