#include "config/SettingValues.h"
#include "config/ValueText.h"

#include <notifyhost/Mime.h>

#include <Poco/Exception.h>
#include <Poco/URI.h>

namespace notifyhost::config {

namespace {

constexpr std::size_t kLongestQuote = 80;

/// `"value" is not …`, or `is not …` where the value must not be seen.
std::string complaint(const Setting& setting, const std::string& value, const std::string& text)
{
    if (setting.secrecy == Secrecy::secret) {
        return text;
    }
    std::string shown = value;
    if (shown.size() > kLongestQuote) {
        std::size_t end = kLongestQuote;
        while ((static_cast<unsigned char>(shown[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        shown = shown.substr(0, end) + "…";
    }
    std::string result = "\"" + shown + "\" " + text;
    if (value.find(" ;") != std::string::npos || value.find(" #") != std::string::npos) {
        result += " (what follows a value on its line belongs to it: comments need their own line)";
    }
    return result;
}

std::string inWords(const std::vector<std::string>& choices)
{
    std::string result;
    for (std::size_t index = 0; index < choices.size(); ++index) {
        result += index == 0 ? "" : index + 1 == choices.size() ? " or " : ", ";
        result += choices[index];
    }
    return result;
}

std::string checkNumber(const Setting& setting, const std::string& value)
{
    const auto number = readInteger(value);
    const bool isTime = setting.kind == Kind::seconds;
    if (!number) {
        return complaint(setting, value,
                         isTime ? "is not a whole number of seconds" : "is not a whole number");
    }
    const auto minimum = isTime
                             ? std::optional{std::max<std::int64_t>(setting.minimum.value_or(0), 0)}
                             : setting.minimum;
    if (minimum && *number < *minimum) {
        return complaint(setting, value, "is below " + std::to_string(*minimum));
    }
    if (setting.maximum && *number > *setting.maximum) {
        return complaint(setting, value, "is above " + std::to_string(*setting.maximum));
    }
    return "";
}

std::string checkUrl(const Setting& setting, const std::string& value)
{
    constexpr std::string_view kWanted = "is not an http or https URL, such as https://example.org";
    for (const char character : value) {
        if (character <= ' ' || character > '~') {
            return complaint(setting, value,
                             "is not a URL: blanks and what is not ASCII must be percent-encoded");
        }
    }
    try {
        const Poco::URI uri(value);
        if (!uri.getUserInfo().empty()) {
            return "a URL must not hold a user name or password";
        }
        if ((uri.getScheme() != "http" && uri.getScheme() != "https") || uri.getHost().empty()) {
            return complaint(setting, value, std::string(kWanted));
        }
    } catch (const Poco::Exception&) {
        return complaint(setting, value, std::string(kWanted));
    }
    return "";
}

std::string checkMailbox(const Setting& setting, const std::string& value)
{
    try {
        parseMailbox(value);
        return "";
    } catch (const std::invalid_argument&) {
        return complaint(
            setting, value,
            "is not a mail address; write name@example.org or Name <name@example.org>");
    }
}

std::string checkPath(const Setting& setting, const std::string& value)
{
    if (value.find_first_of(std::string_view("\0\n\r", 3)) != std::string::npos) {
        return complaint(setting, value, "is not a path: it holds a line end or NUL");
    }
    if (value.starts_with('~')) {
        return complaint(setting, value, "is not a path: write ${env:HOME} in place of ~");
    }
    return "";
}

std::string checkChoice(const Setting& setting, const std::string& value)
{
    const auto& choices = setting.choices;
    if (std::find(choices.begin(), choices.end(), value) != choices.end()) {
        return "";
    }
    return complaint(setting, value, "must be " + inWords(choices));
}

} // namespace

std::string checkValue(const Setting& setting, const std::string& value)
{
    if (!isUtf8(value)) {
        return "is not UTF-8";
    }
    if (value.empty()) {
        if (setting.kind == Kind::text && setting.need == Need::optional) {
            return "";
        }
        return "is empty; give it a value" +
               std::string(setting.need == Need::optional ? " or leave the key out" : "");
    }
    switch (setting.kind) {
    case Kind::text:
        return "";
    case Kind::integer:
    case Kind::seconds:
        return checkNumber(setting, value);
    case Kind::flag:
        return readFlag(value) ? "" : complaint(setting, value, "must be yes or no");
    case Kind::path:
        return checkPath(setting, value);
    case Kind::url:
        return checkUrl(setting, value);
    case Kind::mailbox:
        return checkMailbox(setting, value);
    case Kind::choice:
        return checkChoice(setting, value);
    }
    return "";
}

} // namespace notifyhost::config
