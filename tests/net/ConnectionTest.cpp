#include "OneGuest.h"
#include "net/Certificate.h"
#include "net/Network.h"
#include "support/Certificates.h"
#include "support/OwnHosts.h"
#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <Poco/Net/ServerSocket.h>

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <list>
#include <set>
#include <thread>

#include <openssl/err.h>
#include <openssl/ssl.h>

using namespace notifyhost;
using namespace notifyhost::test;
using namespace std::chrono_literals;
using Kind = ConnectionError::Kind;
using Poco::Net::ServerSocket;
using Poco::Net::SocketAddress;
using Poco::Net::StreamSocket;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace {

/// The error that a call ends with.
ConnectionError failure(const std::function<void()>& call)
{
    try {
        call();
    } catch (const ConnectionError& error) {
        return error;
    }
    return {Kind::nonsense, "nothing went wrong"};
}

/// Sends octets and waits until the guest has gone.
TlsHost saying(const std::string& octets)
{
    return [octets](SSL* tls, StreamSocket&) {
        SSL_write(tls, octets.data(), static_cast<int>(octets.size()));
        char buffer[256];
        while (SSL_read(tls, buffer, sizeof buffer) > 0) {
        }
    };
}

class TlsConnection : public testing::Test {
protected:
    TlsWish wishFor(const std::string& host) const
    {
        TlsWish wish{host};
        wish.caFile = authority.certificate();
        return wish;
    }

    /// What a handshake with that certificate ends with.
    static ConnectionError troubleWith(const CertificateAuthority::Files& files,
                                       const TlsWish& wish)
    {
        const OneGuest peer(underTls(files, saying("")));
        return failure([&] { peer.visit()->startTls(wish, within(10s)); });
    }

    CertificateAuthority::Files foreignFiles() const
    {
        return CertificateAuthority(folder / "foreign", "Foreign Test CA")
            .issue("localhost", kNames);
    }
    CertificateAuthority::Files good() { return authority.issue("localhost", kNames); }

    static constexpr auto kNames = "DNS:localhost,IP:127.0.0.1,DNS:f*.example.org,"
                                   "DNS:*.example.net";
    TemporaryFolder folder;
    CertificateAuthority authority{folder.path(), "Our Test CA"};
};

} // namespace

TEST(Connecting, TellsTheFirstAddressesTroubleAndTheLasts)
{
    // Nobody can be connected to at an address for all.
    const auto port = static_cast<std::uint16_t>(freePort());
    const auto trouble = [&](const std::vector<std::string>& addresses) {
        return failure([&] { net::network().connect(addresses, port, within(10s)); });
    };
    for (const std::vector<std::string>& addresses :
         {std::vector<std::string>{"127.0.0.1", "255.255.255.255"},
          std::vector<std::string>{"255.255.255.255", "127.0.0.1"},
          std::vector<std::string>{"127.0.0.1", "127.0.0.2", "255.255.255.255"}})
    {
        const auto error = trouble(addresses);
        EXPECT_EQ(error.kind(), Kind::lost);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("Connection refused (127.0.0.1)"),
                                        HasSubstr(" (255.255.255.255)"), HasSubstr("; ")));
    }
    EXPECT_THAT(trouble({"127.0.0.1"}).what(), testing::StrEq("Connection refused (127.0.0.1)"));
    const OneGuest good(readAll);
    const auto connection = net::network().connect({"255.255.255.255", "127.0.0.2", "127.0.0.1"},
                                                   good.port(), within(10s));
    EXPECT_EQ(connection->peer().address, "127.0.0.1");
    EXPECT_EQ(connection->peer().ownAddress, "127.0.0.1");
    EXPECT_EQ(connection->peer().tls, "");
}

TEST(Connecting, GivesEachAddressAFairShareOfTheTime)
{
    // A listener whose queue is full lets others wait.
    ServerSocket deaf;
    deaf.bind(SocketAddress("127.0.0.1", 0), true);
    deaf.listen(1);
    const auto port = deaf.address().port();
    std::list<StreamSocket> waiting(3);
    for (StreamSocket& one : waiting) {
        one.connectNB(deaf.address());
    }
    std::this_thread::sleep_for(100ms);
    const auto late = failure([&] { net::network().connect({"127.0.0.1"}, port, within(300ms)); });
    EXPECT_EQ(late.kind(), Kind::late);
    EXPECT_THAT(late.what(), HasSubstr("(127.0.0.1)"));
    const auto both = failure([&] {
        net::network().connect({"127.0.0.1", "127.0.0.3"}, port, within(600ms));
    });
    EXPECT_EQ(both.kind(), Kind::lost);
    EXPECT_THAT(both.what(), AllOf(HasSubstr("no answer in its share of the time (127.0.0.1); "),
                                   HasSubstr("Connection refused (127.0.0.3)")));
    const ServerSocket good(SocketAddress("127.0.0.2", port));
    const auto connection = net::network().connect({"127.0.0.1", "127.0.0.2"}, port, within(2s));
    EXPECT_EQ(connection->peer().address, "127.0.0.2");
}

TEST(Connecting, KeepsTheOrderOfTheSystem)
{
    EXPECT_THAT(net::network().addresses("127.0.0.1", within(10s)),
                testing::ElementsAre("127.0.0.1"));
    EXPECT_THAT(net::network().addresses("::1", within(10s)), testing::ElementsAre("::1"));
    const auto seen = withOwnHosts(
        "127.0.0.3 mx.example.test\n127.0.0.2 mx.example.test\n", "host.example.net", [] {
            const auto found = net::network().addresses("mx.example.test", within(10s));
            return found.at(0) + " " + found.at(1) + " " + std::to_string(found.size());
        });
    if (!seen) {
        GTEST_SKIP() << "nobody may have hosts of his own here";
    }
    EXPECT_EQ(*seen, "127.0.0.3 127.0.0.2 2");
}

TEST(Connecting, SaysThatANameIsUnknown)
{
    const auto error =
        failure([] { net::network().addresses("no-such-host.invalid", within(10s)); });
    EXPECT_EQ(error.kind(), Kind::lost);
    EXPECT_THAT(error.what(), HasSubstr("no-such-host.invalid cannot be looked up"));
}

TEST(PlainConnection, EndsAWaitWhenTheOperatorWantsIt)
{
    const OneGuest peer(readAll);
    const auto connection = peer.visit();
    std::atomic<bool> stop{};
    std::thread wish([&] {
        std::this_thread::sleep_for(200ms);
        stop = true;
    });
    Limit limit = within(30s);
    limit.cancelled = [&] { return stop.load(); };
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(failure([&] { connection->receive(limit); }).kind(), Kind::cancelled);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
    wish.join();
}

TEST(PlainConnection, SaysWhatItsLimitSaysWhenTheTimeIsOver)
{
    const OneGuest peer(readAll);
    const auto connection = peer.visit();
    Limit limit = within(100ms);
    limit.late = "the tide went out";
    const auto error = failure([&] { connection->receive(limit); });
    EXPECT_EQ(error.kind(), Kind::late);
    EXPECT_THAT(error.what(), testing::StrEq("the tide went out"));
}

TEST(PlainConnection, ReceivesWhatIsThereWithoutWaiting)
{
    std::atomic<bool> speak{};
    const OneGuest peer([&](StreamSocket& guest) {
        while (!speak) {
            std::this_thread::sleep_for(5ms);
        }
        guest.sendBytes("hello", 5);
    });
    const auto connection = peer.visit();
    EXPECT_EQ(connection->receiveNow(within(10s)), std::nullopt);
    speak = true;
    std::optional<std::string> octets;
    for (int turn = 0; turn < 400 && !octets; ++turn) {
        octets = connection->receiveNow(within(10s));
        std::this_thread::sleep_for(5ms);
    }
    EXPECT_EQ(octets, "hello");
    EXPECT_EQ(connection->receive(within(10s)), "");
    EXPECT_EQ(connection->receiveNow(within(10s)), "");
}

TEST(PlainConnection, MeetsItsLimitWithAPeerThatNeverPauses)
{
    const OneGuest peer([](StreamSocket& guest) {
        const std::string filling(65536, 'x');
        while (guest.sendBytes(filling.data(), static_cast<int>(filling.size()), MSG_NOSIGNAL) > 0)
        {
        }
    });
    const auto connection = peer.visit();
    const Limit limit = within(300ms);
    EXPECT_EQ(failure([&] {
                  for (;;) {
                      connection->receive(limit);
                  }
              }).kind(),
              Kind::late);
}

TEST(PlainConnection, StopsSendingWhenThePeerHasSpoken)
{
    const std::string plenty(64U << 20, 'x');
    const OneGuest peer([](StreamSocket& guest) {
        char octet{};
        guest.receiveBytes(&octet, 1);
        guest.sendBytes("enough", 6);
        readAll(guest);
    });
    const auto connection = peer.visit();
    EXPECT_LT(connection->sendUnlessAnswered(plenty, within(20s)), plenty.size());
    EXPECT_EQ(connection->receive(within(10s)), "enough");
}

TEST(PlainConnection, SurvivesAPeerThatIsGone)
{
    const OneGuest peer([](StreamSocket& guest) {
        char octet = 0;
        guest.receiveBytes(&octet, 1);
        guest.setLinger(true, 0);
        guest.close();
    });
    const auto connection = peer.visit();
    const auto error = failure([&] {
        for (int turn = 0; turn < 1000; ++turn) {
            connection->send("hello", within(10s));
            std::this_thread::sleep_for(1ms);
        }
    });
    EXPECT_EQ(error.kind(), Kind::lost);
    EXPECT_THAT(error.what(), StartsWith("the connection broke: "));
}

TEST_F(TlsConnection, DescribesThePeer)
{
    const OneGuest peer(underTls(good(), saying("hello")));
    const auto connection = peer.visit();
    connection->startTls(wishFor("localhost."), within(10s));
    EXPECT_EQ(connection->peer().tls, "TLSv1.3");
    EXPECT_THAT(connection->peer().certificate,
                AllOf(StartsWith("CN=localhost, issuer CN=Our Test CA, expires 20"),
                      HasSubstr(" UTC, names localhost, 127.0.0.1, f*.example.org")));
    EXPECT_EQ(connection->peer().distrust, "");
    EXPECT_EQ(connection->receive(within(10s)), "hello");
}

TEST_F(TlsConnection, IsForTheNamesOfTheCertificateAlone)
{
    const auto files = good();
    for (const std::string name : {"localhost", "127.0.0.1", "LOCALHOST", "a.example.net"}) {
        EXPECT_THAT(troubleWith(files, wishFor(name)).what(), HasSubstr("nothing went wrong"));
    }
    for (const std::string name : {"other.example.org", "foo.example.org", "a.b.example.net",
                                   "example.net", "127.0.0.2", "::1"})
    {
        const auto error = troubleWith(files, wishFor(name));
        EXPECT_EQ(error.kind(), Kind::certificate) << name;
        EXPECT_THAT(error.what(), AllOf(HasSubstr("certificate of " + name + " is not accepted"),
                                        HasSubstr("mismatch"), HasSubstr("in the key host")));
    }
}

TEST_F(TlsConnection, HasItsOwnAdviceForEachTroubleAndGoesOnWhereThatIsWanted)
{
    const CertificateAuthority foreign(folder / "foreign", "Foreign Test CA");
    using Validity = CertificateAuthority::Validity;
    struct Case {
        CertificateAuthority::Files files;
        std::string complaint;
        std::string advice;
    };
    for (const Case& one : {
             Case{authority.issue("localhost", kNames, Validity::expired), "has expired",
                  "have it renewed, or correct this machine's clock"},
             Case{authority.issue("localhost", kNames, Validity::notYet), "is not yet valid",
                  "it is valid from 20"},
             Case{authority.issue("other", "DNS:other.example.org"), "hostname mismatch",
                  "use a name that the certificate is for in the key host"},
             Case{CertificateAuthority(foreign).issue("localhost", kNames),
                  "unable to get local issuer", "if the issuer is to be trusted"},
             Case{foreign.own(), "self-signed certificate", "it has signed itself"},
         })
    {
        const auto error = troubleWith(one.files, wishFor("localhost"));
        EXPECT_EQ(error.kind(), Kind::certificate);
        EXPECT_THAT(error.what(), AllOf(HasSubstr(one.complaint), HasSubstr(one.advice),
                                        HasSubstr("the key ca_file")));
        const OneGuest peer(underTls(one.files, saying("hello")));
        const auto connection = peer.visit();
        TlsWish wish = wishFor("localhost");
        wish.trust = TlsWish::Trust::anything;
        connection->startTls(wish, within(10s));
        EXPECT_THAT(connection->peer().distrust, HasSubstr(one.complaint));
        EXPECT_EQ(connection->receive(within(10s)), "hello");
    }
    TlsWish wish = wishFor("localhost");
    wish.caFile = foreign.certificate();
    EXPECT_THAT(troubleWith(CertificateAuthority(foreign).issue("localhost", kNames), wish).what(),
                HasSubstr("nothing went wrong"));
}

TEST_F(TlsConnection, AdvisesNeverTheSameForTwoKindsOfTrouble)
{
    const Poco::Crypto::X509Certificate certificate(authority.certificate().string());
    std::set<std::string> all;
    const std::vector<int> kinds{X509_V_ERR_CERT_HAS_EXPIRED,
                                 X509_V_ERR_CERT_NOT_YET_VALID,
                                 X509_V_ERR_HOSTNAME_MISMATCH,
                                 X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                                 X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
                                 X509_V_ERR_CERT_REVOKED,
                                 X509_V_ERR_INVALID_PURPOSE};
    for (const int kind : kinds) {
        all.insert(net::advice(kind, certificate, wishFor("localhost")));
    }
    EXPECT_EQ(all.size(), kinds.size());
}

TEST_F(TlsConnection, IsNotHeldByRecordsWithoutOctets)
{
    const auto files = good();
    std::atomic<bool> stop{};
    const auto keyUpdates = [&](SSL* tls, StreamSocket&) {
        while (!stop && SSL_key_update(tls, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
               SSL_do_handshake(tls) == 1)
        {
        }
    };
    const auto tickets = [&](SSL* tls, StreamSocket&) {
        while (!stop && SSL_new_session_ticket(tls) == 1 && SSL_do_handshake(tls) == 1) {
        }
    };
    for (const TlsHost& host : {TlsHost(keyUpdates), TlsHost(tickets)}) {
        for (const bool now : {false, true}) {
            stop = false;
            const OneGuest peer(underTls(files, host));
            const auto connection = peer.visit();
            connection->startTls(wishFor("localhost"), within(10s));
            const auto start = std::chrono::steady_clock::now();
            std::thread rescue([&] { // so that a read that is held fails the test and no more
                while (!stop && std::chrono::steady_clock::now() - start < 10s) {
                    std::this_thread::sleep_for(20ms);
                }
                stop = true;
            });
            const Limit limit = within(500ms);
            EXPECT_EQ(failure([&] {
                          while (now) {
                              EXPECT_EQ(connection->receiveNow(limit), std::nullopt);
                          }
                          connection->receive(limit);
                      }).kind(),
                      Kind::late);
            EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
            stop = true;
            rescue.join();
        }
    }
}

TEST_F(TlsConnection, TakesNoPlainWordsForWordsUnderTls)
{
    const auto files = good();
    const auto tls = underTls(files, saying("true words"));
    const OneGuest peer([&](StreamSocket& guest) {
        guest.sendBytes("forged words", 12);
        char octet{};
        guest.receiveBytes(&octet, 1);
        tls(guest);
    });
    const auto connection = peer.visit();
    std::this_thread::sleep_for(200ms);
    EXPECT_EQ(connection->sendUnlessAnswered("x", within(10s)), 0U);
    connection->send("y", within(10s));
    connection->startTls(wishFor("localhost"), within(10s));
    EXPECT_EQ(connection->receive(within(10s)), "true words");
}

TEST_F(TlsConnection, NoticesAStreamCutShort)
{
    const auto files = good();
    for (const bool alert : {true, false}) {
        const OneGuest peer(underTls(files, [alert](SSL* tls, StreamSocket& guest) {
            SSL_write(tls, "half", 4);
            if (alert) {
                SSL_shutdown(tls);
            }
            guest.shutdownSend();
            readAll(guest);
        }));
        const auto connection = peer.visit();
        connection->startTls(wishFor("localhost"), within(10s));
        EXPECT_EQ(connection->receive(within(10s)), "half");
        if (alert) {
            EXPECT_EQ(connection->receive(within(10s)), "");
        } else {
            const auto error = failure([&] { connection->receive(within(10s)); });
            EXPECT_EQ(error.kind(), Kind::lost);
            EXPECT_THAT(error.what(), HasSubstr("without the closing alert of TLS"));
        }
    }
}

TEST_F(TlsConnection, SaysGoodbyeInGoodOrder)
{
    std::atomic<int> last{-1};
    {
        const OneGuest peer(underTls(good(), [&](SSL* tls, StreamSocket&) {
            char octet{};
            const int count = SSL_read(tls, &octet, 1);
            last = SSL_get_error(tls, count);
        }));
        peer.visit()->startTls(wishFor("localhost"), within(10s));
    }
    EXPECT_EQ(last, SSL_ERROR_ZERO_RETURN);
}

TEST_F(TlsConnection, MeetsItsLimitInAHandshakeThatGoesNowhere)
{
    const OneGuest peer(readAll);
    const auto connection = peer.visit();
    const auto error = failure([&] { connection->startTls(wishFor("localhost"), within(300ms)); });
    EXPECT_EQ(error.kind(), Kind::late);
}

TEST_F(TlsConnection, SaysThatThePeerHungUpOrIsNoTls)
{
    const OneGuest gone([](StreamSocket& guest) {
        char buffer[4096];
        guest.receiveBytes(buffer, sizeof buffer);
    });
    const auto closed = failure([&] { gone.visit()->startTls(wishFor("localhost"), within(10s)); });
    EXPECT_EQ(closed.kind(), Kind::tls);
    EXPECT_THAT(closed.what(), HasSubstr("closed the connection in the TLS handshake"));
    const OneGuest plain([](StreamSocket& guest) {
        guest.sendBytes("220 mail.example.org ESMTP\r\n", 28);
        readAll(guest);
    });
    const auto nonsense =
        failure([&] { plain.visit()->startTls(wishFor("localhost"), within(10s)); });
    EXPECT_EQ(nonsense.kind(), Kind::tls);
    EXPECT_THAT(nonsense.what(), StartsWith("the TLS handshake failed: "));
}

TEST_F(TlsConnection, IsNotDisturbedByAnotherThatBroke)
{
    // OpenSSL's errors are the thread's, whatever connection they came of.
    const auto files = good();
    const OneGuest first(underTls(files, saying("one")));
    const auto connection = first.visit();
    connection->startTls(wishFor("localhost"), within(10s));
    EXPECT_EQ(connection->receive(within(10s)), "one");
    EXPECT_EQ(troubleWith(foreignFiles(), wishFor("localhost")).kind(), Kind::certificate);
    {
        const OneGuest broken(underTls(files, [](SSL*, StreamSocket& guest) {
            guest.sendBytes("this is no record of TLS", 24);
            readAll(guest);
        }));
        const auto other = broken.visit();
        other->startTls(wishFor("localhost"), within(10s));
        EXPECT_EQ(failure([&] { other->receive(within(10s)); }).kind(), Kind::lost);
    }
    EXPECT_EQ(connection->receiveNow(within(10s)), std::nullopt);
}
