#include "support/OwnHosts.h"

#include "support/TemporaryFolder.h"

#include <array>
#include <exception>
#include <stdexcept>

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace notifyhost::test {

namespace {

constexpr int kNotAllowed = 77;

bool takeHosts(const std::string& file, const std::string& hostName)
{
    const int user = ::geteuid() == 0 ? 0 : CLONE_NEWUSER;
    return ::unshare(CLONE_NEWNS | CLONE_NEWUTS | user) == 0 &&
           ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount(file.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) == 0 &&
           ::sethostname(hostName.data(), hostName.size()) == 0;
}

[[noreturn]] void child(const std::string& file, const std::string& hostName,
                        const std::function<std::string()>& work, int output)
{
    if (!takeHosts(file, hostName)) {
        ::_exit(kNotAllowed);
    }
    std::string text;
    try {
        text = work();
    } catch (const std::exception& error) {
        text = std::string("thrown: ") + error.what();
    }
    const bool whole =
        ::write(output, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::_exit(whole ? 0 : 1);
}

} // namespace

std::optional<std::string> withOwnHosts(const std::string& hosts, const std::string& hostName,
                                        const std::function<std::string()>& work)
{
    const TemporaryFolder folder;
    folder.write("hosts", hosts);
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
        throw std::runtime_error("cannot make a pipe");
    }
    const pid_t process = ::fork();
    if (process == 0) {
        child((folder / "hosts").string(), hostName, work, ends[1]);
    }
    ::close(ends[1]);
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t count; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(process, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == kNotAllowed) {
        return std::nullopt;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        throw std::runtime_error("the child with its own hosts ended badly: " + text);
    }
    return text;
}

} // namespace notifyhost::test
