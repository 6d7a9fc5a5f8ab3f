#include "support/OtherUser.h"

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace notifyhost::test {

const char* otherUserTrouble()
{
    return ::geteuid() == 0 ? "" : "only root can act as another user";
}

void giveToOther(const std::filesystem::path& path)
{
    const auto give = [](const std::filesystem::path& one) {
        if (::lchown(one.c_str(), kOtherUser, kOtherUser) != 0) {
            throw std::system_error(errno, std::generic_category(), "chown " + one.string());
        }
    };
    if (std::filesystem::is_directory(std::filesystem::symlink_status(path))) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
            give(entry.path());
        }
    }
    give(path);
}

OtherUser::OtherUser(const std::function<void()>& work) : _process(::fork())
{
    if (_process < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (_process == 0) {
        const bool changed = ::setgroups(0, nullptr) == 0 &&
                             ::setresgid(kOtherUser, kOtherUser, kOtherUser) == 0 &&
                             ::setresuid(kOtherUser, kOtherUser, kOtherUser) == 0;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (changed) {
            work();
        }
        ::_exit(1);
    }
}

OtherUser::~OtherUser()
{
    ::kill(_process, SIGKILL);
    ::waitpid(_process, nullptr, 0);
}

bool exchange(const std::filesystem::path& one, const std::filesystem::path& other)
{
    return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0;
}

} // namespace notifyhost::test
