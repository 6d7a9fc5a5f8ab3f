#include "log/Logger.h"

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

namespace notifyhost::log {
namespace {

using namespace std::chrono_literals;

/// 2026-11-24T18:57:05.123Z
constexpr std::chrono::system_clock::time_point kNow{1795546625123ms};

class StandingClock : public Clock {
public:
    std::chrono::system_clock::time_point wall() const override { return kNow; }
    std::chrono::steady_clock::time_point steady() const override { return {}; }
};

struct Written {
    explicit Written(Style style) : logger(output, style, clock, redactor) {}

    std::string text() const { return output.str(); }
    Poco::JSON::Object::Ptr json() const
    {
        return Poco::JSON::Parser().parse(output.str()).extract<Poco::JSON::Object::Ptr>();
    }

    std::ostringstream output;
    StandingClock clock;
    Redactor redactor;
    Logger logger;
};

TEST(Logger, WritesTimeLevelTextAndIds)
{
    Written log({Level::info, Format::text, false});
    log.logger.setRun("r1");
    log.logger.write(Level::warning, {"", "t1", "d1"}, "the peer is slow");
    log.logger.info("done");
    EXPECT_EQ(log.text(),
              "2026-11-24T18:57:05.123Z WARNING the peer is slow run=r1 task=t1 delivery=d1\n"
              "2026-11-24T18:57:05.123Z INFO done run=r1\n");
}

TEST(Logger, LeavesOutEmptyIds)
{
    Written log({Level::debug, Format::text, false});
    log.logger.debug("hello");
    EXPECT_EQ(log.text(), "2026-11-24T18:57:05.123Z DEBUG hello\n");
}

TEST(Logger, KeepsQuietBelowItsThreshold)
{
    Written log({Level::warning, Format::text, false});
    log.logger.debug("one");
    log.logger.info("two");
    EXPECT_EQ(log.text(), "");
    log.logger.warning("three");
    log.logger.error("four");
    EXPECT_EQ(log.text(), "2026-11-24T18:57:05.123Z WARNING three\n"
                          "2026-11-24T18:57:05.123Z ERROR four\n");
}

TEST(Logger, ColoursTheLevelAlone)
{
    Written log({Level::info, Format::text, true});
    log.logger.error("bad");
    EXPECT_EQ(log.text(), "2026-11-24T18:57:05.123Z \x1b[1;31mERROR\x1b[0m bad\n");
}

TEST(Logger, BlotsOutSecretsInTextAndIds)
{
    Written log({Level::info, Format::text, false});
    log.redactor.add("line1\nline2");
    log.redactor.add("tops\"ecret");
    log.logger.write(Level::error, {"", "tops\"ecret", ""}, "got line1\nline2");
    EXPECT_EQ(log.text(), "2026-11-24T18:57:05.123Z ERROR got *** task=***\n");
}

TEST(Logger, CannotBeMadeToForgeALine)
{
    Written log({Level::info, Format::text, false});
    log.logger.write(Level::error, {"", "t\n1", ""}, "name\n2026 ERROR forged\x1b[2J");
    EXPECT_EQ(log.text(),
              "2026-11-24T18:57:05.123Z ERROR name\\n2026 ERROR forged\\x1b[2J task=t\\n1\n");
}

TEST(Logger, WritesOneJsonObjectALine)
{
    Written log({Level::info, Format::json, true});
    log.logger.setRun("r1");
    log.logger.write(Level::warning, {"", "t1", "d1"}, "it said \"no\"\\ \xC3\xA9");
    EXPECT_EQ(log.text(),
              "{\"time\":\"2026-11-24T18:57:05.123Z\",\"level\":\"warning\",\"message\":\"it said "
              "\\\"no\\\"\\\\ \xC3\xA9\",\"run\":\"r1\",\"task\":\"t1\",\"delivery\":\"d1\"}\n");
    EXPECT_EQ(log.json()->getValue<std::string>("message"), "it said \"no\"\\ \xC3\xA9");
}

TEST(Logger, WritesValidJsonForEveryOctet)
{
    std::string octets;
    for (int octet = 0; octet < 256; ++octet) {
        octets += static_cast<char>(octet);
    }
    Written log({Level::info, Format::json, false});
    log.logger.write(Level::error, {octets, octets, octets}, octets);
    const std::string text = log.text();
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    const auto object = log.json();
    EXPECT_EQ(object->getValue<std::string>("message"), escapeControls(octets));
    EXPECT_EQ(object->getValue<std::string>("run"), escapeControls(octets));
}

TEST(Logger, KeepsLinesOfSeveralThreadsApart)
{
    Written log({Level::info, Format::text, false});
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&] {
                for (int line = 0; line < 250; ++line) {
                    log.logger.info("a line of some length");
                }
            });
        }
    }
    std::istringstream lines(log.text());
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        ASSERT_EQ(line, "2026-11-24T18:57:05.123Z INFO a line of some length");
    }
    EXPECT_EQ(count, 1000);
}

TEST(EscapeControls, EscapesWhatMovesTheCursor)
{
    EXPECT_EQ(escapeControls("a\tb\r\nc\x1b[1m\x7f"), "a\\tb\\r\\nc\\x1b[1m\\x7f");
    EXPECT_EQ(escapeControls(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(EscapeControls, EscapesControlsOutsideAscii)
{
    EXPECT_EQ(escapeControls("\xC2\x9B"), "\\xc2\\x9b");
    EXPECT_EQ(escapeControls("\xE2\x80\xAE"), "\\xe2\\x80\\xae");
    EXPECT_EQ(escapeControls("\xE2\x80\xA8"), "\\xe2\\x80\\xa8");
}

TEST(EscapeControls, EscapesWhatCannotBeSeen)
{
    EXPECT_EQ(escapeControls("a\xE2\x80\x8B"
                             "b"),
              "a\\xe2\\x80\\x8bb");
    EXPECT_EQ(escapeControls("a\xE2\x80\x8D"
                             "b"),
              "a\\xe2\\x80\\x8db");
    EXPECT_EQ(escapeControls("\xEF\xBB\xBF"), "\\xef\\xbb\\xbf");
    EXPECT_EQ(escapeControls("\xF3\xA0\x81\x81"), "\\xf3\\xa0\\x81\\x81");
}

TEST(EscapeControls, EscapesWhatIsNotUtf8)
{
    EXPECT_EQ(escapeControls("a\x9B\xFF"), "a\\x9b\\xff");
    EXPECT_EQ(escapeControls("\xC3"), "\\xc3");
    EXPECT_EQ(escapeControls("\xC0\xAF"), "\\xc0\\xaf");
    EXPECT_EQ(escapeControls("\xED\xA0\x80"), "\\xed\\xa0\\x80");
    EXPECT_EQ(escapeControls("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(EscapeControls, LeavesTextOfEveryScriptAlone)
{
    const std::string text = "caf\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\xA7\xAC \\ \"";
    EXPECT_EQ(escapeControls(text), text);
    const std::string joined = "\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE"; // Persian
    EXPECT_EQ(escapeControls(joined), joined);
}

TEST(IsoTime, HasMillisecondsAndZ)
{
    EXPECT_EQ(toIsoTime(kNow), "2026-11-24T18:57:05.123Z");
    EXPECT_EQ(toIsoTime({}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(toIsoTime(std::chrono::system_clock::time_point{-1ms}), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(toIsoTime(std::chrono::system_clock::time_point{951827696999ms}),
              "2000-02-29T12:34:56.999Z");
}

TEST(Logger, WritesToSeveralOutputsEachFromItsOwnLevel)
{
    Written log({Level::debug, Format::text, false});
    std::ostringstream quiet;
    std::ostringstream full;
    log.logger.setOutputs({{&quiet, {Level::error, Format::text, false}},
                           {&full, {Level::info, Format::json, false}}});
    log.logger.debug("one");
    log.logger.info("two");
    log.logger.error("three");
    EXPECT_EQ(log.text(), "");
    EXPECT_EQ(log.logger.written(Level::info), 2U);
    EXPECT_EQ(log.logger.written(Level::warning), 1U);
    EXPECT_EQ(quiet.str(), "2026-11-24T18:57:05.123Z ERROR three\n");
    EXPECT_EQ(full.str(), "{\"time\":\"2026-11-24T18:57:05.123Z\",\"level\":\"info\",\"message\":"
                          "\"two\"}\n{\"time\":\"2026-11-24T18:57:05.123Z\",\"level\":\"error\","
                          "\"message\":\"three\"}\n");
}

TEST(Logger, LosesNoLineWhereAnOutputTakesNone)
{
    Written log({Level::warning, Format::text, false});
    std::ofstream full("/dev/full");
    log.logger.setOutputs({{&full, {Level::info, Format::text, false}}});
    log.logger.info("one");
    log.logger.info("two");
    EXPECT_EQ(log.text(), "2026-11-24T18:57:05.123Z INFO one\n2026-11-24T18:57:05.123Z INFO two\n");
}

} // namespace
} // namespace notifyhost::log
