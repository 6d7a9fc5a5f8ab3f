#include "RunMetadata.h"

#include "WholeNumber.h"

#include <algorithm>
#include <cctype>

namespace notifyhost::ont {

namespace {

constexpr std::string_view kAttributes[] = {"ont:experiment_name", "ont:instrument_slot",
                                            "ont:flowcell_id"};

/// The text of an AVU's value or units, which need not be one.
std::string asText(const BatonObject& avu, Key key)
{
    return avu.shape(key) == Shape::number ? numberAsText(avu.text(key)) : avu.text(key);
}

bool inOtherCase(std::string_view name, std::string_view wanted)
{
    return std::equal(name.begin(), name.end(), wanted.begin(), wanted.end(), [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == b;
    });
}

} // namespace

void RunMetadata::clear()
{
    _count = 0;
    for (Entry& entry : _entries) {
        entry.present = false;
        entry.ambiguous = false;
        entry.otherCase = false;
    }
}

void RunMetadata::add(const BatonObject& avu)
{
    ++_count;
    const std::string& name = avu.text(Key::attribute);
    for (std::size_t index = 0; index < kNeeded; ++index) {
        Entry& entry = _entries[index];
        if (name != kAttributes[index]) {
            entry.otherCase = entry.otherCase || inOtherCase(name, kAttributes[index]);
            continue;
        }
        const bool hasUnits = avu.has(Key::units) && avu.shape(Key::units) != Shape::null;
        std::string value = asText(avu, Key::value);
        std::string units = hasUnits ? asText(avu, Key::units) : std::string();
        if (entry.present) {
            // Empty units are not the same as none: iRODS has two AVUs then.
            entry.ambiguous = entry.ambiguous || value != entry.value || units != entry.units ||
                              hasUnits != entry.hasUnits;
            continue;
        }
        entry.present = true;
        entry.hasUnits = hasUnits;
        entry.value = std::move(value);
        entry.units = std::move(units);
    }
}

std::optional<std::string> RunMetadata::fault() const
{
    std::string result;
    for (std::size_t index = 0; index < kNeeded; ++index) {
        const Entry& entry = _entries[index];
        if (entry.present && !entry.ambiguous) {
            continue;
        }
        result += result.empty() ? "" : "; ";
        result += entry.present ? "more than one " : "no ";
        result += kAttributes[index];
        if (!entry.present && entry.otherCase) {
            result += " (it is there in other letter case, which does not count)";
        }
    }
    return result.empty() ? std::nullopt : std::optional<std::string>(result);
}

const std::string& RunMetadata::value(Attribute attribute) const
{
    return _entries[static_cast<std::size_t>(attribute)].value;
}

} // namespace notifyhost::ont
