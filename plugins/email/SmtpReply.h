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

    /// "5.1.1" where the first line begins with one that agrees with the code; else empty. Source:
    /// RFC 2034 section 4.
    std::string_view enhanced() const;

    /// Code, enhanced status code and text on one line, for people; see oneLine().
    std::string text() const;
};

/// What a reply answers, as far as it matters for what is put up with.
enum class ReplyTo {
    command, ///< anything said before the message's end: nonsense there costs one more attempt
    finalDot ///< the message's end: nonsense there leaves in doubt whether it was taken
};

/// How far a reply may depart from RFC 5321 section 4.2 and still be understood.
///
/// | allowed                                                     | command | final dot |
/// |-------------------------------------------------------------|---------|-----------|
/// | a bare LF as line end; a code with nothing after it         | yes     | yes       |
/// | blank lines before a line; blanks, NUL, other controls      |         |           |
/// | before its code                                             | no      | yes       |
/// | text right after the code 250, unless it is a digit: 250OK  | no      | yes       |
/// | codes that differ within a reply, if all are of one class   |         |           |
/// | (2, 3, 4 or 5); the last counts                             | no      | yes       |
/// | lines without a code within a reply                         | no      | yes       |
/// | code 250 and text, then neither a line end nor an end       | no      | yes       |
///
/// What departs further is nonsense. A reply 250- that never ends is not finished, whatever the
/// column: nobody knows what its last line would have said.
struct Tolerance {
    bool decorated{};  ///< blank lines, and blanks and controls before the code
    bool glued{};      ///< text right after 250
    bool mixed{};      ///< differing codes of one class, and lines without a code
    bool unfinished{}; ///< the last line has no end

    static Tolerance of(ReplyTo replyTo);
};

/// Makes replies out of octets as they arrive. Nothing it holds grows with what a server sends.
/// Errors: ConnectionError nonsense for what the Tolerance does not allow, for more than 2,048
/// octets in
///         a line, and for more than 128 lines in a reply.
/// Source: RFC 5321 section 4.2.
class ReplyReader {
public:
    void add(std::string_view octets);

    /// The next whole reply, if there is one.
    std::optional<SmtpReply> next(ReplyTo replyTo = ReplyTo::command);

    /// Where nothing more will come: what the octets so far say all the same.
    std::optional<SmtpReply> unfinished(ReplyTo replyTo);

    /// Whether octets are left that no reply has used.
    bool hasInput() const { return !_buffer.empty() || _lines > 0; }

    /// Forgets what has arrived; how many octets that was.
    std::size_t discard();

private:
    bool takeLine(std::string_view line, Tolerance tolerance);

    std::string _buffer;
    SmtpReply _current;
    std::size_t _lines{}; ///< of the current reply, blank ones included
};

} // namespace notifyhost::email
