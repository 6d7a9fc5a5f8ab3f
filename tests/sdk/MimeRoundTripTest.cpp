#include "sdk/MailLines.h"
#include "sdk/MailReader.h"
#include "sdk/SampleMessage.h"
#include "support/TemporaryFolder.h"

#include <notifyhost/Mime.h>

#include <gtest/gtest.h>

#include <random>

namespace notifyhost::test {
namespace {

constexpr int kMessages = 500;

/// Makes messages that are hard to carry; the same ones in every run.
class Generator {
public:
    Message message(int number)
    {
        Message message = sampleMessage();
        message.id = "m" + std::to_string(number) + "@example.org";
        message.recipients.clear();
        for (std::size_t count = 1 + upTo(4); count > 0; --count) {
            message.recipients.push_back("p" + std::to_string(upTo(100000)) + "@example.org");
        }
        message.subject = line(upTo(12), false);
        message.text = text();
        if (upTo(2) > 0) {
            message.html = text();
        }
        return message;
    }

    /// A display name; blanks at its ends would not survive parseMailbox() and are not made.
    std::string name() { return upTo(5) == 0 ? "" : "N" + line(upTo(8), false) + "n"; }

private:
    std::size_t upTo(std::size_t limit)
    {
        return std::uniform_int_distribution<std::size_t>(0, limit)(_random);
    }

    std::string word()
    {
        static const std::vector<std::string> kPieces{"a",           "Z",        "7",
                                                      ".",           "-",        "=",
                                                      "?",           "_",        "\"",
                                                      "\\",          "<",        ">",
                                                      "é",           "ß",        "ж",
                                                      "漢",          "字",       "🧬",
                                                      "👩‍🔬", "𝔊",        "\xEF\xBF\xBD",
                                                      "=?",          "?=",       "=20",
                                                      "&amp;",       "@",        ",",
                                                      ";",           ":",        "(",
                                                      ")",           "\xC2\xA0", "\xE2\x80\xA8",
                                                      "\xC2\x85",    "e\xCC\x81"};
        const std::size_t length = upTo(19) == 0 ? 200 + upTo(1500) : 1 + upTo(12);
        const bool plain = upTo(1) == 0;
        std::string result;
        while (result.size() < length) {
            result += plain ? "x" : kPieces[upTo(kPieces.size() - 1)];
        }
        return result;
    }

    std::string line(std::size_t words, bool mayHoldTabs)
    {
        static const std::vector<std::string> kBeginnings{"", ".", "..", "From ", "--=_", " "};
        std::string result = upTo(3) == 0 ? kBeginnings[upTo(kBeginnings.size() - 1)] : "";
        for (std::size_t index = 0; index < words; ++index) {
            result += word();
            result += upTo(9) == 0 ? "  " : " ";
            if (mayHoldTabs && upTo(9) == 0) {
                result += '\t';
            }
        }
        return result;
    }

    std::string text()
    {
        std::string result;
        for (std::size_t lines = upTo(12); lines > 0; --lines) {
            result += line(upTo(3) == 0 ? 0 : upTo(15), true) + "\n";
        }
        if (upTo(4) == 0) {
            result += line(upTo(5), true);
        }
        return result;
    }

    std::mt19937 _random{20261124};
};

struct Meant {
    Message message;
    std::string senderName;
};

void expectAsMeant(const ReadMail& read, const Meant& meant)
{
    EXPECT_TRUE(read.all("defect").empty())
        << (read.all("defect").empty() ? "" : read.all("defect").front());
    EXPECT_EQ(read.one("subject"), meant.message.subject);
    EXPECT_EQ(read.one("from-name"), meant.senderName);
    EXPECT_EQ(read.one("from"), kSampleSender.address);
    EXPECT_EQ(read.all("to"), meant.message.recipients);
    EXPECT_EQ(read.one("message-id"), "<" + meant.message.id + ">");
    EXPECT_EQ(read.one("text/plain"), meant.message.text);
    if (meant.message.html.empty()) {
        EXPECT_TRUE(read.all("text/html").empty());
    } else {
        EXPECT_EQ(read.one("text/html"), meant.message.html);
    }
}

TEST(MimeRoundTrip, BringsBackFiveHundredMessagesAsTheyWereMeant)
{
    TemporaryFolder folder;
    Generator generator;
    std::map<std::string, Meant> all;
    for (int number = 0; number < kMessages; ++number) {
        const Meant meant{generator.message(number), generator.name()};
        const Bytes mail = encodeMail(meant.message, {meant.senderName, kSampleSender.address}, "");
        EXPECT_EQ(encodeMail(meant.message, {meant.senderName, kSampleSender.address}, ""), mail);
        expectWellFormed(mail);
        const std::string name = "mail" + std::to_string(number);
        folder.write(name, mail);
        all[name] = meant;
    }
    const auto read = readMails(folder.path());
    ASSERT_EQ(read.size(), all.size());
    for (const auto& [name, meant] : all) {
        SCOPED_TRACE(name);
        expectAsMeant(read.at(name), meant);
    }
}

} // namespace
} // namespace notifyhost::test
