#include "acceptance/Site.h"
#include "support/AiosmtpdServer.h"
#include "support/Certificates.h"
#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The real program with a transport section for a mail server on this machine.
class Facility {
public:
    Facility(int port, const std::string& keys)
    {
        _folder.write("site.ini", "[transport.mail]\nplugin = email\nhost = localhost\nport = " +
                                      std::to_string(port) +
                                      "\nfrom = Sequencing <sequencing@example.org>\n" + keys);
    }

    ProcessResult testTransport(const std::vector<std::string>& words) const
    {
        std::vector<std::string> command{"test-transport"};
        command.insert(command.end(), words.begin(), words.end());
        return notifyhostWith(_folder / "site.ini", command);
    }

private:
    TemporaryFolder _folder;
};

TEST(TestTransport, TellsTheDialogueStageByStageAndSendsNothing)
{
    const TemporaryFolder certificates;
    CertificateAuthority authority(certificates.path(), "Test Authority");
    AiosmtpdServer server(AiosmtpdServer::Tls::starttls,
                          authority.issue("localhost", "DNS:localhost"), "seq",
                          "only-the-two-of-us");
    Facility facility(server.port(), "user = seq\npassword = only-the-two-of-us\nca_file = " +
                                         authority.certificate().string() + "\n");
    const auto result = facility.testTransport({"mail", "--to", "ada@example.org"});
    EXPECT_EQ(result.status, 0) << result.output << result.error;
    std::size_t from = 0;
    for (const auto* stage : {"resolve", "connect", "greeting", "EHLO", "STARTTLS", "certificate",
                              "AUTH", "sender", "recipient", "RSET", "probed, nothing sent"})
    {
        const auto at = result.output.find(stage, from);
        EXPECT_NE(at, std::string::npos) << stage << " is missing or out of order in\n"
                                         << result.output;
        from = at == std::string::npos ? from : at;
    }
    EXPECT_THAT(result.output, AllOf(HasSubstr("Test Authority"), HasSubstr("localhost"),
                                     Not(HasSubstr("only-the-two-of-us"))));
    EXPECT_TRUE(std::filesystem::is_empty(server.messages()));
}

TEST(TestTransport, SendsOneMessageWhenAsked)
{
    AiosmtpdServer server;
    Facility facility(server.port(), "tls = off\n");
    const auto result = facility.testTransport({"mail", "--to", "ada@example.org", "--send"});
    EXPECT_EQ(result.status, 0) << result.output << result.error;
    EXPECT_THAT(result.output, AllOf(HasSubstr("final answer"), HasSubstr("result: delivered")));
    EXPECT_THAT(server.message(1), AllOf(HasSubstr("To: ada@example.org"),
                                         HasSubstr("Subject: Test message from notifyhost")));
}

// The old command names take opportunistic where the file says nothing.
TEST(TestTransport, KeepsThePasswordOfAnOldFileFromAnUnverifiedServer)
{
    const TemporaryFolder certificates;
    CertificateAuthority stranger(certificates.path(), "Nobody's Authority");
    AiosmtpdServer server(AiosmtpdServer::Tls::starttls,
                          stranger.issue("localhost", "DNS:localhost"), "ann",
                          "only-the-two-of-us");
    const TemporaryFolder folder;
    const auto tested = [&](const std::string& keys) {
        const auto file = folder.write(
            "qc.ini", "[PORCH]\nurl = https://porch.example.org\n[MAIL]\ndomain = example.org\n"
                      "host = localhost\nport = " +
                          std::to_string(server.port()) +
                          "\nuser = ann\npassword = only-the-two-of-us\n" + keys);
        return notifyhostWith(file, {"--as", "npg_ont_event_notification", "test-transport", "mail",
                                     "--to", "ada@example.org"});
    };
    const auto refused = tested("");
    EXPECT_EQ(refused.status, 69) << refused.output << refused.error;
    EXPECT_THAT(refused.output + refused.error,
                AllOf(HasSubstr("the password is not sent"), HasSubstr("tls_unverified = yes"),
                      HasSubstr("tls = off"), Not(HasSubstr("only-the-two-of-us"))));
    const auto meant = tested("tls_unverified = yes\n");
    EXPECT_EQ(meant.status, 0) << meant.output << meant.error;
    EXPECT_THAT(meant.error, HasSubstr("the password is sent though"));
    const auto verified = tested("ca_file = " + stranger.certificate().string() + "\n");
    EXPECT_EQ(verified.status, 0) << verified.output << verified.error;
    EXPECT_THAT(verified.error, Not(HasSubstr("certificate is not verified")));
}

TEST(TestTransport, EndsAsTheTroubleIs)
{
    AiosmtpdServer server;
    Facility plain(server.port(), "tls = off\n");
    const auto refused = plain.testTransport({"mail", "--to", "unknown@example.org"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.output, HasSubstr("unknown@example.org: refused: "));

    Facility encrypted(server.port(), "");
    const auto withoutTls = encrypted.testTransport({"mail", "--to", "ada@example.org"});
    EXPECT_EQ(withoutTls.status, 69);
    EXPECT_THAT(withoutTls.output, HasSubstr("tls = "));

    Facility dead(freePort(), "tls = off\n");
    const auto unreachable = dead.testTransport({"mail", "--to", "ada@example.org"});
    EXPECT_EQ(unreachable.status, 69);
    EXPECT_THAT(unreachable.output, HasSubstr("check the keys host and port"));
}

TEST(TestTransport, NamesTheKeysOfAWrongPassword)
{
    AiosmtpdServer server(AiosmtpdServer::Tls::none, {}, "seq", "right");
    Facility facility(server.port(), "tls = off\nuser = seq\npassword = guessed-secret\n");
    const auto result = facility.testTransport({"mail", "--to", "ada@example.org"});
    EXPECT_EQ(result.status, 77) << result.output << result.error;
    EXPECT_THAT(result.output, AllOf(HasSubstr("check the keys user (seq) and password"),
                                     Not(HasSubstr("guessed-secret"))));
}

TEST(TestTransport, SaysWhatItNeeds)
{
    Facility facility(freePort(), "tls = off\n");
    const auto nobody = facility.testTransport({"mail"});
    EXPECT_EQ(nobody.status, 64);
    EXPECT_THAT(nobody.error, HasSubstr("--to ADDRESS"));
    const auto misspelt = facility.testTransport({"mial", "--to", "ada@example.org"});
    EXPECT_EQ(misspelt.status, 64);
    EXPECT_THAT(misspelt.error, HasSubstr("there are: mail"));
}

} // namespace
} // namespace notifyhost::test
