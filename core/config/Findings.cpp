#include "config/Findings.h"

#include "log/Logger.h"

#include <cctype>
#include <numeric>

namespace notifyhost::config {

namespace {

constexpr std::size_t kShortestBeginning = 3;

std::string lower(std::string text)
{
    for (char& character : text) {
        character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    }
    return text;
}

/// Insertions, deletions and replacements that turn one word into the other.
std::size_t distance(const std::string& left, const std::string& right)
{
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

bool isBeginning(const std::string& shorter, const std::string& longer)
{
    return shorter.size() >= kShortestBeginning && longer.starts_with(shorter);
}

bool same(const Finding& left, const Finding& right)
{
    return left.severity == right.severity && left.file == right.file && left.line == right.line &&
           left.section == right.section && left.key == right.key && left.text == right.text;
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
        _all.push_back(std::move(finding));
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
        const auto begins = [&](const std::string& candidate) {
            return isBeginning(wanted, lower(candidate)) || isBeginning(lower(candidate), wanted);
        };
        const auto found = std::find_if(candidates.begin(), candidates.end(), begins);
        best = found == candidates.end() ? nullptr : &*found;
    }
    return best == nullptr ? "" : *best;
}

} // namespace notifyhost::config
