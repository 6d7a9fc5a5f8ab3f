#include "StudyMarks.h"

#include <algorithm>
#include <map>

namespace notifyhost::ont {

namespace {

constexpr std::size_t kColours = 8;

/// 0 is A, 25 is Z, 26 is AA, as spreadsheets name their columns.
std::string markOf(std::size_t index)
{
    std::string result;
    for (std::size_t rest = index + 1; rest > 0; rest = (rest - 1) / 26) {
        result.insert(result.begin(), static_cast<char>('A' + (rest - 1) % 26));
    }
    return result;
}

} // namespace

std::vector<Study> studiesOf(const std::vector<FlowcellRow>& rows)
{
    std::map<std::string, std::optional<std::string>> names;
    for (const FlowcellRow& row : rows) {
        names.emplace(row.studyId, row.studyName);
    }
    std::vector<Study> result;
    for (const auto& [number, name] : names) {
        const std::size_t index = result.size();
        result.push_back({number, name, markOf(index), std::to_string(index % kColours + 1)});
    }
    return result;
}

const Study& studyNumbered(const std::vector<Study>& studies, const std::string& number)
{
    return *std::lower_bound(
        studies.begin(), studies.end(), number,
        [](const Study& study, const std::string& wanted) { return study.number < wanted; });
}

} // namespace notifyhost::ont
