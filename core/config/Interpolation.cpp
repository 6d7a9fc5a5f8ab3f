#include "config/Interpolation.h"

#include "config/ValueText.h"

namespace notifyhost::config {

namespace {

constexpr int kDeepest = 10;

/// Throws std::runtime_error saying what is wrong, never with a value in it.
std::string expand(std::string_view text, const IniSection& section, int depth)
{
    if (depth > kDeepest) {
        throw std::runtime_error("%(…)s refers to itself, or over too many keys");
    }
    std::string result;
    for (;;) {
        const auto at = text.find('%');
        result.append(text.substr(0, at));
        if (at == std::string_view::npos) {
            return result;
        }
        text.remove_prefix(at + 1);
        if (text.starts_with('%')) {
            result += '%';
            text.remove_prefix(1);
            continue;
        }
        const auto close = text.find(')');
        if (!text.starts_with('(') || close == std::string_view::npos || close < 2 ||
            text.substr(close + 1, 1) != "s")
        {
            throw std::runtime_error("a % in a value must be written %%");
        }
        const std::string name = lowered(text.substr(1, close - 1));
        const IniEntry* entry = section.find(name);
        if (entry == nullptr) {
            throw std::runtime_error("%(" + std::string(isPlainName(name) ? name : "…") +
                                     ")s refers to a key that is not there; a plain % must be "
                                     "written %%");
        }
        result += expand(entry->value, section, depth + 1);
        text.remove_prefix(close + 2);
    }
}

} // namespace

void interpolate(IniSection& section)
{
    const IniSection raw = section;
    for (IniEntry& entry : section.entries) {
        try {
            entry.value = expand(entry.value, raw, 1);
        } catch (const std::runtime_error& error) {
            entry.defect = error.what();
        }
    }
}

} // namespace notifyhost::config
