#include "OneGuest.h"
#include "data/examples/line_over_tls.cpp"
#include "support/RecordingContext.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>

using namespace notifyhost;
using namespace notifyhost::test;
using Poco::Net::StreamSocket;
using testing::HasSubstr;

namespace {

class LineOverTls : public testing::Test {
protected:
    /// What becomes of the line "news" where the peer answers so.
    Outcome outcomeWith(const std::string& answer, const std::string& host = "127.0.0.1")
    {
        const OneGuest peer(
            underTls(_authority.issue("peer", "IP:127.0.0.1"), [&](SSL* tls, StreamSocket&) {
                char buffer[64];
                const int size = SSL_read(tls, buffer, sizeof buffer);
                _heard.assign(buffer, size > 0 ? std::size_t(size) : 0);
                SSL_write(tls, answer.data(), int(answer.size()));
            }));
        return deliverLine(host, peer.port(), _authority.certificate(), "news", net::network(),
                           context);
    }

    std::string heard() const { return _heard; }

    RecordingContext context;

private:
    TemporaryFolder _folder;
    CertificateAuthority _authority{_folder.path(), "Our Test CA"};
    std::string _heard;
};

TEST_F(LineOverTls, SaysWhatBecameOfTheLine)
{
    EXPECT_EQ(outcomeWith("OK\n").verdict, Verdict::delivered);
    EXPECT_EQ(heard(), "news\n");
    EXPECT_EQ(outcomeWith("NO\n").verdict, Verdict::refused);
    EXPECT_EQ(outcomeWith("O").verdict, Verdict::unknown);
    EXPECT_THAT(context.detail("certificate"), HasSubstr("issuer CN=Our Test CA"));
}

TEST_F(LineOverTls, SendsNothingToAPeerThatItCannotTrust)
{
    const Outcome outcome = outcomeWith("OK\n", "localhost");
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain);
    EXPECT_THAT(outcome.reason, HasSubstr("certificate of localhost is not accepted"));
    EXPECT_EQ(context.commits, 0);
    EXPECT_EQ(heard(), "");
}

} // namespace
