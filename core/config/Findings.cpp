#include "config/Findings.h"

#include "log/Logger.h"

#include <cctype>
#include <numeric>
#include <tuple>

namespace notifyhost::config {

namespace {

constexpr std::size_t kShortestPart = 3;

std::string lower(std::string text)
{
    for (char& character : text) {
        character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    }
    return text;
}

/// Insertions, deletions, replacements, and swaps of neighbours that turn one word into the other.
std::size_t distance(const std::string& left, const std::string& right)
{
    std::vector<std::size_t> before;
    std::vector<std::size_t> above(right.size() + 1);
    std::iota(above.begin(), above.end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::vector<std::size_t> row{i};
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t replaced = above[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            row.push_back(std::min({above[j] + 1, row[j - 1] + 1, replaced}));
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before = std::move(above);
        above = std::move(row);
    }
    return above.back();
}

bool isPart(const std::string& shorter, const std::string& longer)
{
    return shorter.size() >= kShortestPart &&
           (longer.starts_with(shorter) || longer.ends_with(shorter));
}

bool same(const Finding& left, const Finding& right)
{
    return left.severity == right.severity && left.file == right.file && left.line == right.line &&
           left.section == right.section && left.key == right.key && left.text == right.text;
}

bool isEarlier(const Finding& left, const Finding& right)
{
    return std::tie(left.file, left.line) < std::tie(right.file, right.line);
}

} // namespace

std::string toText(const Finding& finding)
{
    std::string place = finding.file;
    if (finding.line > 0) {
        place += ":" + std::to_string(finding.line);
    }
    std::string name = finding.section.empty() ? "" : "[" + finding.section + "]";
    if (!finding.key.empty()) {
        name += (name.empty() ? "" : " ") + finding.key;
    }
    std::string result;
    for (const std::string& part : {place, name, finding.text}) {
        if (!part.empty()) {
            result += (result.empty() ? "" : ": ") + part;
        }
    }
    return log::escapeControls(result);
}

void Findings::add(Finding finding)
{
    const bool known = std::any_of(_all.begin(), _all.end(),
                                   [&](const Finding& other) { return same(finding, other); });
    if (!known) {
        const auto after = std::upper_bound(_all.begin(), _all.end(), finding, isEarlier);
        _all.insert(after, std::move(finding));
    }
}

bool Findings::hasErrors() const
{
    return std::any_of(_all.begin(), _all.end(), [](const Finding& finding) {
        return finding.severity == Finding::Severity::error;
    });
}

std::string suggest(const std::string& word, const std::vector<std::string>& candidates)
{
    const std::string wanted = lower(word);
    const std::string* best = nullptr;
    std::size_t bestDistance = std::max<std::size_t>(wanted.size() / 3, 1) + 1;
    for (const std::string& candidate : candidates) {
        const std::string offered = lower(candidate);
        const std::size_t far = distance(wanted, offered);
        if (far < bestDistance && far < std::max(wanted.size(), offered.size())) {
            best = &candidate;
            bestDistance = far;
        }
    }
    if (best == nullptr) {
        const auto shares = [&](const std::string& candidate) {
            return isPart(wanted, lower(candidate)) || isPart(lower(candidate), wanted);
        };
        const auto found = std::find_if(candidates.begin(), candidates.end(), shares);
        best = found == candidates.end() ? nullptr : &*found;
    }
    return best == nullptr ? "" : *best;
}

} // namespace notifyhost::config
