#include "message/TemplateFiles.h"

#include "message/Templates.h"
#include "sdk/Utf8.h"

#include <notifyhost/TrustedFile.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace notifyhost::message {

namespace {

constexpr std::size_t kLargestFile = std::size_t{4} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

void normalise(std::string& text)
{
    if (text.starts_with(kByteOrderMark)) {
        text.erase(0, kByteOrderMark.size());
    }
    for (auto at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n", at)) {
        text.erase(at, 1);
    }
}

std::optional<std::size_t> firstControl(std::string_view text)
{
    const auto found = std::find_if(text.begin(), text.end(), [](char character) {
        return (character >= 0 && character < 0x20 && character != '\n' && character != '\t') ||
               character == 0x7F;
    });
    if (found == text.end()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - text.begin());
}

std::string lineOf(const TemplateFile& file, std::size_t offset)
{
    const auto end = file.text.begin() + static_cast<std::ptrdiff_t>(offset);
    return file.path + ":" + std::to_string(1 + std::count(file.text.begin(), end, '\n')) + ": ";
}

/// Where something is not to be trusted, what else is wrong is of no interest.
void report(const FileRefusal& refusal, const std::string& text, std::vector<std::string>& problems)
{
    if (refusal.kind() == FileRefusal::Kind::untrusted) {
        throw TemplateError(text);
    }
    problems.push_back(text);
}

void readFile(const TrustedFile& folder, const std::filesystem::path& path,
              std::map<std::string, TemplateFile>& files, std::vector<std::string>& problems)
{
    TemplateFile file{path.string(), ""};
    try {
        file.text = folder.openInside(path.filename()).read(kLargestFile);
    } catch (const FileRefusal& refusal) {
        report(refusal, path.string() + ": " + refusal.what(), problems);
        return;
    }
    normalise(file.text);
    if (const auto invalid = mime::firstInvalidOctet(file.text)) {
        problems.push_back(lineOf(file, *invalid) + "not UTF-8");
    } else if (const auto control = firstControl(file.text)) {
        problems.push_back(lineOf(file, *control) + "a control character");
    }
    files[path.stem().string()] = std::move(file);
}

} // namespace

std::map<std::string, TemplateFile>
readTemplateFiles(const std::vector<std::filesystem::path>& folders,
                  std::vector<std::string>& problems)
{
    std::map<std::string, TemplateFile> files;
    for (const auto& folder : folders) {
        try {
            const auto opened = TrustedFile::openFolder(folder, FileUse::templates);
            for (const std::filesystem::path name : opened.names()) {
                if (name.extension() == ".mustache") {
                    readFile(opened, folder / name, files, problems);
                }
            }
        } catch (const FileRefusal& refusal) {
            report(refusal, folder.string() + ": the folder of templates " + refusal.what(),
                   problems);
        }
    }
    return files;
}

} // namespace notifyhost::message
