#include "HeaderField.h"

#include "EncodedWord.h"

#include <algorithm>

namespace notifyhost::mime {

namespace {

/// The longest display name that is written in quotes; longer ones are split into encoded words.
constexpr std::size_t kLongestQuotedName = 60;

bool isPrintableAscii(std::string_view text)
{
    return std::all_of(text.begin(), text.end(),
                       [](char character) { return character >= ' ' && character <= '~'; });
}

/// Whether readers might take a part of the text for an encoded word.
bool looksEncoded(std::string_view text)
{
    return text.find("=?") != std::string_view::npos;
}

/// The words of a text; all blanks between two words but one go in front of the second.
std::vector<std::string_view> wordsOf(std::string_view text)
{
    std::vector<std::string_view> words;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto letter = text.find_first_not_of(' ', begin);
        const auto end = std::min(text.find(' ', letter), text.size());
        words.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return words;
}

std::string inQuotes(std::string_view name)
{
    std::string result = "\"";
    for (const char character : name) {
        if (character == '"' || character == '\\') {
            result += '\\';
        }
        result += character;
    }
    return result + '"';
}

} // namespace

HeaderField::HeaderField(std::string_view name) : _text(std::string(name) + ':') {}

std::size_t HeaderField::roomOnLine() const
{
    const std::size_t used = _text.size() - _lineStart + 1;
    return used < kHeaderWidth ? kHeaderWidth - used : 0;
}

HeaderField& HeaderField::add(std::string_view piece)
{
    if (!_isEmpty && piece.size() > roomOnLine()) {
        _text += "\r\n";
        _lineStart = _text.size();
    }
    _text += ' ';
    _text += piece;
    _isEmpty = false;
    return *this;
}

HeaderField& HeaderField::addText(std::string_view text)
{
    if (text.empty()) {
        return *this;
    }
    const bool canStand =
        isPrintableAscii(text) && !looksEncoded(text) && text.front() != ' ' && text.back() != ' ';
    if (canStand) {
        const auto words = wordsOf(text);
        const std::size_t room = roomOnLine();
        if (std::all_of(words.begin(), words.end(),
                        [room](std::string_view word) { return word.size() <= room; }))
        {
            for (const auto word : words) {
                add(word);
            }
            return *this;
        }
    }
    addEncoded(text);
    return *this;
}

HeaderField& HeaderField::addMailbox(const Mailbox& mailbox)
{
    if (mailbox.name.empty()) {
        return add(mailbox.address);
    }
    const std::string quotedName = inQuotes(mailbox.name);
    if (isPrintableAscii(quotedName) && !looksEncoded(quotedName) &&
        quotedName.size() <= kLongestQuotedName)
    {
        add(quotedName);
    } else {
        addEncoded(mailbox.name);
    }
    return add('<' + mailbox.address + '>');
}

void HeaderField::addEncoded(std::string_view text)
{
    for (const auto& word : encodedWords(text, roomOnLine())) {
        add(word);
    }
}

} // namespace notifyhost::mime
