#pragma once

#include "TrustRules.h"

#include <deque>

NOTIFYHOST_NAMESPACE_BEGIN

/// A path as a shell reads it.
std::string shellWord(const std::filesystem::path& path);

/// See TrustedFile::privacyCommand().
std::string privacyCommand(const std::filesystem::path& file, const struct stat& status);

/// A descriptor that is closed with it.
class OpenNumber {
public:
    explicit OpenNumber(int number = -1) : _number(number) {}
    ~OpenNumber();
    OpenNumber(OpenNumber&& other) noexcept : _number(other.release()) {}
    OpenNumber& operator=(OpenNumber&& other) noexcept;

    int number() const { return _number; }
    int release();

private:
    int _number;
};

/// The way to one file or folder, walked once. See TrustedFile.
class PathWalk {
public:
    enum class Wanted { file, folder };

    PathWalk(FileUse use, Wanted wanted) : _use(use), _wanted(wanted) {}

    TrustedFile from(const TrustedFile& folder, const std::filesystem::path& path);
    TrustedFile fromRoot(const std::filesystem::path& path);

private:
    /// What a step has come to.
    struct Place {
        OpenNumber descriptor;
        std::filesystem::path path; ///< absolute, without links
        struct stat status {};
    };

    TrustedFile go();
    void plan(const std::filesystem::path& path);
    void startAtRoot();
    Place step(const std::string& name) const;
    void enter(Place folder);
    void follow(const Place& link);
    TrustedFile open(const Place& last, const std::string& name);

    void requireKind(const struct stat& status) const;
    void judgeFolder(const Place& folder, Trouble ofSticky);
    void judgeLink(const Place& link);
    void judgeFile(const Place& file);
    void requireOwner(const char* what, const Place& place);
    void meet(Trouble trouble, const std::string& sentence);

    FileUse _use;
    Wanted _wanted;
    std::filesystem::path _base; ///< the folder that the walk began in; empty: the root
    Place _here;
    std::deque<std::string> _rest; ///< names still to go
    int _links{};
    std::filesystem::path _firstLink;
    bool _reachable{true}; ///< everyone may pass through the folders so far
    std::vector<std::string> _warnings;
};

NOTIFYHOST_NAMESPACE_END
