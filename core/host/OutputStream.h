#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace notifyhost::host {

/// Gives each of the descriptors 0, 1 and 2 that is closed to /dev/null, opened in the direction
/// that nobody uses: no file that is opened later gets its number, and its use is still an error.
/// For the first line of a program.
void occupyStandardDescriptors() noexcept;

/// Writes to a file descriptor and says what of it went out. Once a write has failed no other is
/// tried, so that what went out is the beginning of what was meant to.
/// Owner: the caller of the descriptor. Threads: one.
class OutputStream {
public:
    /// stopped: whether the program is to end; a reader that takes nothing is then given up.
    explicit OutputStream(
        int descriptor, std::function<bool()> stopped = [] { return false; });

    /// Returns: how many octets went out. Blocks while the reader takes nothing.
    std::size_t write(std::string_view octets);

    /// Why not all went out, such as "No space left on device"; empty where all did.
    const std::string& trouble() const { return _trouble; }

    /// Whether the trouble is no more than the wish to end.
    bool givenUp() const { return _givenUp; }

    /// Whether the reader has left, as `head` does when it has enough.
    bool readerLeft() const { return _readerLeft; }

private:
    bool wait();
    void giveUp();

    int _descriptor;
    std::function<bool()> _stopped;
    std::string _trouble;
    bool _givenUp{};
    bool _readerLeft{};
};

} // namespace notifyhost::host
