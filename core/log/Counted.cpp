#include "log/Counted.h"

namespace notifyhost::log {

std::string counted(std::size_t number, std::string_view noun)
{
    std::string text = std::to_string(number) + " " + std::string(noun);
    if (number == 1) {
        return text;
    }
    constexpr std::string_view kVowels = "aeiou";
    const bool changes = noun.size() > 1 && noun.ends_with('y') &&
                         kVowels.find(noun[noun.size() - 2]) == std::string_view::npos;
    if (changes) {
        text.pop_back();
    }
    return text + (changes ? "ies" : "s");
}

} // namespace notifyhost::log
