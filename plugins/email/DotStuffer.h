#pragma once

#include <string>
#include <string_view>

namespace notifyhost::email {

/// Makes a message fit to follow DATA, piece by piece: a line that begins with a dot gets another.
/// Where a piece ends does not matter. Source: RFC 5321 section 4.5.2.
class DotStuffer {
public:
    std::string next(std::string_view piece);

    /// What the message still lacks before the dot that ends it: nothing, or a line end.
    std::string_view end() const { return _atLineStart ? "" : "\r\n"; }

private:
    bool _atLineStart{true};
};

} // namespace notifyhost::email
