#include "EncodedWord.h"

#include "Utf8.h"

#include <Poco/Base64Encoder.h>

#include <algorithm>
#include <sstream>

namespace notifyhost::mime {

namespace {

constexpr std::string_view kIntroductionQ = "=?UTF-8?Q?";
constexpr std::string_view kIntroductionB = "=?UTF-8?B?";
constexpr std::string_view kEnd = "?=";
constexpr std::size_t kWordLimit = 75;

/// What may stand for itself in a phrase as well as in unstructured text.
bool isSafe(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') ||
           std::string_view("!*+-/").find(character) != std::string_view::npos;
}

std::string inQ(std::string_view text)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string result;
    for (const char character : text) {
        if (character == ' ') {
            result += '_';
        } else if (isSafe(character)) {
            result += character;
        } else {
            const auto octet = static_cast<unsigned char>(character);
            result += {'=', kDigits[octet >> 4], kDigits[octet & 0xF]};
        }
    }
    return result;
}

std::string inB(std::string_view text)
{
    std::ostringstream result;
    Poco::Base64Encoder encoder(result);
    encoder.rdbuf()->setLineLength(0);
    encoder << text;
    encoder.close();
    return result.str();
}

std::size_t sizeInB(std::size_t octets)
{
    return (octets + 2) / 3 * 4;
}

} // namespace

std::vector<std::string> encodedWords(std::string_view text, std::size_t firstWidth)
{
    const bool useQ = inQ(text).size() <= sizeInB(text.size());
    const auto introduction = useQ ? kIntroductionQ : kIntroductionB;
    const std::size_t around = introduction.size() + kEnd.size();
    std::size_t room = std::min(firstWidth, kWordLimit) - around;
    std::vector<std::string> words;
    std::size_t begin = 0;
    const auto finishWord = [&](std::size_t end) {
        const auto part = text.substr(begin, end - begin);
        words.push_back(std::string(introduction) + (useQ ? inQ(part) : inB(part)) +
                        std::string(kEnd));
        begin = end;
        room = kWordLimit - around;
    };
    for (std::size_t offset = 0; offset < text.size();) {
        const std::size_t next = offset + characterAt(text, offset)->length;
        const std::size_t needed =
            useQ ? inQ(text.substr(begin, next - begin)).size() : sizeInB(next - begin);
        if (needed > room) {
            finishWord(offset);
        }
        offset = next;
    }
    finishWord(text.size());
    return words;
}

} // namespace notifyhost::mime
