#include "MailBench.h"
#include "SmtpClient.h"
#include "SmtpText.h"

#include <gmock/gmock.h>

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace notifyhost::test {

namespace {

using Then = SmtpAnswer::Then;

struct Tried {
    Outcome outcome;
    std::string told;
    int connections{};
    std::string first;  ///< what the server received on its first connection …
    std::string second; ///< … and on its second
};

Tried tryOut(const SmtpScript& script, email::AuthUse use = email::AuthUse::automatic,
             const std::string& mechanisms = "PLAIN LOGIN")
{
    SmtpServerOptions options = coveredServer();
    options.mechanisms = mechanisms;
    const ScriptedSmtpServer server(script, options);
    Tried tried;
    {
        RecordingLog log;
        RecordingContext context;
        auto settings = coveredSettings(server.port());
        settings.auth = use;
        email::SmtpClient client(settings, net::network(), log);
        tried.outcome = client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), context);
        for (const auto& [stage, detail] : context.stages) {
            tried.told += stage + ": " + detail + "\n";
        }
        tried.told += log.all();
    }
    tried.connections = server.connections();
    tried.first = server.received(1);
    tried.second = server.received(2);
    return tried;
}

/// Answers AUTH PLAIN so, and leaves the rest alone.
SmtpScript toPlain(const SmtpAnswer& answer)
{
    return [=](const SmtpTurn& turn) {
        return turn.moment == SmtpMoment::auth && turn.command.starts_with("AUTH PLAIN")
                   ? std::optional(answer)
                   : std::nullopt;
    };
}

} // namespace

TEST(SmtpLogin, TriesLoginOnTheSameConnectionWherePlainIsRefused)
{
    for (const std::string reply :
         {"535 5.7.8 no", "504 5.5.4 unrecognized mechanism", "454 4.7.0 later", "535 no"})
    {
        const Tried tried = tryOut(toPlain({reply + "\r\n"}));
        EXPECT_EQ(tried.outcome.verdict, Verdict::delivered) << toText(tried.outcome);
        EXPECT_EQ(tried.connections, 1);
        EXPECT_THAT(tried.told, AllOf(HasSubstr("AUTH: AUTH PLAIN: " + reply),
                                      HasSubstr("AUTH: LOGIN as postman: 235")));
    }
}

TEST(SmtpLogin, TriesLoginOnANewConnectionWhereThatOfPlainIsLost)
{
    for (const SmtpAnswer& answer :
         {SmtpAnswer{"535 5.7.8 no\r\n", Then::close}, SmtpAnswer{"421 4.7.0 no\r\n", Then::close},
          SmtpAnswer{"", Then::close}, SmtpAnswer{"", Then::reset}})
    {
        const Tried tried = tryOut(toPlain(answer));
        EXPECT_EQ(tried.outcome.verdict, Verdict::delivered) << toText(tried.outcome);
        EXPECT_EQ(tried.connections, 2);
        EXPECT_THAT(tried.second, AllOf(HasSubstr("AUTH LOGIN"), Not(HasSubstr("AUTH PLAIN"))));
    }
}

TEST(SmtpLogin, BlamesThePasswordOnlyWhereAllWaysAreRefused)
{
    const Tried tried = tryOut([](const SmtpTurn& turn) {
        return turn.moment == SmtpMoment::auth ? std::optional(SmtpAnswer{"535 5.7.8 no\r\n"})
                                               : std::nullopt;
    });
    EXPECT_EQ(tried.outcome.scope, Scope::service) << toText(tried.outcome);
    EXPECT_TRUE(tried.outcome.credentials);
    EXPECT_EQ(tried.outcome.code, 535);
    EXPECT_THAT(tried.outcome.reason,
                AllOf(HasSubstr("AUTH PLAIN: 535 5.7.8 no; AUTH LOGIN: 535 5.7.8 no"),
                      HasSubstr("check the keys user (postman) and password")));
    const Tried later = tryOut([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        return turn.moment != SmtpMoment::auth ? std::nullopt
               : turn.command.starts_with("AUTH PLAIN")
                   ? std::optional(SmtpAnswer{"535 5.7.8 no\r\n"})
                   : std::optional(SmtpAnswer{"454 4.7.0 later\r\n"});
    });
    EXPECT_EQ(later.outcome.scope, Scope::service) << toText(later.outcome);
    EXPECT_FALSE(later.outcome.credentials);
}

TEST(SmtpLogin, BlamesThePasswordThoughTheServerHangsUpOnTheSecondWay)
{
    const Tried tried = tryOut([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        return turn.moment != SmtpMoment::auth ? std::nullopt
               : turn.command.starts_with("AUTH PLAIN")
                   ? std::optional(SmtpAnswer{"535 5.7.8 no\r\n"})
                   : std::optional(SmtpAnswer{"", Then::close});
    });
    EXPECT_TRUE(tried.outcome.credentials) << toText(tried.outcome);
    EXPECT_THAT(tried.outcome.reason, AllOf(HasSubstr("AUTH PLAIN: 535 5.7.8 no; AUTH LOGIN: the "
                                                      "connection broke: the peer closed it"),
                                            HasSubstr("password")));
}

TEST(SmtpLogin, EndsWhereTheServerHangsUpOnEveryWay)
{
    const Tried tried = tryOut([](const SmtpTurn& turn) {
        return turn.moment == SmtpMoment::auth ? std::optional(SmtpAnswer{"", Then::close})
                                               : std::nullopt;
    });
    EXPECT_EQ(tried.outcome.scope, Scope::service) << toText(tried.outcome);
    EXPECT_FALSE(tried.outcome.credentials);
    EXPECT_THAT(tried.outcome.reason,
                AllOf(HasSubstr("AUTH PLAIN: the connection broke: the peer closed it"),
                      HasSubstr("; AUTH LOGIN: the connection broke: the peer closed it"),
                      Not(HasSubstr("password"))));
    EXPECT_EQ(tried.connections, 2);
}

TEST(SmtpLogin, EndsWhereTheServerAsksWithoutEnd)
{
    const Tried tried = tryOut([](const SmtpTurn& turn) {
        return turn.moment == SmtpMoment::auth || turn.moment == SmtpMoment::other
                   ? std::optional(SmtpAnswer{"334 bW9yZQ==\r\n"})
                   : std::nullopt;
    });
    EXPECT_EQ(tried.outcome.verdict, Verdict::tryAgain) << toText(tried.outcome);
    EXPECT_EQ(tried.outcome.scope, Scope::service);
    EXPECT_FALSE(tried.outcome.credentials);
    EXPECT_EQ(tried.connections, 1);
    EXPECT_LT(tried.first.size(), 1000U);
    const Tried taken = tryOut(toPlain({"334 \r\n"}));
    EXPECT_THAT(taken.first, HasSubstr("\r\n*\r\nAUTH LOGIN\r\n"));
    EXPECT_EQ(taken.outcome.verdict, Verdict::delivered) << toText(taken.outcome);
}

TEST(SmtpLogin, UsesTheOneWayThatIsSet)
{
    using email::AuthUse;
    const Tried login = tryOut({}, AuthUse::login);
    EXPECT_EQ(login.outcome.verdict, Verdict::delivered) << toText(login.outcome);
    EXPECT_THAT(login.first, AllOf(HasSubstr("AUTH LOGIN"), Not(HasSubstr("AUTH PLAIN"))));
    const Tried plain = tryOut(toPlain({"535 5.7.8 no\r\n"}), AuthUse::plain);
    EXPECT_TRUE(plain.outcome.credentials) << toText(plain.outcome);
    EXPECT_THAT(plain.first, Not(HasSubstr("AUTH LOGIN")));
    const Tried missing = tryOut({}, AuthUse::plain, "LOGIN GSSAPI");
    EXPECT_EQ(missing.outcome.scope, Scope::service);
    EXPECT_FALSE(missing.outcome.credentials);
    EXPECT_THAT(missing.outcome.reason,
                AllOf(HasSubstr("does not offer AUTH PLAIN here, but AUTH GSSAPI LOGIN"),
                      HasSubstr("auth = auto")));
}

TEST(SmtpLogin, ShowsThePasswordNowhereWhateverIsTried)
{
    const std::string secret = email::base64("rings twice");
    const Tried tried = tryOut([&](const SmtpTurn& turn) {
        return turn.moment == SmtpMoment::auth
                   ? std::optional(SmtpAnswer{"535 no: " + secret + " rings twice\r\n"})
                   : std::nullopt;
    });
    const std::string all = tried.told + toText(tried.outcome);
    EXPECT_THAT(all, AllOf(HasSubstr("535 no: *** ***"), Not(HasSubstr("rings twice")),
                           Not(HasSubstr(secret))));
}

} // namespace notifyhost::test
