#include "OntTesting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include <malloc.h>

namespace notifyhost::ont {

namespace {

using namespace notifyhost::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StartsWith;

FoundEvents discover(const std::string& text, std::map<std::string, std::string> values = {})
{
    WarehouseOnly services;
    const auto source = makeOntSource();
    EXPECT_THAT(configureOnt(*source, services, std::move(values)), IsEmpty());
    TextInput input(text);
    FoundEvents found;
    source->discover(input, found);
    return found;
}

TEST(OntDiscover, PassesEachLineOnAsItWasRead)
{
    const std::string line = batonLine("1");
    const FoundEvents found =
        discover("  " + line + "  \r\n" + line + "\n" + batonLine("\" 02 \""));
    ASSERT_THAT(found.events, SizeIs(3));
    EXPECT_EQ(found.events[0].echo, "  " + line + "  \n");
    EXPECT_EQ(found.events[1].echo, line + "\n");
    EXPECT_EQ(found.events[2].echo, batonLine("\" 02 \"") + "\n");
    EXPECT_EQ(found.events[0].origin, "line 1");
    EXPECT_EQ(found.events[2].origin, "line 3");
    EXPECT_EQ(found.events[0].inputJson, found.events[1].inputJson);
    EXPECT_EQ(found.events[0].inputJson,
              R"({"event":"uploaded","experiment_name":"E1","flowcell_id":"F1",)"
              R"("instrument_slot":1,"path":"/seq/ont/1"})");
}

TEST(OntDiscover, ReportsBadLinesByNumberAndGoesOn)
{
    const FoundEvents found =
        discover("\n" + batonLine("1") + "\nnonsense\n" + batonLine("99") + "\n" + batonLine("2"));
    EXPECT_THAT(found.refused,
                ElementsAre(Pair("line 1", "it is empty"), Pair("line 3", StartsWith("it is not")),
                            Pair("line 4", HasSubstr("is not within 1 to 24"))));
    ASSERT_THAT(found.events, SizeIs(2));
    EXPECT_EQ(found.events[1].origin, "line 5");
}

TEST(OntDiscover, RefusesALineOverOneMebibyteAndReadsTheNext)
{
    const std::string pad(std::size_t{1} << 20, ' ');
    const std::string line = batonLine("1");
    const std::string longest = line + pad.substr(line.size());
    const FoundEvents found = discover(longest + "\n" + longest + " \n" + line + "\n");
    EXPECT_THAT(found.refused, ElementsAre(Pair("line 2", "it is longer than 1048576 octets")));
    ASSERT_THAT(found.events, SizeIs(2));
    EXPECT_EQ(found.events[0].echo, longest + "\n");
    EXPECT_EQ(found.events[1].origin, "line 3");
}

TEST(OntDiscover, FindsNothingInAnEmptyInput)
{
    const FoundEvents found = discover("");
    EXPECT_THAT(found.events, IsEmpty());
    EXPECT_THAT(found.refused, IsEmpty());
}

TEST(OntDiscover, ReadsTheSamples)
{
    const std::string text = readFile(TEST_DATA "/sample-baton.jsonl");
    const FoundEvents found = discover(text);
    EXPECT_THAT(found.refused, IsEmpty());
    ASSERT_THAT(found.events, SizeIs(40));
    std::string echoes;
    for (const FoundEvent& event : found.events) {
        echoes += event.echo.value();
    }
    EXPECT_EQ(echoes, text);
    const FoundEvents bad = discover(readFile(TEST_DATA "/sample-baton-bad.jsonl"));
    ASSERT_THAT(bad.events, SizeIs(1));
    EXPECT_EQ(bad.events[0].origin, "line 28");
    EXPECT_THAT(bad.refused, SizeIs(37));
}

TEST(OntDiscover, StoresTheEventAsGiven)
{
    for (const std::string event : {"UPLOADED", "BASECALLED_SUP", "basecalled (HAC)"}) {
        const FoundEvents found = discover(batonLine("1"), {{"event", event}});
        ASSERT_THAT(found.events, SizeIs(1));
        EXPECT_THAT(found.events[0].inputJson, StartsWith("{\"event\":\"" + event + "\","));
    }
}

TEST(OntDiscover, StopsBetweenLinesWhenAskedTo)
{
    WarehouseOnly services;
    const auto source = makeOntSource();
    configureOnt(*source, services);
    TextInput input(batonLine("1") + "\n" + batonLine("2") + "\n" + batonLine("3") + "\n");
    input.stopAfter(2);
    FoundEvents found;
    source->discover(input, found);
    EXPECT_THAT(found.events, SizeIs(2));
}

TEST(OntDiscover, ReportsAnInputThatBreaksOff)
{
    class FolderInput : public DiscoverContext {
    public:
        std::istream& input() override { return _stream; }
        bool cancelled() const override { return false; }

    private:
        std::ifstream _stream{TEST_DATA};
    };
    WarehouseOnly services;
    const auto source = makeOntSource();
    configureOnt(*source, services);
    FolderInput input;
    FoundEvents found;
    try {
        source->discover(input, found);
        FAIL() << "a folder was read";
    } catch (const ServiceError& error) {
        EXPECT_THAT(error.what(), StartsWith("reading the input after line 0: "));
    }
}

/// Makes the same lines again and again, and forgets what it is given.
class EndlessLines : public std::streambuf, public DiscoverContext, public DiscoverSink {
public:
    EndlessLines(std::string text, int repeats) : _text(std::move(text)), _repeats(repeats) {}

    std::istream& input() override { return _stream; }
    bool cancelled() const override { return false; }
    void add(FoundEvent) override { ++accepted; }
    void bad(std::string, std::string) override { ++refused; }

    int accepted{};
    int refused{};

protected:
    int_type underflow() override
    {
        if (_repeats-- == 0) {
            return traits_type::eof();
        }
        setg(_text.data(), _text.data(), _text.data() + _text.size());
        return traits_type::to_int_type(*gptr());
    }

private:
    std::string _text;
    int _repeats;
    std::istream _stream{this};
};

TEST(OntDiscover, KeepsItsMemoryFlat)
{
    WarehouseOnly services;
    const auto source = makeOntSource();
    configureOnt(*source, services);
    EndlessLines few(readFile(TEST_DATA "/sample-baton.jsonl") + "\n[\nx\n", 100);
    source->discover(few, few);
    const std::size_t before = mallinfo2().uordblks;
    EndlessLines many(readFile(TEST_DATA "/sample-baton.jsonl") + "\n[\nx\n", 1000);
    source->discover(many, many);
    EXPECT_EQ(many.accepted, 40'000);
    EXPECT_EQ(many.refused, 3'000);
    EXPECT_LT(mallinfo2().uordblks, before + 100'000);
}

TEST(OntSettings, RefuseAnUnknownEventWithASuggestion)
{
    WarehouseOnly services;
    const auto source = makeOntSource();
    const std::vector<Problem> problems =
        configureOnt(*source, services, {{"event", "BASECALED_HAC"}});
    ASSERT_THAT(problems, SizeIs(1));
    EXPECT_EQ(problems[0].setting, "event");
    EXPECT_THAT(problems[0].text, HasSubstr("did you mean BASECALLED_HAC?"));
}

} // namespace

} // namespace notifyhost::ont
