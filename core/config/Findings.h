#pragma once

#include <string>
#include <vector>

namespace notifyhost::config {

/// One thing wrong with the configuration, and where.
struct Finding {
    enum class Severity { error, warning };
    Severity severity{Severity::error};
    std::string file;
    int line{};          ///< 0: the file as a whole, or a key that is missing
    std::string section; ///< without brackets; may be empty
    std::string key;     ///< may be empty
    std::string text;    ///< what is wrong and what to do; never a secret's value
};

/// `FILE:LINE: [section] key: text`, leaving out what is empty; one line, control characters
/// escaped.
std::string toText(const Finding& finding);

/// Collects all problems, so that they can be reported at once, in the order of their places.
class Findings {
public:
    /// What was added before, word for word, is not added again.
    void add(Finding finding);
    bool hasErrors() const;
    const std::vector<Finding>& all() const { return _all; }

private:
    std::vector<Finding> _all;
};

/// The candidate most like the word, if one is close enough to be meant; else empty. Letter case
/// makes no difference.
std::string suggest(const std::string& word, const std::vector<std::string>& candidates);

} // namespace notifyhost::config
