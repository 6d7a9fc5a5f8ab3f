#include "host/Composer.h"

#include "host/Facility.h"
#include "ledger/DeliveryKey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::host {
namespace {

using ledger::DeliveryState;
using testing::ElementsAre;
using testing::HasSubstr;

/// A source that does what a test says.
class GivenSource : public EventSource {
public:
    std::vector<Setting> settings() const override { return {}; }
    std::vector<Problem> configure(const Settings&, Services&) override { return {}; }
    std::vector<Example> examples() const override { return {}; }
    void discover(DiscoverContext&, DiscoverSink&) override {}
    void compose(const Task& task, ComposeSink& sink) override { onCompose(task, sink); }

    std::function<void(const Task&, ComposeSink&)> onCompose;
};

/// A transport that shows what it was given.
class GivenTransport : public Transport {
public:
    std::vector<Setting> settings() const override { return {}; }
    std::vector<Problem> configure(const Settings&, Services&) override { return {}; }
    Addressing addressing() const override { return kind; }
    Bytes encode(const Message& message) const override
    {
        if (message.subject == "about bad") {
            throw std::invalid_argument("it can never be encoded");
        }
        if (message.subject == "about fault") {
            throw std::runtime_error("a bug");
        }
        std::string to;
        for (const auto& address : message.recipients) {
            to += address + " ";
        }
        return message.subject == "about nothing" ? ""
                                                  : to + "| " + message.id + "\n" + message.text;
    }
    Outcome deliver(const Bytes&, const Envelope&, DeliveryContext&) override { return {}; }

    Addressing kind{Addressing::addressed};
};

Notification notification(const std::string& key, std::vector<std::string> recipients)
{
    Notification result;
    result.key = key;
    result.recipients = std::move(recipients);
    result.facts.set("subject", "about " + key);
    return result;
}

class ComposerTest : public testing::Test {
protected:
    Composition compose(const std::string& settings,
                        std::function<void(const Task&, ComposeSink&)> script,
                        const std::vector<std::string>& frozen = {})
    {
        test::Host host(facility, "host", settings);
        source.onCompose = std::move(script);
        Composer composer(host.assembly(), host.pipeline(), source, transport);
        auto result = composer.compose({{"mails", "", ""}, "id", inputText, {}}, frozen, {});
        logged = host.logged();
        return result;
    }

    Composition composeOne(const std::string& settings, const std::vector<std::string>& recipients)
    {
        return compose(settings, [&](const Task&, ComposeSink& sink) {
            sink.notify(notification("news", recipients));
        });
    }

    test::Facility facility;
    GivenSource source;
    GivenTransport transport;
    std::string inputText{"{}"};
    std::string logged;
};

TEST_F(ComposerTest, MakesOneDeliveryPerPersonWithNobodyElsesAddress)
{
    const auto result = composeOne("", {"one@a.org", "two@a.org"});
    ASSERT_EQ(result.deliveries.size(), 2U);
    const auto& first = result.deliveries.front();
    EXPECT_EQ(first.address, "one@a.org");
    EXPECT_EQ(first.key, ledger::deliveryKey({"mails", "id", "news", "one@a.org", "peer"}));
    EXPECT_THAT(first.bytes, testing::StartsWith("one@a.org | " + first.messageId + "\n"));
    EXPECT_THAT(first.bytes, testing::Not(HasSubstr("two@a.org")));
}

TEST_F(ComposerTest, MakesOneDeliveryForAllWhereTheSiteWantsThat)
{
    const auto result = composeOne("addressing = together\n", {"one@a.org", "two@a.org"});
    ASSERT_EQ(result.deliveries.size(), 1U);
    EXPECT_EQ(result.deliveries.front().recipients.size(), 2U);
    EXPECT_THAT(result.deliveries.front().bytes, HasSubstr("one@a.org two@a.org | "));
}

TEST_F(ComposerTest, MakesOneDeliveryForAChannelAlsoWithoutContacts)
{
    transport.kind = Addressing::channel;
    const auto result = composeOne("", {});
    ASSERT_EQ(result.deliveries.size(), 1U);
    ASSERT_EQ(result.deliveries.front().recipients.size(), 1U);
    EXPECT_EQ(result.deliveries.front().recipients.front().state, DeliveryState::composed);
    EXPECT_FALSE(result.deliveries.front().bytes.empty());
}

TEST_F(ComposerTest, RedirectsUnderTheSameKeysAndSaysForWhom)
{
    const auto plain = composeOne("", {"one@a.org"});
    const auto redirected = composeOne("redirect_to = trial@b.org\n", {"one@a.org"});
    EXPECT_EQ(redirected.deliveries.front().key, plain.deliveries.front().key);
    EXPECT_EQ(redirected.deliveries.front().recipients.front().address, "trial@b.org");
    EXPECT_THAT(redirected.deliveries.front().bytes, HasSubstr("meant for: one@a.org"));
}

TEST_F(ComposerTest, MakesARefusedDeliveryOfEachAddressThatCannotBeUsed)
{
    const auto result = composeOne("", {" one@a.org ", "",
                                        "no\x07"
                                        "body",
                                        "one@a.org"});
    ASSERT_EQ(result.deliveries.size(), 3U);
    EXPECT_EQ(result.deliveries[0].address, "one@a.org");
    const auto& empty = result.deliveries[1];
    const auto& nobody = result.deliveries[2];
    EXPECT_EQ(empty.recipients.front().address, "(empty)");
    EXPECT_EQ(nobody.address, "no\\x07body");
    EXPECT_EQ(nobody.key, ledger::deliveryKey({"mails", "id", "news",
                                               "no\x07"
                                               "body",
                                               "peer"}));
    for (const auto* row : {&empty, &nobody}) {
        ASSERT_EQ(row->recipients.size(), 1U);
        EXPECT_EQ(row->recipients.front().state, DeliveryState::refused);
        EXPECT_THAT(row->recipients.front().reason, HasSubstr("no usable address: it "));
        EXPECT_EQ(row->bytes, "");
    }
    EXPECT_THAT(logged, HasSubstr("notification news: a recipient cannot be told: "));
}

TEST_F(ComposerTest, PutsRefusedAddressesBesideTheMessageForAll)
{
    for (const auto* redirection : {"", "redirect_to = trial@b.org\n"}) {
        const auto result = composeOne(std::string("addressing = together\n") + redirection,
                                       {"one@a.org; two@a.org", "three@", "four"});
        ASSERT_EQ(result.deliveries.size(), 3U);
        EXPECT_EQ(result.deliveries[0].key,
                  ledger::deliveryKey({"mails", "id", "news", "", "peer"}));
        EXPECT_EQ(result.deliveries[0].recipients.front().state, DeliveryState::composed);
        EXPECT_EQ(result.deliveries[1].recipients.front().address, "three@");
        EXPECT_EQ(result.deliveries[2].recipients.front().state, DeliveryState::refused);
    }
}

TEST_F(ComposerTest, TellsNobodyFromNobodyWhoCanBeReached)
{
    EXPECT_EQ(composeOne("", {}).deliveries.front().recipients.front().state,
              DeliveryState::nobody);
    for (const auto* addressing : {"", "addressing = together\n"}) {
        const auto refused = composeOne(addressing, {"nobody"});
        ASSERT_EQ(refused.deliveries.size(), 1U);
        EXPECT_EQ(refused.deliveries.front().recipients.front().state, DeliveryState::refused);
    }
}

TEST_F(ComposerTest, TakesTheFirstSpellingOfAPersonUnlessCaseCounts)
{
    const std::vector<std::string> spellings{"Ann@a.org", "ann@A.org"};
    const auto one = composeOne("", spellings);
    ASSERT_EQ(one.deliveries.size(), 1U);
    EXPECT_EQ(one.deliveries.front().key,
              ledger::deliveryKey({"mails", "id", "news", "Ann@a.org", "peer"}));
    EXPECT_EQ(composeOne("case_sensitive_addresses = yes\n", spellings).deliveries.size(), 2U);
}

TEST_F(ComposerTest, NamesTheSourceWhoseFactsNothingCanBeMadeOf)
{
    const auto result = compose("", [](const Task&, ComposeSink& sink) {
        auto odd = notification("odd", {"one@a.org"});
        odd.facts.set("unused", Poco::JSON::Object::Ptr());
        sink.notify(std::move(odd));
        auto strange = notification("strange", {"one@a.org"});
        static int target = 0;
        strange.facts.set("subject", &target);
        sink.notify(std::move(strange));
        sink.notify(notification("good", {"one@a.org"}));
    });
    EXPECT_TRUE(result.fault);
    ASSERT_EQ(result.deliveries.size(), 1U);
    EXPECT_EQ(result.deliveries.front().notificationKey, "good");
    ASSERT_EQ(result.failed.size(), 2U);
    EXPECT_EQ(result.failed[0].reason,
              "fault of the source 'script' in notification 'odd': the fact 'unused' is a null "
              "pointer; what is not known is an empty Poco::Dynamic::Var");
    EXPECT_THAT(result.failed[1].reason,
                HasSubstr("fault of the source 'script' in notification 'strange': its facts "
                          "cannot be rendered: "));
}

TEST_F(ComposerTest, LeavesOutWhatIsFrozen)
{
    const auto result = compose("",
                                [](const Task&, ComposeSink& sink) {
                                    EXPECT_FALSE(sink.wanted("old"));
                                    EXPECT_TRUE(sink.wanted("new"));
                                    sink.notify(notification("old", {"one@a.org"}));
                                    sink.failed("old", ComposeFailure::tryAgain, "ignored");
                                    sink.notify(notification("new", {"one@a.org"}));
                                },
                                {"old"});
    ASSERT_EQ(result.deliveries.size(), 1U);
    EXPECT_EQ(result.deliveries.front().notificationKey, "new");
    EXPECT_TRUE(result.failed.empty());
}

TEST_F(ComposerTest, KeepsTheGoodOnesWhereOneFailsInAnyWay)
{
    const auto result = compose("", [](const Task&, ComposeSink& sink) {
        sink.notify(notification("bad", {"one@a.org"}));
        sink.notify(notification("nothing", {"one@a.org"}));
        sink.notify(notification("fault", {"one@a.org"}));
        auto wordless = notification("wordless", {"one@a.org"});
        wordless.facts.clear();
        sink.notify(std::move(wordless));
        sink.failed("late", ComposeFailure::tryAgain, "not there yet");
        sink.notify(notification("good", {"one@a.org"}));
    });
    std::map<std::string, DeliveryState> states;
    for (const auto& row : result.deliveries) {
        states[row.notificationKey] = row.recipients.front().state;
    }
    EXPECT_THAT(states, ElementsAre(testing::Pair("bad", DeliveryState::refused),
                                    testing::Pair("good", DeliveryState::composed),
                                    testing::Pair("nothing", DeliveryState::refused)));
    std::map<std::string, std::string> reasons;
    for (const auto& failed : result.failed) {
        EXPECT_EQ(failed.failure, ComposeFailure::tryAgain);
        reasons[failed.key] = failed.reason;
    }
    EXPECT_EQ(reasons.size(), 3U);
    EXPECT_THAT(reasons["fault"], HasSubstr("fault of the transport 'peer' while encoding: a bug"));
    EXPECT_THAT(reasons["wordless"], HasSubstr("subject"));
    EXPECT_TRUE(result.fault);
}

TEST_F(ComposerTest, NamesTheSourceThatBreaksItsWord)
{
    const auto faultOf = [&](std::function<void(const Task&, ComposeSink&)> script) -> std::string {
        try {
            compose("", std::move(script));
        } catch (const PluginFault& fault) {
            return fault.what();
        }
        return "no fault";
    };
    const auto says = [](const char* what) {
        return testing::AllOf(HasSubstr("fault of the source 'script'"), HasSubstr(what));
    };
    EXPECT_THAT(faultOf([](const Task&, ComposeSink&) {}), says("composed nothing"));
    EXPECT_THAT(faultOf([](const Task&, ComposeSink&) { throw std::bad_alloc(); }), says("alloc"));
    EXPECT_THAT(faultOf([](const Task&, ComposeSink&) { throw 42; }), says("no exception"));
    EXPECT_THAT(faultOf([](const Task&, ComposeSink& sink) { sink.notify(notification("", {})); }),
                says("not empty"));
    EXPECT_THAT(faultOf([](const Task&, ComposeSink& sink) {
                    sink.notify(notification("a", {}));
                    sink.notify(notification("a", {}));
                }),
                says("two notifications the key 'a'"));
}

TEST_F(ComposerTest, LetsTheFailureOfAServicePass)
{
    const auto script = [](const Task&, ComposeSink&) {
        throw ServiceError(ServiceError::Kind::unavailable, "away");
    };
    EXPECT_THROW(compose("", script), ServiceError);
}

TEST_F(ComposerTest, GivesTheSourceTheInputAsItArrived)
{
    inputText = R"({ "b" : 1.0, "a" : "x\/y", "big":123456789012345678901234567890 })";
    compose("", [&](const Task& task, ComposeSink& sink) {
        EXPECT_EQ(task.inputText, inputText);
        EXPECT_EQ(task.input.getValue<std::string>("a"), "x/y");
        EXPECT_EQ(task.input.getValue<std::string>("big"), "123456789012345678901234567890");
        sink.notify(notification("news", {}));
    });
}

TEST_F(ComposerTest, RefusesAnInputThatNobodyCanRead)
{
    inputText = "{\"a\":";
    const auto result = composeOne("", {"one@a.org"});
    ASSERT_EQ(result.failed.size(), 1U);
    EXPECT_EQ(result.failed.front().failure, ComposeFailure::refused);
    EXPECT_THAT(result.failed.front().reason, HasSubstr("input cannot be read"));
}

} // namespace
} // namespace notifyhost::host
