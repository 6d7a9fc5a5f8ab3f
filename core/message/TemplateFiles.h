#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace notifyhost::message {

struct TemplateFile {
    std::string path; ///< as shown in messages
    std::string text; ///< UTF-8 without a byte order mark; lines end with \n
};

/// The *.mustache files of some folders by their names without ending; of two with one name the
/// later folder's counts. What is wrong is added to problems, one line each.
/// Errors: TemplateError for a folder or file that is not to be trusted.
std::map<std::string, TemplateFile>
readTemplateFiles(const std::vector<std::filesystem::path>& folders,
                  std::vector<std::string>& problems);

} // namespace notifyhost::message
