#include "Shown.h"

#include <algorithm>

namespace notifyhost::pacbio {

std::string shownText(std::string_view text)
{
    constexpr std::size_t kLimit = 160;
    std::size_t length = std::min(text.size(), kLimit);
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) {
        --length;
    }
    std::string result(text.substr(0, length));
    std::replace_if(
        result.begin(), result.end(),
        [](char octet) { return (octet >= 0 && octet < ' ') || octet == 0x7F; }, ' ');
    return length < text.size() ? result + "…" : result;
}

} // namespace notifyhost::pacbio
