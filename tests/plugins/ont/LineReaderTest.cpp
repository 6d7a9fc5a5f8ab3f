#include "LineReader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace notifyhost::ont {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> read(const std::string& text, std::size_t limit = 100)
{
    std::stringbuf buffer(text);
    LineReader lines(buffer, limit);
    std::vector<std::string> result;
    while (lines.next()) {
        result.push_back(std::to_string(lines.number()) +
                         (lines.tooLong() ? "!" : ":" + std::string(lines.line())));
    }
    return result;
}

/// Gives one octet at a time, and throws when asked for more than it has been given.
class SlowPipe : public std::streambuf {
public:
    explicit SlowPipe(std::string text) : _text(std::move(text)) {}
    bool exhausted() const { return _next == _text.size(); }

protected:
    int_type underflow() override
    {
        if (exhausted()) {
            throw std::ios_base::failure("would block");
        }
        _octet = _text[_next++];
        setg(&_octet, &_octet, &_octet + 1);
        return traits_type::to_int_type(_octet);
    }

private:
    std::string _text;
    std::size_t _next{};
    char _octet{};
};

TEST(LineReader, GivesUpALineThatMayNeverEnd)
{
    EXPECT_THAT(read(std::string(640, 'x') + "\nb\n", 10), ElementsAre("1!", "2:b"));
    EXPECT_THAT(read("a\n" + std::string(1 << 20, 'x') + "\nb\n", 10), ElementsAre("1:a", "2!"));
}

TEST(LineReader, ReadsNothingFromNothing)
{
    EXPECT_THAT(read(""), IsEmpty());
}

TEST(LineReader, TakesLineFeedsCarriageReturnsAndAnUnendedLastLine)
{
    EXPECT_THAT(read("a\nb\r\n\n\r\nc"), ElementsAre("1:a", "2:b", "3:", "4:", "5:c"));
    EXPECT_THAT(read("a\n"), ElementsAre("1:a"));
    EXPECT_THAT(read("a\rb\r\r\n"), ElementsAre("1:a\rb\r"));
    EXPECT_THAT(read(std::string("a\0b\n", 4)), ElementsAre(std::string("1:a\0b", 5)));
}

TEST(LineReader, SkipsALineOverTheLimitToItsEnd)
{
    const std::string longest(100, 'x');
    EXPECT_THAT(read(longest + "\n" + longest + "y\nz\n"),
                ElementsAre("1:" + longest, "2!", "3:z"));
    EXPECT_THAT(read(longest + "\r\nz"), ElementsAre("1:" + longest, "2:z"));
    EXPECT_THAT(read(longest + "yy\r\nz"), ElementsAre("1!", "2:z"));
    EXPECT_THAT(read(longest + "y"), ElementsAre("1!"));
}

TEST(LineReader, FindsLinesAcrossTheEdgesOfItsBuffer)
{
    std::string text;
    for (int index = 0; index < 3000; ++index) {
        text += std::string(99, static_cast<char>('a' + index % 26)) + "\n";
    }
    const std::vector<std::string> lines = read(text);
    ASSERT_EQ(lines.size(), 3000u);
    EXPECT_EQ(lines[660], "661:" + std::string(99, static_cast<char>('a' + 660 % 26)));
    EXPECT_EQ(lines[2999], "3000:" + std::string(99, static_cast<char>('a' + 2999 % 26)));
    const std::string big(200'000, 'x');
    EXPECT_THAT(read(big + "\ny", 150'000), ElementsAre("1!", "2:y"));
    EXPECT_THAT(read(big, 200'000), ElementsAre("1:" + big));
}

TEST(LineReader, GivesALineAsSoonAsItHasArrived)
{
    SlowPipe pipe("one\ntwo\n");
    LineReader lines(pipe, 100);
    ASSERT_TRUE(lines.next());
    EXPECT_EQ(lines.line(), "one");
    EXPECT_FALSE(pipe.exhausted());
    ASSERT_TRUE(lines.next());
    EXPECT_EQ(lines.line(), "two");
    EXPECT_THROW(lines.next(), std::ios_base::failure);
}

} // namespace

} // namespace notifyhost::ont
