#include "message/TemplateFiles.h"

#include "sdk/Utf8.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

namespace notifyhost::message {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::optional<std::string> readWhole(const std::filesystem::path& file)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) {
        return std::nullopt;
    }
    std::ifstream stream(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream.is_open() || stream.bad()) {
        return std::nullopt;
    }
    return text;
}

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

void readFile(const std::filesystem::path& path, std::map<std::string, TemplateFile>& files,
              std::vector<std::string>& problems)
{
    auto text = readWhole(path);
    if (!text) {
        problems.push_back(path.string() + ": cannot be read");
        return;
    }
    TemplateFile file{path.string(), std::move(*text)};
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
        std::error_code error;
        const std::filesystem::directory_iterator entries(folder, error);
        if (error) {
            problems.push_back(folder.string() +
                               ": the folder of templates cannot be read: " + error.message());
            continue;
        }
        for (const auto& entry : entries) {
            if (entry.path().extension() == ".mustache") {
                readFile(entry.path(), files, problems);
            }
        }
    }
    return files;
}

} // namespace notifyhost::message
