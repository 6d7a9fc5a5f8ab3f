#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace notifyhost::test {

/// Users that no account has: one that a service runs as, and one who means no good.
inline constexpr uid_t kServiceUser = 61'001;
inline constexpr uid_t kMeddlingUser = 61'002;

/// Why this process cannot act as other users; empty: it can. For GTEST_SKIP.
std::string whyNoSecondUser();

/// The command that runs this one as another user, who also needs to reach the programs.
std::vector<std::string> asUser(uid_t user, const std::vector<std::string>& command);

/// Whether that user may run a program.
bool mayRun(uid_t user, const std::filesystem::path& program);

/// Gives a file, or a folder with all it holds, to a user; of a link, the link itself.
void giveTo(uid_t user, const std::filesystem::path& path);

/// Lets two names change places at once. Returns whether they did.
bool exchange(const std::filesystem::path& one, const std::filesystem::path& other);

/// One who does the same thing over and over, as fast as he can, in a process of his own and as
/// another user, until the end.
class Meddler {
public:
    Meddler(uid_t user, const std::function<void()>& deed);
    ~Meddler();
    Meddler(const Meddler&) = delete;
    Meddler& operator=(const Meddler&) = delete;

    /// How often he has done it.
    long deeds() const;

private:
    pid_t _process{};
    void* _shared{};
};

/// All that a file or folder is and holds, as one text: paths, modes, owners, contents.
std::string lookOf(const std::filesystem::path& path);

} // namespace notifyhost::test
