#include "log/Logger.h"

#include <cctype>

namespace notifyhost::log {

namespace {

constexpr std::size_t kShortestSecret = 4;
constexpr std::size_t kShortestBase64 = 5;
constexpr std::string_view kBlot = "***";

/// A stretch of the text that must not be seen.
struct Stretch {
    std::size_t begin{};
    std::size_t end{};
};

std::string base64(std::string_view bytes, std::string_view alphabet)
{
    std::string result;
    unsigned collected = 0;
    int bits = 0;
    for (const char byte : bytes) {
        collected = (collected << 8 | static_cast<unsigned char>(byte)) & 0xFFFFU;
        for (bits += 8; bits >= 6; bits -= 6) {
            result += alphabet[collected >> (bits - 6) & 63U];
        }
    }
    return result;
}

/// The digits that stand in a base64 text for the secret alone when `before` octets come first:
/// those that share bits with a neighbour are left out.
std::string insideBase64(std::string_view secret, std::size_t before, std::string_view alphabet)
{
    const std::string shifted = std::string(before, '\0').append(secret);
    const std::size_t shared = (before * 8 + 5) / 6;
    return base64(shifted, alphabet).substr(shared);
}

bool isBase64(char character)
{
    return std::isalnum(static_cast<unsigned char>(character)) != 0 ||
           std::string_view("+/-_=").find(character) != std::string_view::npos;
}

int hexValue(char digit)
{
    const auto at = std::string_view("0123456789abcdef")
                        .find(static_cast<char>(std::tolower(static_cast<unsigned char>(digit))));
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

/// How many characters at the beginning of text stand for this octet, plain or percent-encoded.
/// 0: none do.
std::size_t octetLength(std::string_view text, char octet)
{
    if (text.size() >= 3 && text[0] == '%' && hexValue(text[1]) >= 0 && hexValue(text[2]) >= 0 &&
        static_cast<char>(hexValue(text[1]) * 16 + hexValue(text[2])) == octet)
    {
        return 3;
    }
    if (text.empty() || (text[0] != octet && !(octet == ' ' && text[0] == '+'))) {
        return 0;
    }
    return 1;
}

std::size_t secretLength(std::string_view text, std::string_view secret)
{
    if (text.starts_with(secret)) {
        return secret.size();
    }
    std::size_t length = 0;
    for (const char octet : secret) {
        const std::size_t step = octetLength(text.substr(length), octet);
        if (step == 0) {
            return 0;
        }
        length += step;
    }
    return length;
}

void findSecret(std::string_view text, std::string_view secret, std::vector<Stretch>& found)
{
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (const std::size_t length = secretLength(text.substr(at), secret); length > 0) {
            found.push_back({at, at + length});
        }
    }
}

void findBase64(std::string_view text, std::string_view digits, std::vector<Stretch>& found)
{
    for (auto at = text.find(digits); at != std::string_view::npos; at = text.find(digits, at + 1))
    {
        Stretch word{at, at + digits.size()};
        while (word.begin > 0 && isBase64(text[word.begin - 1])) {
            --word.begin;
        }
        while (word.end < text.size() && isBase64(text[word.end])) {
            ++word.end;
        }
        found.push_back(word);
    }
}

std::string blotOut(std::string_view text, std::vector<Stretch> found)
{
    std::sort(found.begin(), found.end(),
              [](const Stretch& left, const Stretch& right) { return left.begin < right.begin; });
    std::string result;
    std::size_t shown = 0;
    for (const Stretch& stretch : found) {
        if (stretch.begin >= shown) {
            result.append(text.substr(shown, stretch.begin - shown)).append(kBlot);
        }
        shown = std::max(shown, stretch.end);
    }
    return result.append(text.substr(shown));
}

} // namespace

void Redactor::add(const std::string& secret)
{
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const std::lock_guard lock(_mutex);
    if (secret.size() < kShortestSecret ||
        std::find(_secrets.begin(), _secrets.end(), secret) != _secrets.end())
    {
        return;
    }
    _secrets.push_back(secret);
    for (const std::string_view tail : {"+/", "-_"}) {
        for (std::size_t before = 0; before < 3; ++before) {
            std::string digits = insideBase64(secret, before, std::string(kDigits).append(tail));
            if (digits.size() >= kShortestBase64) {
                _base64.push_back(std::move(digits));
            }
        }
    }
    std::sort(_base64.begin(), _base64.end());
    _base64.erase(std::unique(_base64.begin(), _base64.end()), _base64.end());
}

std::string Redactor::redact(std::string_view text) const
{
    std::vector<Stretch> found;
    {
        const std::lock_guard lock(_mutex);
        for (const std::string& secret : _secrets) {
            findSecret(text, secret, found);
        }
        for (const std::string& digits : _base64) {
            findBase64(text, digits, found);
        }
    }
    return found.empty() ? std::string(text) : blotOut(text, std::move(found));
}

} // namespace notifyhost::log
