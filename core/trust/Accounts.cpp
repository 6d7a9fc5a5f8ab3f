#include "Accounts.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include <grp.h>
#include <pwd.h>

NOTIFYHOST_NAMESPACE_BEGIN

namespace {

constexpr std::size_t kEnough = std::size_t{1} << 20;

/// An entry of the user database and the memory that its texts lie in.
template<typename Entry> struct Found {
    Entry entry{};
    std::vector<char> texts;
};

template<typename Entry, typename Call> std::optional<Found<Entry>> look(Call call)
{
    Found<Entry> result;
    for (std::size_t size = 4096; size <= kEnough; size *= 4) {
        result.texts.resize(size);
        Entry* found = nullptr;
        const int error = call(&result.entry, result.texts.data(), size, &found);
        if (error == 0 && found != nullptr) {
            return result;
        }
        if (error != ERANGE) {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

auto findUser(uid_t user)
{
    return look<passwd>([user](passwd* entry, char* texts, std::size_t size, passwd** found) {
        return ::getpwuid_r(user, entry, texts, size, found);
    });
}

auto findGroup(gid_t group)
{
    return look<struct group>(
        [group](struct group* entry, char* texts, std::size_t size, struct group** found) {
            return ::getgrgid_r(group, entry, texts, size, found);
        });
}

/// Whether an account of this host other than the owner's logs in with the group. Accounts of a
/// directory service cannot be listed; for them the group's name must do.
bool hasOtherAccount(gid_t group, uid_t owner)
{
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen("/etc/passwd", "re"), &std::fclose);
    if (!file) {
        return true;
    }
    for (;;) {
        const auto account =
            look<passwd>([&](passwd* entry, char* texts, std::size_t size, passwd** found) {
                return ::fgetpwent_r(file.get(), entry, texts, size, found);
            });
        if (!account) {
            return false;
        }
        if (account->entry.pw_gid == group && account->entry.pw_uid != owner) {
            return true;
        }
    }
}

} // namespace

std::string userText(uid_t user)
{
    const auto found = findUser(user);
    const std::string number = "uid " + std::to_string(user);
    return found ? std::string(found->entry.pw_name) + " (" + number + ")" : number;
}

std::string groupText(gid_t group)
{
    const auto found = findGroup(group);
    const std::string number = "gid " + std::to_string(group);
    return found ? std::string(found->entry.gr_name) + " (" + number + ")" : number;
}

std::string userWord(uid_t user)
{
    const auto found = findUser(user);
    return found ? found->entry.pw_name : "'#" + std::to_string(user) + "'";
}

std::string groupWord(gid_t group)
{
    const auto found = findGroup(group);
    return found ? found->entry.gr_name : std::to_string(group);
}

bool isPrivateGroup(gid_t group, uid_t owner)
{
    const auto user = findUser(owner);
    const auto found = findGroup(group);
    if (!user || !found || user->entry.pw_gid != group) {
        return false;
    }
    const std::string name = user->entry.pw_name;
    if (found->entry.gr_name != name) {
        return false;
    }
    for (char** member = found->entry.gr_mem; *member != nullptr; ++member) {
        if (*member != name) {
            return false;
        }
    }
    return !hasOtherAccount(group, owner);
}

NOTIFYHOST_NAMESPACE_END
