#pragma once

#include <notifyhost/TrustedFile.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// One Maildir: a folder with tmp, new and cur, none of them a link. FileUse::mailbox says who may
/// own it and those above it, so that what is written goes where it was named. Not made before the
/// first use.
/// Errors: std::system_error or FileRefusal naming the path. Threads and processes: any number,
/// side by side. Source: Maildir as D. J. Bernstein described it; the names are ours.
class Maildir {
public:
    explicit Maildir(std::filesystem::path root) : _root(std::move(root)) {}

    const std::filesystem::path& root() const { return _root; }

    /// What is in the way of the folder for ever, seen without writing: a file, or a link to
    /// nothing, at the path or above it, or somebody who could exchange what lies there. Empty:
    /// nothing.
    std::string obstacle() const;

    /// Looks whether a mail could be put there; makes nothing. Returns what was seen.
    std::string look() const;

    /// The three folders, open.
    class Box {
    public:
        /// Makes the folders that are missing, with those above them, mode 0700, and syncs what
        /// holds them.
        explicit Box(const std::filesystem::path& root);

        /// Where a mail of this name lies, in new or, seen by a reader, in cur.
        std::optional<std::filesystem::path> find(const std::string& name) const;

        /// Writes a mail in tmp, syncs it, asks beforeRename, and moves it into new, where it
        /// replaces nothing.
        /// Returns: what beforeRename answered; after false nothing is left.
        bool store(const std::string& name, std::string_view bytes,
                   const std::function<bool()>& beforeRename) const;

        /// Syncs new, so that a mail found there stays there.
        void sync() const;

    private:
        notifyhost::TrustedFile _tmp;
        notifyhost::TrustedFile _new;
        notifyhost::TrustedFile _cur;
    };
    Box open() const { return Box(_root); }

    /// Where a mail of this name is put.
    std::filesystem::path placeFor(const std::string& name) const { return _root / "new" / name; }

private:
    std::filesystem::path _root;
};
