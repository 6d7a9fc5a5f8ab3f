#include "EventNames.h"

#include "Unicode.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <vector>

namespace notifyhost::ont {

namespace {

struct EventName {
    std::string_view name;
    std::string_view display;
};

constexpr std::array<EventName, 5> kEvents{{{"UPLOADED", "uploaded"},
                                            {"BASECALLED", "basecalled"},
                                            {"BASECALLED_HAC", "basecalled (HAC)"},
                                            {"BASECALLED_SUP", "basecalled (SUP)"},
                                            {"BASECALLED_MOD", "basecalled (MOD)"}}};

char small(char character)
{
    return static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
}

/// How many letters have to be put in, left out or changed, letter case aside (Levenshtein).
std::size_t distance(std::string_view left, std::string_view right)
{
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t changed = diagonal + (small(left[i]) == small(right[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

/// The names come first: of a name and a display text equally near, the name is suggested.
std::string_view nearest(std::string_view event)
{
    std::string_view best = kEvents[0].name;
    std::size_t least = distance(event, best);
    const auto consider = [&](std::string_view candidate) {
        const std::size_t far = distance(event, candidate);
        if (far < least) {
            best = candidate;
            least = far;
        }
    };
    for (const EventName& known : kEvents) {
        consider(known.name);
    }
    for (const EventName& known : kEvents) {
        consider(known.display);
    }
    return best;
}

} // namespace

std::string displayText(std::string_view event)
{
    for (const EventName& known : kEvents) {
        if (event == known.name) {
            return std::string(known.display);
        }
    }
    return std::string(event);
}

std::optional<std::string> eventProblem(std::string_view event)
{
    for (const EventName& known : kEvents) {
        if (event == known.name || event == known.display) {
            return std::nullopt;
        }
    }
    std::string problem = inQuotes(event) + " is no event; did you mean ";
    problem.append(nearest(event.substr(0, 64))).append("? Known are");
    for (const EventName& known : kEvents) {
        problem.append(&known == kEvents.data() ? " " : ", ").append(known.name);
    }
    return problem.append(", and their display texts such as ").append(kEvents[2].display);
}

} // namespace notifyhost::ont
