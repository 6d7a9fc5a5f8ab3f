#include "PathWalk.h"

#include "Accounts.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

NOTIFYHOST_NAMESPACE_BEGIN

namespace {

namespace fs = std::filesystem;

/// As many as Linux itself follows.
constexpr int kMostLinks = 40;

[[noreturn]] void failWith(int error)
{
    if (error == ENOENT) {
        throw FileRefusal(FileRefusal::Kind::missing, "does not exist");
    }
    throw FileRefusal(FileRefusal::Kind::unreadable,
                      "cannot be read: " + std::generic_category().message(error));
}

std::string modeText(const struct stat& status)
{
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04o", status.st_mode & 07777U);
    return text.data();
}

/// Whether an access list might name others than the owner and the group.
bool mayHaveAccessList(int descriptor)
{
    const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    return ::getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) >= 0 ||
           (errno != ENODATA && errno != ENOTSUP);
}

bool isOurs(uid_t owner)
{
    return owner == 0 || owner == ::geteuid();
}

/// Who beside its owner can write it; empty: nobody.
std::string writers(int descriptor, const struct stat& status)
{
    if ((status.st_mode & S_IWOTH) != 0) {
        return "everyone";
    }
    if ((status.st_mode & S_IWGRP) == 0) {
        return "";
    }
    // With an access list these bits are what the list allows at most.
    const bool byList = mayHaveAccessList(descriptor);
    if (!byList && isPrivateGroup(status.st_gid, status.st_uid)) {
        return "";
    }
    return "the group " + groupText(status.st_gid) + (byList ? " and by its access list" : "");
}

} // namespace

std::string shellWord(const fs::path& path)
{
    const std::string& text = path.native();
    const bool plain = std::all_of(text.begin(), text.end(), [](char character) {
        return std::isalnum(static_cast<unsigned char>(character)) != 0 ||
               std::string_view("/._-+,:@%=").find(character) != std::string_view::npos;
    });
    if (plain) {
        return text;
    }
    std::string result = "'";
    for (const char character : text) {
        result += character == '\'' ? std::string("'\\''") : std::string(1, character);
    }
    return result + "'";
}

std::string privacyCommand(const fs::path& file, const struct stat& status)
{
    // Root's file is the service's to read by its group.
    const bool isOwn = ::geteuid() == 0 || status.st_uid == ::geteuid();
    return isOwn || status.st_gid == ::getegid()
               ? "chmod o-r " + shellWord(file)
               : "chgrp " + groupWord(::getegid()) + " " + shellWord(file) + " && chmod g+r,o-r " +
                     shellWord(file);
}

OpenNumber::~OpenNumber()
{
    if (_number >= 0) {
        ::close(_number);
    }
}

OpenNumber& OpenNumber::operator=(OpenNumber&& other) noexcept
{
    OpenNumber old(std::exchange(_number, other.release()));
    return *this;
}

int OpenNumber::release()
{
    return std::exchange(_number, -1);
}

TrustedFile PathWalk::fromRoot(const fs::path& path)
{
    std::error_code error;
    const fs::path folder = path.is_absolute() ? fs::path() : fs::current_path(error);
    if (error) {
        failWith(error.value());
    }
    startAtRoot();
    plan(path);
    plan(folder);
    return go();
}

TrustedFile PathWalk::from(const TrustedFile& folder, const fs::path& path)
{
    if (path.is_absolute()) {
        return fromRoot(path);
    }
    _base = folder.path();
    _reachable = folder._reachable;
    _here.path = folder.path();
    _here.status = folder.status();
    _here.descriptor = OpenNumber(::fcntl(folder.descriptor(), F_DUPFD_CLOEXEC, 0));
    if (_here.descriptor.number() < 0) {
        failWith(errno);
    }
    plan(path);
    return go();
}

/// Puts a path's names before those that are still to go.
void PathWalk::plan(const fs::path& path)
{
    std::vector<std::string> names;
    for (const auto& name : path.relative_path()) {
        // An empty last one stands for a slash at the end.
        names.push_back(name.empty() ? "." : name.string());
    }
    _rest.insert(_rest.begin(), names.begin(), names.end());
}

void PathWalk::startAtRoot()
{
    Place root;
    root.path = "/";
    root.descriptor = OpenNumber(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (root.descriptor.number() < 0 || ::fstat(root.descriptor.number(), &root.status) != 0) {
        failWith(errno);
    }
    _reachable = true;
    enter(std::move(root));
}

TrustedFile PathWalk::go()
{
    while (!_rest.empty()) {
        const std::string name = _rest.front();
        _rest.pop_front();
        Place next = step(name);
        if (S_ISLNK(next.status.st_mode)) {
            follow(next);
        } else if (S_ISDIR(next.status.st_mode)) {
            enter(std::move(next));
        } else if (!_rest.empty()) {
            failWith(ENOTDIR);
        } else {
            return open(next, name);
        }
    }
    return open(_here, ".");
}

PathWalk::Place PathWalk::step(const std::string& name) const
{
    Place next;
    next.path = name == "."    ? _here.path
                : name == ".." ? _here.path.parent_path()
                               : _here.path / name;
    constexpr int kLook = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    const int here = _here.descriptor.number();
    // As a folder first: without O_DIRECTORY one that is mounted on demand would not be.
    next.descriptor = OpenNumber(::openat(here, name.c_str(), kLook | O_DIRECTORY));
    if (next.descriptor.number() < 0 && errno == ENOTDIR) {
        next.descriptor = OpenNumber(::openat(here, name.c_str(), kLook));
    }
    if (next.descriptor.number() < 0 || ::fstat(next.descriptor.number(), &next.status) != 0) {
        failWith(errno);
    }
    return next;
}

void PathWalk::enter(Place folder)
{
    judgeFolder(folder, Trouble::sticky);
    _reachable = _reachable && (folder.status.st_mode & S_IXOTH) != 0;
    _here = std::move(folder);
}

void PathWalk::follow(const Place& link)
{
    judgeLink(link);
    if (_links == 0) {
        _firstLink = link.path;
    }
    if (++_links > kMostLinks) {
        failWith(ELOOP);
    }
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlinkat(link.descriptor.number(), "", target.data(), target.size());
    if (size <= 0) {
        failWith(size == 0 ? ENOENT : errno);
    }
    const fs::path path(std::string(target.data(), static_cast<std::size_t>(size)));
    if (path.is_absolute()) {
        startAtRoot();
    }
    plan(path);
}

/// Opens what the walk has come to, from the folder it lies in, and judges what it has opened.
TrustedFile PathWalk::open(const Place& last, const std::string& name)
{
    requireKind(last.status); // before it is opened, since to open some devices has effects
    const int flags = _wanted == Wanted::folder ? O_DIRECTORY : O_NONBLOCK | O_NOCTTY;
    Place opened;
    opened.path = last.path;
    opened.descriptor = OpenNumber(::openat(_here.descriptor.number(), name.c_str(),
                                            O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags));
    if (opened.descriptor.number() < 0 || ::fstat(opened.descriptor.number(), &opened.status) != 0)
    {
        failWith(errno);
    }
    requireKind(opened.status);
    if (_wanted == Wanted::folder) {
        judgeFolder(opened, Trouble::writable);
    } else {
        judgeFile(opened);
    }
    TrustedFile result;
    result._use = _use;
    result._path = std::move(opened.path);
    result._status = opened.status;
    result._reachable = _reachable;
    result._warnings = std::move(_warnings);
    result._descriptor = opened.descriptor.release();
    return result;
}

void PathWalk::requireKind(const struct stat& status) const
{
    if (_wanted == Wanted::file && !S_ISREG(status.st_mode)) {
        throw FileRefusal(FileRefusal::Kind::unreadable,
                          S_ISDIR(status.st_mode)
                              ? "is a folder, not a file"
                              : "is not a regular file (a pipe, socket or device)");
    }
    if (_wanted == Wanted::folder && !S_ISDIR(status.st_mode)) {
        throw FileRefusal(FileRefusal::Kind::unreadable, "is not a folder");
    }
}

void PathWalk::judgeFolder(const Place& folder, Trouble ofSticky)
{
    requireOwner("folder", folder);
    const std::string who = writers(folder.descriptor.number(), folder.status);
    if (who.empty()) {
        return;
    }
    std::string sentence = "the folder " + folder.path.string() + " (" +
                           userText(folder.status.st_uid) + ", mode " + modeText(folder.status) +
                           ") can be written by " + who;
    if ((folder.status.st_mode & S_ISVTX) == 0) {
        meet(Trouble::writable, sentence + "; run: chmod go-w " + shellWord(folder.path));
    } else if (_rest.empty()) {
        meet(ofSticky, sentence + "; name another, which only root or you can write");
    } else {
        meet(ofSticky, sentence +
                           "; move what is in it to a folder that only root or you can "
                           "write: mv " +
                           shellWord(folder.path / _rest.front()) + " DIR");
    }
}

void PathWalk::judgeLink(const Place& link)
{
    requireOwner("link", link);
}

void PathWalk::judgeFile(const Place& file)
{
    requireOwner("file", file);
    const std::string path = file.path.string();
    const std::string who = writers(file.descriptor.number(), file.status);
    if (!who.empty()) {
        meet(Trouble::writable, "the file " + path + " (" + userText(file.status.st_uid) +
                                    ", mode " + modeText(file.status) + ") can be written by " +
                                    who + "; run: chmod go-w " + shellWord(file.path));
    }
    const bool everyoneReads = (file.status.st_mode & S_IROTH) != 0;
    if (everyoneReads) {
        meet(Trouble::readable, path + " can be read by everyone on this machine: " +
                                    privacyCommand(file.path, file.status));
    }
    if (!everyoneReads && _links > 0 && file.path.parent_path() != _base) {
        meet(Trouble::leak, "the link " + _firstLink.string() + " leads to " + path + " (" +
                                userText(file.status.st_uid) + ", mode " + modeText(file.status) +
                                "), which not everybody may read; run: rm " +
                                shellWord(_firstLink) +
                                ", and put a copy in its place if that is what you mean");
    }
}

void PathWalk::requireOwner(const char* what, const Place& place)
{
    const uid_t owner = place.status.st_uid;
    if (isOurs(owner)) {
        return;
    }
    const bool isLink = S_ISLNK(place.status.st_mode);
    const bool isWritable = !isLink && (place.status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    const std::string path = shellWord(place.path);
    meet(Trouble::foreign,
         std::string("the ") + what + " " + place.path.string() + " belongs to " + userText(owner) +
             ", mode " + modeText(place.status) + ", who can change or exchange it; run: chown " +
             (isLink ? "-h " : "") + "root " + path + (isWritable ? " && chmod go-w " + path : "") +
             (::geteuid() == 0 ? ", or run this as its owner: sudo -u " + userWord(owner) + " …"
                               : ""));
}

void PathWalk::meet(Trouble trouble, const std::string& sentence)
{
    switch (answerTo(_use, trouble)) {
    case Answer::fine:
        return;
    case Answer::warn:
        _warnings.push_back(sentence);
        return;
    case Answer::refuse:
        throw FileRefusal(FileRefusal::Kind::untrusted, "is not to be trusted: " + sentence);
    }
}

NOTIFYHOST_NAMESPACE_END
