#include "log/LogDictionary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Targets = std::vector<LogTarget>;

/// What is wrong with a dictionary; empty: nothing.
std::string fault(const std::string& json)
{
    try {
        readLogDictionary(json);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

TEST(LogDictionary, SendsLinesToFileAndStandardErrorFromTheHigherLevel)
{
    const auto read = readLogDictionary(R"({
        "version": 1, "disable_existing_loggers": false,
        "handlers": {
            "console": {"class": "logging.StreamHandler", "level": "ERROR",
                        "stream": "ext://sys.stderr"},
            "file": {"class": "logging.FileHandler", "filename": "/var/log/ont.log",
                     "mode": "a", "encoding": "utf-8"}},
        "root": {"level": "INFO", "handlers": ["console", "file"]}})");
    EXPECT_EQ(read.targets, (Targets{{"", Level::error}, {"/var/log/ont.log", Level::info}}));
    EXPECT_THAT(read.ignored, ElementsAre());
}

TEST(LogDictionary, NamesWhatItDoesNotHonour)
{
    const auto read = readLogDictionary(R"({
        "version": 1,
        "formatters": {"plain": {"format": "%(message)s"}},
        "filters": {},
        "handlers": {
            "out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout",
                    "formatter": "plain"},
            "file": {"class": "logging.handlers.RotatingFileHandler", "filename": "a.log",
                     "maxBytes": 1000, "backupCount": 3},
            "mail": {"class": "logging.handlers.SMTPHandler", "mailhost": "localhost"}},
        "loggers": {"urllib3": {"level": "ERROR", "colour": 1}},
        "root": {"handlers": ["out", "file", "mail"]}})");
    EXPECT_EQ(read.targets, (Targets{{"", Level::warning}, {"a.log", Level::warning}}));
    EXPECT_THAT(read.ignored,
                ElementsAre("formatters", "handlers.file.backupCount", "handlers.file.maxBytes",
                            "handlers.mail", "handlers.mail.mailhost", "handlers.out.formatter",
                            "handlers.out.stream", "loggers.urllib3"));
}

TEST(LogDictionary, TakesLevelsAsNamesAndNumbers)
{
    const auto level = [](const std::string& word) {
        return readLogDictionary(
                   R"({"version": 1, "handlers": {"f": {"class": "logging.FileHandler",
            "filename": "f"}}, "root": {"level": )" +
                   word + R"(, "handlers": ["f"]}})")
            .targets.at(0)
            .threshold;
    };
    EXPECT_EQ(level("\"DEBUG\""), Level::debug);
    EXPECT_EQ(level("\"INFO\""), Level::info);
    EXPECT_EQ(level("15"), Level::info);
    EXPECT_EQ(level("\"WARN\""), Level::warning);
    EXPECT_EQ(level("\"ERROR\""), Level::error);
    EXPECT_EQ(level("\"CRITICAL\""), Level::error); // errors are never kept back
    EXPECT_EQ(level("0"), Level::warning);          // as a root without a level
}

TEST(LogDictionary, ListensToTheLoggersOfTheTool)
{
    const std::string handlers = R"("handlers": {"a": {"class": "logging.FileHandler",
        "filename": "a"}, "b": {"class": "logging.FileHandler", "filename": "b"}})";
    EXPECT_EQ(readLogDictionary(R"({"version": 1, )" + handlers + R"(, "loggers":
        {"npg_notifications.ont": {"level": "DEBUG", "handlers": ["b"]}},
        "root": {"level": "ERROR", "handlers": ["a"]}})")
                  .targets,
              (Targets{{"b", Level::debug}, {"a", Level::debug}}));
    EXPECT_EQ(readLogDictionary(R"({"version": 1, )" + handlers + R"(, "loggers":
        {"notifyhost": {"level": "INFO", "handlers": ["b"], "propagate": false}},
        "root": {"level": "ERROR", "handlers": ["a"]}})")
                  .targets,
              (Targets{{"b", Level::info}}));
    EXPECT_EQ(readLogDictionary(R"({"version": 1, )" + handlers + R"(, "loggers":
        {"": {"level": "INFO", "handlers": ["a"]}}})")
                  .targets,
              (Targets{{"a", Level::info}}));
}

TEST(LogDictionary, KeepsStandardErrorWhereNothingElseIsLeft)
{
    EXPECT_EQ(readLogDictionary(R"({"version": 1})").targets, (Targets{{"", Level::warning}}));
    EXPECT_EQ(readLogDictionary(R"({"version": 1, "handlers": {"s": {"class":
        "logging.handlers.SysLogHandler"}}, "root": {"level": "DEBUG", "handlers": ["s"]}})")
                  .targets,
              (Targets{{"", Level::warning}}));
}

TEST(LogDictionary, WritesToOneFileOnce)
{
    EXPECT_EQ(readLogDictionary(R"({"version": 1, "handlers": {
        "a": {"class": "logging.FileHandler", "filename": "f", "level": "ERROR"},
        "b": {"class": "logging.FileHandler", "filename": "f", "level": "INFO"}},
        "root": {"level": "DEBUG", "handlers": ["a", "b"]}})")
                  .targets,
              (Targets{{"f", Level::info}}));
}

TEST(LogDictionary, SaysWhatIsWrongAndWhere)
{
    EXPECT_THAT(fault("{"), HasSubstr("is not JSON"));
    EXPECT_THAT(fault("[1]"), HasSubstr("is not a JSON object"));
    EXPECT_THAT(fault("{}"), HasSubstr("version is missing"));
    EXPECT_THAT(fault(R"({"version": 2})"), HasSubstr("version must be 1"));
    EXPECT_THAT(fault(R"({"version": 1, "root": []})"), HasSubstr("root is not an object"));
    EXPECT_THAT(fault(R"({"version": 1, "root": {"level": "LOUD"}})"),
                HasSubstr("root.level is no level"));
    EXPECT_THAT(fault(R"({"version": 1, "root": {"handlers": ["x"]}})"),
                HasSubstr("handlers has no 'x'"));
    EXPECT_THAT(fault(R"({"version": 1, "root": {"handlers": "x"}})"),
                HasSubstr("root.handlers is not a list"));
    EXPECT_THAT(fault(R"({"version": 1, "handlers": {"f": {"class": "logging.FileHandler",
        "filename": 3}}})"),
                HasSubstr("handlers.f.filename is not a text"));
}

} // namespace
} // namespace notifyhost::log
