#pragma once

#include "BatonObject.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::ont {

/// The three attributes of a collection that make it an ONT run, gathered from its AVUs.
class RunMetadata {
public:
    enum class Attribute { experiment, slot, flowcell };

    void clear();

    /// Takes an AVU into account. Shape: avu has been checked.
    void add(const BatonObject& avu);

    /// How many AVUs there were, needed or not.
    std::size_t count() const { return _count; }

    /// What is missing or ambiguous; nothing where each attribute is there once.
    std::optional<std::string> fault() const;

    /// The value. Shape: fault() found nothing.
    const std::string& value(Attribute attribute) const;

private:
    struct Entry {
        std::string value;
        std::string units;
        bool present{};
        bool hasUnits{};
        bool ambiguous{};
        bool otherCase{}; ///< the name was there in other letter case
    };
    static constexpr std::size_t kNeeded = 3;

    std::array<Entry, kNeeded> _entries;
    std::size_t _count{};
};

} // namespace notifyhost::ont
