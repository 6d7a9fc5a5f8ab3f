#pragma once

#include <filesystem>
#include <functional>

#include <sys/types.h>

namespace notifyhost::test {

/// Somebody on this host who is neither root nor who runs the tests; has no account.
constexpr uid_t kOtherUser = 12001;

/// Why nothing can be tried as another user; empty: it can. For GTEST_SKIP().
const char* otherUserTrouble();

/// Gives a file, folder or link itself, with all that is in it, to the other user.
void giveToOther(const std::filesystem::path& path);

/// Runs a piece of work over and over in a process of the other user, until it is destroyed.
class OtherUser {
public:
    explicit OtherUser(const std::function<void()>& work);
    ~OtherUser();
    OtherUser(const OtherUser&) = delete;
    OtherUser& operator=(const OtherUser&) = delete;

private:
    pid_t _process;
};

/// Lets two names change places at once. Returns whether they did.
bool exchange(const std::filesystem::path& one, const std::filesystem::path& other);

} // namespace notifyhost::test
