#include "LineReader.h"

#include <algorithm>
#include <cstring>

namespace notifyhost::ont {

bool LineReader::next()
{
    if (_endless) {
        return false;
    }
    _line.clear();
    _tooLong = false;
    _skipped = 0;
    bool any = false;
    while (_begin < _end || fill()) {
        any = true;
        const char* from = _buffer.data() + _begin;
        const auto* lineFeed = static_cast<const char*>(std::memchr(from, '\n', _end - _begin));
        const std::size_t count =
            lineFeed == nullptr ? _end - _begin : static_cast<std::size_t>(lineFeed - from);
        keep(from, count);
        _begin += count + (lineFeed == nullptr ? 0 : 1);
        _endless = lineFeed == nullptr && _skipped > kPatience * _limit;
        if (lineFeed != nullptr || _endless) {
            break;
        }
    }
    if (any) {
        ++_number;
        finish();
    }
    return any;
}

bool LineReader::fill()
{
    if (_input.sgetc() == std::streambuf::traits_type::eof()) {
        return false;
    }
    // One octet is certainly there; more only as far as the buffer has them, or a pipe would block.
    const auto ready = std::clamp<std::streamsize>(_input.in_avail(), 1,
                                                   static_cast<std::streamsize>(_buffer.size()));
    _begin = 0;
    _end = static_cast<std::size_t>(_input.sgetn(_buffer.data(), ready));
    return _end > 0;
}

void LineReader::keep(const char* octets, std::size_t count)
{
    // One octet more than the limit, for a CR before the line feed.
    if (_tooLong || _line.size() + count > _limit + 1) {
        _tooLong = true;
        _skipped += _line.size() + count;
        _line.clear();
        return;
    }
    _line.append(octets, count);
}

void LineReader::finish()
{
    if (_line.ends_with('\r')) {
        _line.pop_back();
    }
    if (_line.size() > _limit) {
        _tooLong = true;
        _line.clear();
    }
}

} // namespace notifyhost::ont
