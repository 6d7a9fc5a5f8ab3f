#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// One Maildir: a folder with tmp, new and cur. Not created before the first use.
/// Errors: std::system_error naming the path. Threads and processes: any number, side by side.
/// Source: Maildir as D. J. Bernstein described it; the names are ours.
class Maildir {
public:
    explicit Maildir(std::filesystem::path root) : _root(std::move(root)) {}

    const std::filesystem::path& root() const { return _root; }

    /// What is in the way of the folder for ever: a file, or a link to nothing, at the path or
    /// above it. Empty: nothing that can be seen without writing.
    std::string obstacle() const;

    /// Makes the folders that are missing, with those above them, mode 0700, and syncs what holds
    /// them.
    void prepare() const;

    /// Where a mail of this name lies, in new or, seen by a reader, in cur.
    std::optional<std::filesystem::path> find(const std::string& name) const;

    /// Where store() puts a mail of this name.
    std::filesystem::path placeFor(const std::string& name) const { return _root / "new" / name; }

    /// Writes a mail in tmp, syncs it, asks beforeRename, and moves it into new.
    /// Returns: what beforeRename answered; after false nothing is left.
    bool store(const std::string& name, std::string_view bytes,
               const std::function<bool()>& beforeRename) const;

    /// Syncs new, so that a mail found there stays there.
    void sync() const;

private:
    std::filesystem::path _root;
};
