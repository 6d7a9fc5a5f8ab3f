#include "sdk/MailLines.h"
#include "sdk/MailReader.h"
#include "sdk/SampleMessage.h"
#include "support/TemporaryFolder.h"

#include <notifyhost/Mime.h>

#include <gmock/gmock.h>

#include <functional>
#include <stdexcept>

namespace notifyhost::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Mail {
    Message message{sampleMessage()};
    Mailbox from{kSampleSender};
    std::string replyTo{"help@example.org"};
};

/// One place of the header that takes a value from outside.
struct Place {
    const char* name; ///< as the refusal begins
    std::function<void(Mail&, const std::string&)> put;
    bool isAddress;
};

const std::vector<Place>& places()
{
    static const std::vector<Place> all{
        {"subject", [](Mail& mail, const std::string& evil) { mail.message.subject = "a" + evil; },
         false},
        {"from name", [](Mail& mail, const std::string& evil) { mail.from.name = "a" + evil; },
         false},
        {"from address",
         [](Mail& mail, const std::string& evil) { mail.from.address = "a" + evil + "@b.example"; },
         true},
        {"mailbox",
         [](Mail& mail, const std::string& evil) { mail.replyTo = "a" + evil + "@b.example"; },
         true},
        {"recipient 2",
         [](Mail& mail, const std::string& evil) {
             mail.message.recipients.push_back("a@b" + evil + ".example");
         },
         true},
        {"message id",
         [](Mail& mail, const std::string& evil) { mail.message.id = "a" + evil + "@b.example"; },
         true},
    };
    return all;
}

/// What encodeMail said, or an empty text where it took the mail.
std::string refusal(const Place& place, const std::string& evil)
{
    Mail mail;
    place.put(mail, evil);
    try {
        encodeMail(mail.message, mail.from, mail.replyTo);
        return "";
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
}

TEST(MimeInjection, RefusesEveryControlCharacterEverywhere)
{
    for (const auto& place : places()) {
        for (int octet = 0; octet <= 0x7F; octet = octet == 0x1F ? 0x7F : octet + 1) {
            const std::string evil(1, static_cast<char>(octet));
            EXPECT_THAT(refusal(place, evil + "x"), StartsWith(std::string(place.name) + " holds "))
                << place.name << ", octet " << octet;
        }
    }
}

TEST(MimeInjection, RefusesAForgedHeaderAndShowsIt)
{
    for (const auto& place : places()) {
        const std::string said = refusal(place, "\r\nBcc: evil@example.org\r\n\r\nforged");
        EXPECT_THAT(said, HasSubstr("holds a carriage return at offset "));
        EXPECT_THAT(said, HasSubstr("\\x0D\\x0ABcc: evil@example.org"));
        EXPECT_EQ(said.find_first_of("\r\n"), std::string::npos) << place.name;
    }
}

TEST(MimeInjection, RefusesWhatIsNotUtf8)
{
    for (const char* evil :
         {"\xFF", "\xC0\x8A", "\xC0\x8D", "\xE0\x80\x8A", "\xF0\x80\x80\x8A", "\xED\xA0\x80",
          "\xF4\x90\x80\x80", "\xC3", "\xE2\x80", "\xF0\x9F\xA7", "\x80", "\x8A", "\xE2(\xA1"})
    {
        for (const auto& place : places()) {
            EXPECT_THAT(refusal(place, evil), HasSubstr(" is not UTF-8: octet 0x")) << place.name;
        }
        Message message = sampleMessage();
        message.text = std::string("a") + evil;
        EXPECT_THROW(encodeMail(message, kSampleSender, ""), std::invalid_argument);
        message = sampleMessage();
        message.html = std::string("a") + evil;
        EXPECT_THROW(encodeMail(message, kSampleSender, ""), std::invalid_argument);
    }
}

TEST(MimeInjection, EncodesLineLookalikesInTextAndRefusesThemInAddresses)
{
    for (const char* lookalike : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xC2\x8D"}) {
        for (const auto& place : places()) {
            const std::string said = refusal(place, std::string(lookalike) + "Bcc:x");
            EXPECT_EQ(said.empty(), !place.isAddress) << place.name << ": " << said;
        }
        Mail mail;
        mail.message.subject = std::string("a") + lookalike + "Bcc: evil@example.org";
        mail.from.name = mail.message.subject;
        const Bytes bytes = encodeMail(mail.message, mail.from, "");
        expectWellFormed(bytes);
        EXPECT_EQ(bytes.find(lookalike), Bytes::npos);
    }
}

TEST(MimeInjection, LeavesFullWidthLookalikesAsLetters)
{
    Message message = sampleMessage();
    message.subject = "caf\xC4\x8A\xC4\x8D 嘊嘍Bcc: x";
    TemporaryFolder folder;
    const auto file = folder.write("mail", encodeMail(message, kSampleSender, ""));
    const auto read = readMails(file).at("mail");
    EXPECT_EQ(read.one("subject"), message.subject);
    EXPECT_EQ(read.all("header").size(), 9U);
}

TEST(MimeInjection, RefusesTwoAddressesInOne)
{
    for (const char* evil :
         {",b@example.org", " b", "<", ">", ";", ":", "(c)", "\"", "\\", "@", "@c,d", "]", "["})
    {
        for (const auto& place : places()) {
            EXPECT_EQ(refusal(place, evil).empty(), !place.isAddress) << place.name << evil;
        }
    }
}

TEST(MimeInjection, RefusesAMessageWithoutRecipients)
{
    Message message = sampleMessage();
    message.recipients.clear();
    EXPECT_THROW(encodeMail(message, kSampleSender, ""), std::invalid_argument);
}

TEST(MimeInjection, RefusesAddressesThatAreNone)
{
    for (const std::string& address :
         {std::string(), std::string("ada"), std::string("@example.org"), std::string("ada@"),
          std::string(65, 'a') + "@" + std::string(255, 'b'), std::string("\"a@example.org"),
          std::string("\"a\"b\"@example.org"), std::string("a@[127.0.0.1")})
    {
        Message message = sampleMessage();
        message.recipients = {address};
        EXPECT_THROW(encodeMail(message, kSampleSender, ""), std::invalid_argument) << address;
    }
}

/// Every octet of the mail is one we meant: values that try to break out stay on their line.
TEST(MimeInjection, ShowsHostileTextOctetByOctet)
{
    Mail mail;
    mail.from.name = R"(x" <evil@example.org>, ")";
    mail.message.subject = "a =?UTF-8?Q?=0D=0ABcc:_evil=40example.org?= b";
    mail.message.text = "\r\n.\r\nMAIL FROM:<evil@example.org>\r\n--=_\n";
    EXPECT_EQ(encodeMail(mail.message, mail.from, mail.replyTo),
              "Date: Tue, 24 Nov 2026 18:57:05 +0000\r\n"
              "Message-ID: <0123456789abcdef0123456789abcdef@example.org>\r\n"
              "From: \"x\\\" <evil@example.org>, \\\"\" <sequencing@example.org>\r\n"
              "Reply-To: help@example.org\r\n"
              "To: ada@example.org\r\n"
              "Subject: =?UTF-8?B?YSA9P1VURi04P1E/PTBEPTBBQmNjOl9ldmlsPTQwZXhhbXBsZS5v?=\r\n"
              " =?UTF-8?B?cmc/PSBi?=\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: quoted-printable\r\n"
              "\r\n"
              "\r\n"
              "=2E\r\n"
              "MAIL FROM:<evil@example.org>\r\n"
              "--=3D_\r\n");
}

} // namespace
} // namespace notifyhost::test
