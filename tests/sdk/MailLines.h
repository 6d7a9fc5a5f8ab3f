#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::test {

/// The lines of a mail without their CR LF; fails the test for a bare CR or LF and where the last
/// line has no end.
inline std::vector<std::string> linesOf(std::string_view mail)
{
    std::vector<std::string> lines(1);
    for (std::size_t index = 0; index < mail.size(); ++index) {
        const bool isLineEnd = mail.substr(index, 2) == "\r\n";
        if (isLineEnd) {
            lines.emplace_back();
            ++index;
            continue;
        }
        EXPECT_NE(mail[index], '\r') << "bare CR at " << index;
        EXPECT_NE(mail[index], '\n') << "bare LF at " << index;
        lines.back() += mail[index];
    }
    EXPECT_EQ(lines.back(), "") << "the mail does not end with CR LF";
    lines.pop_back();
    return lines;
}

/// What RFC 5322, 2045 and 2047 ask of every line of a mail whose addresses are short and in ASCII.
inline void expectWellFormed(std::string_view mail)
{
    bool inHeader = true;
    for (const auto& line : linesOf(mail)) {
        inHeader = inHeader && !line.empty();
        EXPECT_LE(line.size(), 76U) << line;
        for (const char character : line) {
            EXPECT_TRUE((character >= ' ' && character <= '~') || (!inHeader && character == '\t'))
                << line;
        }
        EXPECT_FALSE(line.ends_with(' ') || line.ends_with('\t')) << line;
        EXPECT_FALSE(line.starts_with('.') || line.starts_with("From ")) << line;
    }
}

/// The header's lines, before the first empty one.
inline std::vector<std::string> headerLinesOf(std::string_view mail)
{
    return linesOf(mail.substr(0, mail.find("\r\n\r\n") + 2));
}

} // namespace notifyhost::test
