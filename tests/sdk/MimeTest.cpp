#include "sdk/MailLines.h"
#include "sdk/MailReader.h"
#include "sdk/SampleMessage.h"
#include "support/TemporaryFolder.h"

#include <notifyhost/Mime.h>

#include <gmock/gmock.h>

namespace notifyhost::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

ReadMail readBack(const Bytes& mail)
{
    TemporaryFolder folder;
    return readMails(folder.write("mail", mail)).at("mail");
}

Bytes withSubject(const std::string& subject)
{
    Message message = sampleMessage();
    message.subject = subject;
    return encodeMail(message, kSampleSender, "");
}

TEST(Mime, WritesAPlainMailOctetByOctet)
{
    EXPECT_EQ(encodeMail(sampleMessage(), kSampleSender, "Help <help@example.org>"),
              "Date: Tue, 24 Nov 2026 18:57:05 +0000\r\n"
              "Message-ID: <0123456789abcdef0123456789abcdef@example.org>\r\n"
              "From: \"Sequencing\" <sequencing@example.org>\r\n"
              "Reply-To: \"Help\" <help@example.org>\r\n"
              "To: ada@example.org\r\n"
              "Subject: Run 42 is uploaded\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: quoted-printable\r\n"
              "\r\n"
              "Dear colleague,\r\n"
              "\r\n"
              "run 42 is uploaded.\r\n");
}

TEST(Mime, WritesTextAndHtmlAsAlternatives)
{
    Message message = sampleMessage();
    message.html = "<p class=\"run\">Run 42</p>\n";
    const Bytes mail = encodeMail(message, kSampleSender, "");
    expectWellFormed(mail);
    const auto read = readBack(mail);
    EXPECT_EQ(read.one("content-type"), "multipart/alternative");
    EXPECT_EQ(read.one("text/plain"), message.text);
    EXPECT_EQ(read.one("text/html"), message.html);
    EXPECT_THAT(read.all("charset"), ElementsAre("utf-8", "utf-8"));
    EXPECT_THAT(read.all("encoding"), ElementsAre("quoted-printable", "quoted-printable"));
    EXPECT_THAT(read.all("defect"), IsEmpty());
}

TEST(Mime, IsUnderstoodByAnIndependentParser)
{
    Message message = sampleMessage();
    message.recipients = {"ada@example.org", "bob@example.org"};
    message.subject = "Läufe für Žofia 🧬 sind fertig";
    const auto read = readBack(encodeMail(message, {"Größe & \"Co\\\"", "s@example.org"}, ""));
    EXPECT_THAT(read.all("header"),
                ElementsAre("Date", "Message-ID", "From", "To", "Subject", "Auto-Submitted",
                            "MIME-Version", "Content-Type", "Content-Transfer-Encoding"));
    EXPECT_EQ(read.one("date"), "Tue, 24 Nov 2026 18:57:05 +0000");
    EXPECT_EQ(read.one("message-id"), "<" + message.id + ">");
    EXPECT_EQ(read.one("from-name"), "Größe & \"Co\\\"");
    EXPECT_EQ(read.one("from"), "s@example.org");
    EXPECT_THAT(read.all("to"), ElementsAre("ada@example.org", "bob@example.org"));
    EXPECT_EQ(read.one("subject"), message.subject);
    EXPECT_EQ(read.one("auto-submitted"), "auto-generated");
    EXPECT_EQ(read.one("mime-version"), "1.0");
    EXPECT_THAT(read.all("defect"), IsEmpty());
}

TEST(Mime, GivesTheSameOctetsForTheSameMessage)
{
    Message message = sampleMessage();
    message.html = "<p>x</p>";
    const Bytes first = encodeMail(message, kSampleSender, "");
    EXPECT_EQ(encodeMail(message, kSampleSender, ""), first);
    message.id = "another@example.org";
    EXPECT_THAT(first, HasSubstr("boundary=\"=_0123456789abcdef"));
    EXPECT_THAT(encodeMail(message, kSampleSender, ""), HasSubstr("boundary=\"=_another"));
}

TEST(Mime, LeavesTheDateInUtcWhateverTheDay)
{
    Message message = sampleMessage();
    message.date = std::chrono::system_clock::time_point{std::chrono::seconds{951782400}};
    EXPECT_THAT(encodeMail(message, kSampleSender, ""),
                StartsWith("Date: Tue, 29 Feb 2000 00:00:00 +0000\r\n"));
}

TEST(Mime, EscapesQuotesAndBackslashesInNames)
{
    const Bytes mail = encodeMail(sampleMessage(), {R"(A "B" \ C, D)", "a@example.org"}, "");
    EXPECT_THAT(mail, HasSubstr("From: \"A \\\"B\\\" \\\\ C, D\" <a@example.org>\r\n"));
    EXPECT_EQ(readBack(mail).one("from-name"), R"(A "B" \ C, D)");
}

TEST(Mime, WritesNoNameWhereThereIsNone)
{
    EXPECT_THAT(encodeMail(sampleMessage(), {"", "a@example.org"}, ""),
                HasSubstr("From: a@example.org\r\n"));
}

TEST(Mime, SplitsLongNamesIntoEncodedWords)
{
    for (const std::string& name :
         {std::string(300, 'n'),
          std::string("a name of many words ") + std::string(200, 'x') + " and more",
          std::string("=?UTF-8?Q?not_ours?=")})
    {
        const Bytes mail = encodeMail(sampleMessage(), {name, "a@example.org"}, "");
        expectWellFormed(mail);
        EXPECT_EQ(readBack(mail).one("from-name"), name);
    }
}

TEST(Mime, FoldsLongSubjectsAtBlanks)
{
    std::string subject = "Run";
    for (int number = 1; number <= 100; ++number) {
        subject += (number % 7 == 0 ? "  " : " ") + std::to_string(number * 12345);
    }
    const Bytes mail = withSubject(subject);
    expectWellFormed(mail);
    EXPECT_EQ(mail.find("=?"), Bytes::npos);
    EXPECT_EQ(readBack(mail).one("subject"), subject);
}

TEST(Mime, EncodesSubjectsThatReadersWouldChange)
{
    const std::string longWord(1000, 'x');
    for (const std::string& subject : std::vector<std::string>{
             " leading", "trailing ", "=?UTF-8?Q?x?=", "a =?b", longWord, "a " + longWord, "   ",
             "soft\xC2\xADhyphen", "\xE2\x80\xA8line\xC2\x85next\xE2\x80\xA9"})
    {
        const Bytes mail = withSubject(subject);
        expectWellFormed(mail);
        EXPECT_THAT(mail, HasSubstr("Subject: =?UTF-8?"));
        EXPECT_EQ(readBack(mail).one("subject"), subject);
    }
}

TEST(Mime, WritesAnEmptySubjectWithoutTrailingBlank)
{
    EXPECT_THAT(withSubject(""), HasSubstr("\r\nSubject:\r\n"));
}

/// Each encoded word must be decodable by itself: whole characters, 75 octets, 76 a line.
TEST(Mime, KeepsCharactersWholeInEncodedWords)
{
    std::string subject;
    for (int index = 0; index < 60; ++index) {
        subject += "🧬é漢";
    }
    const Bytes mail = withSubject(subject);
    std::vector<std::string> command{
        "/usr/bin/python3", "-c",
        "import sys, base64\n"
        "for word in sys.argv[1:]: base64.b64decode(word, validate=True).decode('utf-8')"};
    for (const auto& line : headerLinesOf(mail)) {
        const auto begin = line.find("=?UTF-8?B?");
        if (begin != std::string::npos) {
            ASSERT_TRUE(line.ends_with("?="));
            EXPECT_LE(line.size(), 76U);
            EXPECT_LE(line.size() - begin, 75U);
            command.push_back(line.substr(begin + 10, line.size() - begin - 12));
        }
    }
    EXPECT_GT(command.size(), 10U);
    const auto decoded = run(command);
    EXPECT_EQ(decoded.status, 0) << decoded.error;
    EXPECT_EQ(readBack(mail).one("subject"), subject);
}

TEST(Mime, FoldsManyRecipients)
{
    Message message = sampleMessage();
    message.recipients.clear();
    for (int number = 0; number < 300; ++number) {
        message.recipients.push_back("person" + std::to_string(number) + "@example.org");
    }
    const Bytes mail = encodeMail(message, kSampleSender, "");
    expectWellFormed(mail);
    EXPECT_EQ(readBack(mail).all("to"), message.recipients);
}

TEST(Mime, KeepsEveryLineUnder998Octets)
{
    Message message = sampleMessage();
    const std::string longest = std::string(64, 'l') + "@" + std::string(255, 'd');
    message.recipients = {longest, longest, "ada@example.org"};
    message.subject = std::string(5000, 's');
    message.text = std::string(100000, 't');
    message.html = std::string(100000, 'h');
    message.id = longest;
    const Bytes mail = encodeMail(message, {std::string(5000, 'n'), longest}, longest);
    for (const auto& line : linesOf(mail)) {
        EXPECT_LE(line.size(), 998U);
    }
    const auto read = readBack(mail);
    EXPECT_EQ(read.all("to"), message.recipients);
    EXPECT_EQ(read.one("text/html"), message.html);
}

TEST(Mime, LeavesAddressesOutsideAsciiInUtf8)
{
    Message message = sampleMessage();
    message.recipients = {"žofia@příklad.example", "ada@example.org"};
    const Bytes mail = encodeMail(message, kSampleSender, "");
    EXPECT_THAT(mail, HasSubstr("To: žofia@příklad.example, ada@example.org\r\n"));
    EXPECT_EQ(readBack(mail).all("to"), message.recipients);
}

TEST(Mime, EncodesTrailingBlanksDotsAndFromLines)
{
    Message message = sampleMessage();
    message.text = ".\n..dots\nFrom here\nblank \ntab\t\n=equals\nbell\a\n";
    const Bytes mail = encodeMail(message, kSampleSender, "");
    EXPECT_THAT(mail, HasSubstr("\r\n\r\n=2E\r\n=2E.dots\r\n=46rom here\r\nblank=20\r\ntab=09\r\n"
                                "=3Dequals\r\nbell=07\r\n"));
    EXPECT_EQ(readBack(mail).one("text/plain"), message.text);
}

TEST(Mime, KeepsATextWithoutFinalLineBreakAsItIs)
{
    Message message = sampleMessage();
    message.text = "no line break";
    const Bytes alone = encodeMail(message, kSampleSender, "");
    EXPECT_TRUE(alone.ends_with("\r\nno line break=\r\n"));
    EXPECT_EQ(readBack(alone).one("text/plain"), message.text);
    message.html = "<p>nor here";
    const auto both = readBack(encodeMail(message, kSampleSender, ""));
    EXPECT_EQ(both.one("text/plain"), message.text);
    EXPECT_EQ(both.one("text/html"), message.html);
}

TEST(Mime, TakesCrLfInTextForALineBreak)
{
    Message message = sampleMessage();
    message.text = "one\r\ntwo\rstill two\r\n";
    EXPECT_TRUE(
        encodeMail(message, kSampleSender, "").ends_with("\r\n\r\none\r\ntwo=0Dstill two\r\n"));
}

TEST(Mime, CannotBeEndedByABoundaryInTheText)
{
    Message message = sampleMessage();
    message.html = "<p>html</p>\n";
    const std::string boundary = "--=_0123456789abcdef0123456789abcdefexampleorg";
    ASSERT_THAT(encodeMail(message, kSampleSender, ""), HasSubstr("\r\n" + boundary + "--\r\n"));
    message.text = "\n" + boundary + "\nContent-Type: text/html\n\nforged\n" + boundary + "--\n";
    const auto read = readBack(encodeMail(message, kSampleSender, ""));
    EXPECT_EQ(read.one("text/plain"), message.text);
    EXPECT_EQ(read.one("text/html"), message.html);
}

} // namespace
} // namespace notifyhost::test
