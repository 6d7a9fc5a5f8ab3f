#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::email {

/// One reply of a server.
struct SmtpReply {
    int code{};                     ///< 200 to 599
    std::vector<std::string> lines; ///< what follows the code on each line; octets as they came

    bool positive() const { return code / 100 == 2; }
    bool transient() const { return code / 100 == 4; }
    bool permanent() const { return code / 100 == 5; }
    bool closing() const { return code == 421; }

    /// Code, enhanced status code and text on one line, for people; see oneLine().
    std::string text() const;
};

/// Makes replies out of octets as they arrive. Nothing it holds grows with what a server sends.
/// Errors: LinkError nonsense for a line that is no reply line, for more than 2,048 octets in a
///         line, more than 128 lines in a reply, and another code in a reply's later line.
/// Source: RFC 5321 section 4.2; a bare LF is taken for a line end, as servers are known to send
/// it.
class ReplyReader {
public:
    void add(std::string_view octets);

    /// The next whole reply, if there is one.
    std::optional<SmtpReply> next();

    /// Whether octets are left that no reply has used.
    bool hasInput() const { return !_buffer.empty() || !_current.lines.empty(); }

    /// Forgets what has arrived; how many octets that was.
    std::size_t discard();

private:
    bool takeLine(std::string_view line);

    std::string _buffer;
    SmtpReply _current;
};

} // namespace notifyhost::email
