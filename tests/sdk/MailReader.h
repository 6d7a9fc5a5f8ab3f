#pragma once

#include "support/Process.h"

#include <filesystem>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::test {

/// A mail as an independent parser understood it: fields as read_mail.py names them.
class ReadMail {
public:
    void add(const std::string& field, std::string value)
    {
        _fields[field].push_back(std::move(value));
    }

    std::vector<std::string> all(const std::string& field) const
    {
        const auto found = _fields.find(field);
        return found == _fields.end() ? std::vector<std::string>{} : found->second;
    }

    /// The only value of a field. Errors: std::runtime_error where there are none or several.
    std::string one(const std::string& field) const
    {
        const auto values = all(field);
        if (values.size() != 1) {
            throw std::runtime_error(std::to_string(values.size()) + " values of " + field);
        }
        return values.front();
    }

private:
    std::map<std::string, std::vector<std::string>> _fields;
};

inline std::string fromHexadecimal(std::string_view digits)
{
    std::string octets;
    for (std::size_t index = 0; index + 1 < digits.size(); index += 2) {
        octets += static_cast<char>(std::stoi(std::string(digits.substr(index, 2)), nullptr, 16));
    }
    return octets;
}

/// Reads a mail, or all mails of a folder, by file name, with Python's email package.
inline std::map<std::string, ReadMail> readMails(const std::filesystem::path& fileOrFolder)
{
    const auto result =
        run({"/usr/bin/python3", SOURCE_ROOT "/tests/sdk/read_mail.py", fileOrFolder.string()});
    if (result.status != 0) {
        throw std::runtime_error("read_mail.py: " + result.error);
    }
    std::map<std::string, ReadMail> mails;
    std::istringstream lines(result.output);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string file;
        std::string field;
        std::string value;
        words >> file >> field >> value;
        mails[file].add(field, fromHexadecimal(value));
    }
    return mails;
}

} // namespace notifyhost::test
