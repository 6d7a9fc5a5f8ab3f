#include "DotStuffer.h"

namespace notifyhost::email {

std::string DotStuffer::next(std::string_view piece)
{
    std::string result;
    result.reserve(piece.size() + piece.size() / 64);
    for (const char octet : piece) {
        if (_atLineStart && octet == '.') {
            result += '.';
        }
        result += octet;
        _atLineStart = octet == '\n';
    }
    return result;
}

} // namespace notifyhost::email
