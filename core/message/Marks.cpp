#include "message/Marks.h"

#include "message/Characters.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace notifyhost::message {

namespace {

// A padding is kBegin, side, width, kTextFollows, text, kEnd.
constexpr char kBegin = '\x03';
constexpr char kTextFollows = '\x04';
constexpr char kEnd = '\x05';
constexpr std::size_t kLongestEntity = 8;

struct Padding {
    bool right{};
    std::size_t width{};
    std::size_t begin{}; ///< of its text in the result
};

std::size_t shownWidth(std::string_view text, Form form)
{
    std::size_t width = countCodePoints(text);
    if (form != Form::html) {
        return width;
    }
    for (auto at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
        const auto end = text.find(';', at);
        if (end != std::string_view::npos && end - at <= kLongestEntity) {
            width -= end - at;
        }
    }
    return width;
}

std::size_t readNumber(std::string_view digits)
{
    std::size_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

bool isMark(char character)
{
    return character == kEdgeMark || character == kBegin || character == kEnd;
}

void pad(std::string& result, const Padding& padding, Form form)
{
    const auto width = shownWidth(std::string_view(result).substr(padding.begin), form);
    if (width < padding.width) {
        result.insert(padding.right ? padding.begin : result.size(), padding.width - width, ' ');
    }
}

} // namespace

std::optional<std::string> paddingMark(std::string_view name)
{
    const bool right = name.starts_with("right");
    if (!right && !name.starts_with("left")) {
        return std::nullopt;
    }
    const auto digits = name.substr(right ? 5 : 4);
    if (digits.empty() || digits.size() > 3 || digits.front() == '0' ||
        digits.find_first_not_of("0123456789") != std::string_view::npos)
    {
        return std::nullopt;
    }
    return std::string{kBegin, right ? 'r' : 'l'} + std::string(digits) + kTextFollows;
}

std::string paddingEnd()
{
    return {kEnd};
}

std::string settleMarks(std::string_view rendered, Form form)
{
    std::string result;
    result.reserve(rendered.size());
    std::vector<Padding> open;
    while (!rendered.empty()) {
        const auto found = std::find_if(rendered.begin(), rendered.end(), isMark);
        const auto at = static_cast<std::size_t>(found - rendered.begin());
        result += rendered.substr(0, at);
        if (at == rendered.size()) {
            break;
        }
        const char mark = rendered[at];
        rendered.remove_prefix(at + 1);
        if (mark == kBegin) {
            const auto text = rendered.find(kTextFollows);
            open.push_back(
                {rendered.front() == 'r', readNumber(rendered.substr(1, text - 1)), result.size()});
            rendered.remove_prefix(text + 1);
        } else if (mark == kEnd) {
            pad(result, open.back(), form);
            open.pop_back();
        }
    }
    return result;
}

} // namespace notifyhost::message
