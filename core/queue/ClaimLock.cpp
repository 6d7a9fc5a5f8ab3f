#include "queue/ClaimLock.h"

#include "queue/TaskQueue.h"
#include "storage/Database.h"
#include "storage/Digest.h"
#include "storage/OwnFolder.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>

#include <sys/file.h>
#include <unistd.h>

namespace notifyhost::queue {

namespace {

constexpr std::size_t kNameDigits = 16;
constexpr std::chrono::milliseconds kLongestPause{50};

[[noreturn]] void fail(const std::filesystem::path& file, const char* what, int number)
{
    throw QueueError(QueueError::Kind::storage, std::string("cannot ") + what + " " +
                                                    file.string() + ": " +
                                                    std::generic_category().message(number));
}

} // namespace

ClaimLock::ClaimLock(const std::filesystem::path& folder, const std::string& server,
                     std::chrono::milliseconds limit)
{
    if (folder.empty()) {
        return;
    }
    const auto name = "claim-" + storage::sha256Hex(server).substr(0, kNameDigits) + ".lock";
    const auto file = folder / name;
    try {
        _descriptor = storage::OwnFolder(folder).open(name);
    } catch (const storage::StorageError& error) {
        throw QueueError(QueueError::Kind::storage,
                         "cannot open the lock file " + file.string() + ": " + error.what());
    }
    const auto end = std::chrono::steady_clock::now() + limit;
    auto pause = std::chrono::milliseconds{1};
    while (::flock(_descriptor, LOCK_EX | LOCK_NB) != 0) {
        const int number = errno;
        if (number != EWOULDBLOCK && number != EINTR) {
            ::close(_descriptor);
            fail(file, "lock", number);
        }
        if (std::chrono::steady_clock::now() >= end) {
            ::close(_descriptor);
            throw QueueError(QueueError::Kind::unavailable,
                             "another claim of this host from " + server +
                                 " has been under way for " + std::to_string(limit.count() / 1000) +
                                 " s (" + file.string() + "); nothing was claimed");
        }
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, kLongestPause);
    }
}

ClaimLock::~ClaimLock()
{
    if (_descriptor >= 0) {
        ::close(_descriptor);
    }
}

} // namespace notifyhost::queue
