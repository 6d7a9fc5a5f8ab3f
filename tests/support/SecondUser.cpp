#include "support/SecondUser.h"

#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <atomic>
#include <csignal>
#include <new>
#include <set>
#include <sstream>

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace notifyhost::test {

std::string whyNoSecondUser()
{
    if (::geteuid() != 0) {
        return "only root can act as a second user";
    }
    return run(asUser(kMeddlingUser, {"true"})).status == 0 ? "" : "setpriv cannot change the user";
}

std::vector<std::string> asUser(uid_t user, const std::vector<std::string>& command)
{
    const auto number = std::to_string(user);
    std::vector<std::string> words{"setpriv", "--reuid", number,
                                   "--regid", number,    "--clear-groups"};
    words.insert(words.end(), command.begin(), command.end());
    return words;
}

bool mayRun(uid_t user, const std::filesystem::path& program)
{
    return run(asUser(user, {"test", "-x", program.string()})).status == 0;
}

void giveTo(uid_t user, const std::filesystem::path& path)
{
    std::vector<std::filesystem::path> paths{path};
    if (std::filesystem::is_directory(std::filesystem::symlink_status(path))) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
            paths.push_back(entry.path());
        }
    }
    for (const auto& each : paths) {
        if (::lchown(each.c_str(), user, user) != 0) {
            throw std::runtime_error("cannot give away " + each.string());
        }
    }
}

bool exchange(const std::filesystem::path& one, const std::filesystem::path& other)
{
    return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0;
}

Meddler::Meddler(uid_t user, const std::function<void()>& deed)
    : _shared(::mmap(nullptr, sizeof(std::atomic<long>), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0))
{
    auto* count = new (_shared) std::atomic<long>(0);
    _process = ::fork();
    if (_process == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::setgroups(0, nullptr) != 0 || ::setgid(user) != 0 || ::setuid(user) != 0) {
            ::_exit(1);
        }
        for (;;) {
            deed();
            ++*count;
        }
    }
}

Meddler::~Meddler()
{
    ::kill(_process, SIGKILL);
    ::waitpid(_process, nullptr, 0);
    ::munmap(_shared, sizeof(std::atomic<long>));
}

long Meddler::deeds() const
{
    return *static_cast<const std::atomic<long>*>(_shared);
}

std::string lookOf(const std::filesystem::path& path)
{
    std::set<std::filesystem::path> paths{path};
    if (std::filesystem::is_directory(std::filesystem::symlink_status(path))) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
            paths.insert(entry.path());
        }
    }
    std::ostringstream text;
    for (const auto& each : paths) {
        struct stat status {};
        ::lstat(each.c_str(), &status);
        text << each.string() << ' ' << std::oct << status.st_mode << std::dec << ' '
             << status.st_uid << ' ' << status.st_gid << ' ';
        if (S_ISREG(status.st_mode)) {
            text << readFile(each);
        } else if (S_ISLNK(status.st_mode)) {
            text << std::filesystem::read_symlink(each).string();
        }
        text << '\n';
    }
    return text.str();
}

} // namespace notifyhost::test
