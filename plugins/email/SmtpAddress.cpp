#include "SmtpAddress.h"

#include "SmtpText.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <idn2.h>

namespace notifyhost::email {

namespace {

constexpr std::size_t kLongestPath = 254; // 256 with the angle brackets
constexpr std::size_t kLongestLine = 998;

std::string tooLong()
{
    return "has more than " + std::to_string(kLongestPath) + " octets";
}

bool isEightBit(char letter)
{
    return (static_cast<unsigned char>(letter) & 0x80) != 0;
}

bool isLetterOrDigit(char letter)
{
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
           (letter >= 'A' && letter <= 'Z') || isEightBit(letter);
}

bool isAtom(char letter)
{
    return isLetterOrDigit(letter) ||
           std::string_view("!#$%&'*+-/=?^_`{|}~").find(letter) != std::string_view::npos;
}

bool isDotted(std::string_view text, bool (*allowed)(char))
{
    char before = '.';
    for (const char letter : text) {
        if (letter == '.' ? before == '.' : !allowed(letter)) {
            return false;
        }
        before = letter;
    }
    return before != '.';
}

bool isQuoted(std::string_view text)
{
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
        return false;
    }
    text = text.substr(1, text.size() - 2);
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return false;
        }
        if (at >= text.size()) {
            return false;
        }
    }
    return true;
}

bool isDomain(std::string_view text)
{
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        const std::string_view literal = text.substr(1, text.size() - 2);
        return std::all_of(literal.begin(), literal.end(), [](char letter) {
            return !isEightBit(letter) &&
                   (isLetterOrDigit(letter) || letter == '.' || letter == ':' || letter == '-');
        });
    }
    return isDotted(text, [](char letter) { return isLetterOrDigit(letter) || letter == '-'; });
}

/// A domain outside ASCII as A-labels.
struct AsciiDomain {
    std::string text;
    std::string problem; ///< why there is none
};

AsciiDomain asciiDomain(const std::string& domain)
{
    char* found = nullptr;
    const int status =
        idn2_to_ascii_8z(domain.c_str(), &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const std::unique_ptr<char, decltype(&std::free)> owner(found, &std::free);
    if (status != IDN2_OK) {
        return {{}, idn2_strerror(status)};
    }
    // Mapping can bring forth characters that no domain may have, such as angle brackets.
    return isDomain(found) ? AsciiDomain{found, {}}
                           : AsciiDomain{{}, "it stands for characters that no domain has"};
}

} // namespace

std::string asciiAddress(const std::string& address)
{
    const std::size_t at = address.rfind('@');
    if (at == std::string::npos || hasEightBit(address.substr(0, at)) || !hasEightBit(address)) {
        return address;
    }
    const AsciiDomain domain = asciiDomain(address.substr(at + 1));
    return domain.problem.empty() ? address.substr(0, at + 1) + domain.text : address;
}

std::string addressProblem(std::string_view address)
{
    const std::string shown = "\"" + oneLine(address, 100) + "\" ";
    // oneLine() escapes exactly what must not stand in an address: controls and their lookalikes,
    // direction marks, and octets that are not UTF-8.
    if (oneLine(address, address.size() * 8) != address) {
        return shown + "holds a control character or octets that are not UTF-8";
    }
    if (address.size() > kLongestPath) {
        return shown + tooLong();
    }
    const std::size_t at = address.rfind('@');
    if (at == std::string_view::npos) {
        return shown + "has no @";
    }
    const std::string_view local = address.substr(0, at);
    if (!isDotted(local, isAtom) && !isQuoted(local)) {
        return shown + "is no address: what stands before the @ cannot stand there";
    }
    const std::string_view domain = address.substr(at + 1);
    if (!isDomain(domain)) {
        return shown + "is no address: what follows the @ is no domain";
    }
    if (!hasEightBit(domain)) {
        return {};
    }
    const AsciiDomain ascii = asciiDomain(std::string(domain));
    if (!ascii.problem.empty()) {
        return shown + "is no address: what follows the @ is no domain (" + ascii.problem + ")";
    }
    return at + 1 + ascii.text.size() > kLongestPath ? shown + tooLong() : "";
}

std::string messageProblem(std::string_view bytes)
{
    std::size_t line = 1;
    while (!bytes.empty()) {
        const std::size_t end = bytes.find_first_of(std::string_view("\r\n\0", 3));
        const std::size_t length = std::min(end, bytes.size());
        const std::string where = "line " + std::to_string(line) + " of the message ";
        if (length > kLongestLine) {
            return where + "has more than " + std::to_string(kLongestLine) + " octets";
        }
        if (end == std::string_view::npos) {
            return {};
        }
        if (bytes[end] == '\0') {
            return where + "holds a NUL octet";
        }
        if (bytes.substr(end, 2) != "\r\n") {
            return where + "holds a CR or LF that is no line end";
        }
        bytes.remove_prefix(end + 2);
        ++line;
    }
    return {};
}

} // namespace notifyhost::email
