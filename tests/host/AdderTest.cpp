#include "host/Adder.h"

#include "host/Facility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::host {
namespace {

using enum queue::TaskStatus;
using test::TroubledQueue;
using testing::ElementsAre;
using testing::HasSubstr;

/// Adds lines of a file; the echo goes to another.
class AdderTest : public testing::Test {
protected:
    AddReport add(const std::string& lines)
    {
        const auto input = facility.folder().write("input", lines);
        Adder adder(host.queue, porchPipeline(host.pipeline()), {input.string(), output().string()},
                    host.assembly().logger(), host.stop);
        const auto source = host.assembly().makeSource(host.pipeline());
        return adder.run(*source.instance);
    }

    std::filesystem::path output() const { return facility.folder() / "output"; }
    std::string echoed() const { return notifyhost::test::readFile(output()); }

    static std::string lines(int first, int last)
    {
        std::string text;
        for (int number = first; number <= last; ++number) {
            text += "{\"n\":" + std::to_string(number) + "}\n";
        }
        return text;
    }

    std::size_t inQueue()
    {
        return facility.queue().list(porchPipeline(host.pipeline()), {}).size();
    }

    test::Facility facility;
    test::Host host{facility, "host"};
};

TEST_F(AdderTest, AddsEachEventOnceAndEchoesItEachTime)
{
    auto report = add(lines(1, 3));
    EXPECT_EQ(report.added, 3);
    EXPECT_EQ(report.status, ExitStatus::ok);
    EXPECT_EQ(echoed(), lines(1, 3));
    report = add(lines(2, 4));
    EXPECT_EQ(report.added, 1);
    EXPECT_EQ(report.known, 2);
    EXPECT_EQ(echoed(), lines(2, 4));
    EXPECT_EQ(inQueue(), 4U);
}

TEST_F(AdderTest, AddsInGroups)
{
    EXPECT_EQ(add(lines(1, 2500)).added, 2500);
    EXPECT_EQ(host.queue.count("add"), 3);
    EXPECT_EQ(echoed(), lines(1, 2500));
}

TEST_F(AdderTest, GoesOnAfterBadItemsAndSaysWhichTheyWere)
{
    const auto report = add("{\"n\":1}\n# no event\n{\"n\":2}\n[]\n{\"n\":3}\n");
    EXPECT_EQ(report.added, 3);
    EXPECT_EQ(report.bad, 1);
    EXPECT_EQ(report.refused, 1);
    EXPECT_EQ(report.status, ExitStatus::someFailed);
    EXPECT_THAT(host.logged(), HasSubstr("line 2: is a comment"));
    EXPECT_THAT(host.logged(), HasSubstr("line 4: the queue refused it"));
    EXPECT_EQ(echoed(), lines(1, 3));
}

TEST_F(AdderTest, SaysThatNothingWasReadable)
{
    EXPECT_EQ(add("# one\n# two\n").status, ExitStatus::nothingReadable);
    EXPECT_EQ(add("").status, ExitStatus::ok);
}

TEST_F(AdderTest, EchoesOnlyWhatTheQueueHoldsDurably)
{
    host.queue.before = [&](const std::string&) { EXPECT_EQ(echoed(), ""); };
    host.queue.after = [&](const std::string&) {
        EXPECT_EQ(inQueue(), 10U);
        EXPECT_EQ(echoed(), "");
    };
    EXPECT_EQ(add(lines(1, 10)).added, 10);
    EXPECT_EQ(echoed(), lines(1, 10));
}

TEST_F(AdderTest, SaysWhatWasNotAddedWhereTheQueueFailsInTheMiddle)
{
    host.queue.before = [&](const std::string&) {
        if (host.queue.count("add") == 1) {
            host.queue.upset("add", TroubledQueue::Trouble::away);
        }
    };
    const auto report = add(lines(1, 2500));
    EXPECT_EQ(report.status, ExitStatus::unavailable);
    EXPECT_EQ(report.added, 1000);
    EXPECT_EQ(echoed(), lines(1, 1000));
    EXPECT_EQ(inQueue(), 1000U);
    EXPECT_EQ(host.queue.count("add"), 2) << "no further group is tried";
    EXPECT_THAT(host.logged(), HasSubstr("Not known to be added: from line 1001 on"));
    EXPECT_THAT(host.logged(), HasSubstr("add the same input again"));
    host.queue.before = {};
    EXPECT_EQ(add(lines(1, 2500)).added, 1500);
}

TEST_F(AdderTest, EchoesNothingWhereTheAnswerIsLost)
{
    host.queue.upset("add", TroubledQueue::Trouble::loseAnswer);
    EXPECT_EQ(add(lines(1, 3)).status, ExitStatus::unavailable);
    EXPECT_EQ(echoed(), "");
    EXPECT_EQ(inQueue(), 3U);
    const auto report = add(lines(1, 3));
    EXPECT_EQ(report.known, 3);
    EXPECT_EQ(echoed(), lines(1, 3));
}

TEST_F(AdderTest, TellsWhyTheQueueFailed)
{
    for (const auto& [trouble, status] :
         {std::pair{TroubledQueue::Trouble::login, ExitStatus::credentials},
          {TroubledQueue::Trouble::unknown, ExitStatus::configuration},
          {TroubledQueue::Trouble::refuse, ExitStatus::configuration}})
    {
        host.queue.upset("add", trouble);
        EXPECT_EQ(add(lines(1, 1)).status, status);
    }
}

TEST_F(AdderTest, AddsWhatWasFoundBeforeTheSourcesServiceFailed)
{
    EXPECT_EQ(add(lines(1, 5) + "down\n" + lines(6, 9)).status, ExitStatus::unavailable);
    EXPECT_THAT(host.logged(), HasSubstr("the scripted service is down"));
    EXPECT_EQ(inQueue(), 5U);
    EXPECT_EQ(echoed(), lines(1, 5));
}

TEST_F(AdderTest, EndsEarlyAtTheOperatorsWishAndSaysSo)
{
    host.stop.request();
    const auto report = add(lines(1, 5));
    EXPECT_EQ(report.status, ExitStatus::later);
    EXPECT_THAT(host.logged(), HasSubstr("add the same input again for the rest"));
}

TEST_F(AdderTest, NamesTheFilesThatItCannotUse)
{
    const auto refusal = [&](AddFiles files) -> std::string {
        Adder adder(host.queue, porchPipeline(host.pipeline()), std::move(files),
                    host.assembly().logger(), host.stop);
        const auto source = host.assembly().makeSource(host.pipeline());
        try {
            adder.run(*source.instance);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "was used";
    };
    const auto absent = (facility.folder() / "absent/file").string();
    EXPECT_THAT(refusal({absent, output().string()}), HasSubstr(absent + ": cannot be opened"));
    EXPECT_THAT(refusal({output().string(), absent}), HasSubstr(absent + ": cannot be opened"));
}

} // namespace
} // namespace notifyhost::host
