#include "warehouse/ContactRules.h"

#include "Engines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Found = StudyContacts::Found;

class ContactRules : public BothEngines {
protected:
    StudyContacts contactsOf(const std::string& study) const
    {
        return open()->contacts({study}).at(0);
    }
};

/// Lets a test see how often and with what a warehouse is asked.
class CountingWarehouse : public Warehouse {
public:
    explicit CountingWarehouse(Warehouse& inner) : _inner(inner) {}

    std::vector<Row> query(std::string_view sql,
                           const std::vector<std::string>& parameters) override
    {
        ++queries;
        lastParameters = parameters;
        return _inner.query(sql, parameters);
    }

    std::vector<StudyContacts> contacts(const std::vector<std::string>& studies) override
    {
        return warehouse::readContacts(*this, studies);
    }

    int queries{};
    std::vector<std::string> lastParameters;

private:
    Warehouse& _inner;
};

INSTANTIATE_TEST_SUITE_P(, ContactRules, ::testing::Values(Engine::sqlite, Engine::mariaDb),
                         nameOf);

TEST_P(ContactRules, AnswersEveryStudyOfTheSample)
{
    const auto answers = open()->contacts({"7101", "7102", "7103", "7104", "7105", "9999"});
    ASSERT_EQ(answers.size(), 6u);
    EXPECT_THAT(answers[0].addresses, ElementsAre("ada.marsh@example.org", "b.okafor@example.org"));
    EXPECT_THAT(answers[1].addresses,
                ElementsAre("l.ito@example.org", "m.wren@example.org", "s.holm@example.org"));
    EXPECT_THAT(answers[2].addresses, IsEmpty());
    EXPECT_THAT(answers[3].addresses, ElementsAre("ada.marsh@example.org", "k.nowak@example.com"));
    EXPECT_THAT(answers[4].addresses, IsEmpty());
    EXPECT_THAT(answers[5].addresses, IsEmpty());
}

TEST_P(ContactRules, TellsAStudyWithoutPeopleFromAnUnknownOne)
{
    EXPECT_EQ(contactsOf("7105").found, Found::known);
    EXPECT_THAT(contactsOf("7105").lims, ElementsAre("SQSCP"));
    EXPECT_EQ(contactsOf("7103").found, Found::known);
    EXPECT_EQ(contactsOf("9999").found, Found::unknown);
    EXPECT_THAT(contactsOf("9999").lims, IsEmpty());
}

TEST_P(ContactRules, NamesEveryLimsOfANumberGivenTwice)
{
    const StudyContacts twice = contactsOf("7201");
    EXPECT_EQ(twice.found, Found::ambiguous);
    EXPECT_THAT(twice.lims, ElementsAre("GCLP", "SQSCP"));
    EXPECT_THAT(twice.addresses, IsEmpty());
}

TEST_P(ContactRules, ComparesRolesExactlyAndKeepsAddressesAsTheyAre)
{
    EXPECT_THAT(contactsOf("7203").addresses,
                ElementsAre("", "  spaced@example.org ", "Dora Display <dora@example.org>",
                            "Zed.Ash@example.org", "not-an-address",
                            "one@example.org, two@example.org", "zed.ash@example.org"));
}

TEST_P(ContactRules, AnswersInTheOrderAskedForAndAsOftenAsAsked)
{
    const auto answers = open()->contacts({"815", "9999", "7104", "7101", "815"});
    ASSERT_EQ(answers.size(), 5u);
    EXPECT_EQ(answers[0].study, "815");
    EXPECT_THAT(answers[0].addresses, ElementsAre("other@example.org"));
    EXPECT_EQ(answers[1].study, "9999");
    EXPECT_EQ(answers[1].found, Found::unknown);
    EXPECT_EQ(answers[2].study, "7104");
    EXPECT_EQ(answers[3].study, "7101");
    EXPECT_EQ(answers[4].study, "815");
    EXPECT_THAT(answers[4].addresses, ElementsAre("other@example.org"));
}

TEST_P(ContactRules, ComparesStudyNumbersExactly)
{
    EXPECT_EQ(contactsOf("7101 ").found, Found::unknown);
    EXPECT_EQ(contactsOf("7101x").found, Found::unknown);
    EXPECT_EQ(contactsOf("07101").found, Found::unknown);
    EXPECT_EQ(contactsOf("７１０１").found, Found::unknown);
    EXPECT_EQ(contactsOf("").found, Found::unknown);
}

TEST_P(ContactRules, TakesAnOddNumberAsAText)
{
    EXPECT_EQ(contactsOf("7101' OR '1'='1").found, Found::unknown);
    EXPECT_EQ(contactsOf(std::string("7101\0", 5)).found, Found::unknown);
    EXPECT_EQ(contactsOf(std::string(100'000, '7')).found, Found::unknown);
}

TEST_P(ContactRules, KnowsNoNumberThatTheWarehouseCouldNotHold)
{
    const auto answers = open()->contacts({"7101\xF0\x9F\x90\x9A", "7101"});
    EXPECT_EQ(answers.at(0).found, Found::unknown);
    EXPECT_EQ(answers.at(1).found, Found::known);
}

TEST_P(ContactRules, AsksOnceForManyStudies)
{
    const auto inner = open();
    CountingWarehouse counted(*inner);
    EXPECT_EQ(counted.contacts({"7101", "7102", "7101", "7104"}).size(), 4u);
    EXPECT_EQ(counted.queries, 1);
    EXPECT_THAT(counted.lastParameters, ElementsAre("7101", "7102", "7104"));
}

TEST_P(ContactRules, AsksNothingForNoStudies)
{
    const auto inner = open();
    CountingWarehouse counted(*inner);
    EXPECT_THAT(counted.contacts({}), IsEmpty());
    EXPECT_EQ(counted.queries, 0);
}

} // namespace

} // namespace notifyhost::test
