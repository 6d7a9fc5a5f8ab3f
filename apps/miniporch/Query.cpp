#include "Query.h"

#include <algorithm>
#include <charconv>

namespace notifyhost::miniporch {

namespace {

std::string formDecode(std::string_view text)
{
    std::string blanks(text);
    std::replace(blanks.begin(), blanks.end(), '+', ' ');
    return percentDecode(blanks);
}

} // namespace

std::string percentDecode(std::string_view text)
{
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned octet = 0;
        const char* const digits = text.data() + at + 1;
        if (text[at] == '%' && at + 2 < text.size() &&
            std::from_chars(digits, digits + 2, octet, 16).ptr == digits + 2)
        {
            decoded.push_back(static_cast<char>(octet));
            at += 2;
        } else {
            decoded.push_back(text[at]);
        }
    }
    return decoded;
}

Query::Query(std::string_view text)
{
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
        _values[formDecode(pair.substr(0, equals))] = formDecode(value);
    }
}

std::optional<std::string> Query::find(const std::string& name) const
{
    const auto found = _values.find(name);
    return found == _values.end() ? std::nullopt : std::optional(found->second);
}

} // namespace notifyhost::miniporch
