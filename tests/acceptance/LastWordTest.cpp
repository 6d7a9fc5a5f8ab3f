#include "acceptance/Desk.h"
#include "support/LangQcStandIn.h"
#include "support/ScriptedSmtpServer.h"

#include <gmock/gmock.h>

#include <atomic>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// One PacBio well, judged in a stand-in for LangQC, and mails through a real SMTP dialogue.
class Well {
public:
    Well()
        : site("[source.pacbio]\nplugin = pacbio\nlangqc_url = " + langQc.url() +
               "\n[transport.smtp]\nplugin = email\nhost = 127.0.0.1\nport = " +
               std::to_string(server.port()) +
               "\ntls = off\nfrom = sequencing@example.org\n"
               "[pipeline.wells]\nporch_name = wells\nporch_uri = https://example.org/wells\n"
               "porch_version = 1\nsource = pacbio\ntransport = smtp\n")
    {
    }

    /// LangQC's word, told in a task of its own; returns what the run said.
    ProcessResult judge(const std::string& state, bool outcome, const std::string& date,
                        const std::string& more = "")
    {
        langQc.answer("products/qc",
                      answer(200, R"({")" + product::kOneLibrary + R"(":[{"qc_state":")" + state +
                                      R"(","is_preliminary":false,"outcome":)" +
                                      (outcome ? "true" : "false") + R"(,"id_product":")" +
                                      product::kOneLibrary +
                                      R"(","qc_type":"sequencing","date_updated":")" + date + "\"" +
                                      more + "}]}"));
        const auto added = site.notifyhost({"add", "wells"});
        EXPECT_EQ(added.status, 0) << added.error;
        return site.notifyhost({"-v", "run", "wells"});
    }

    /// The subjects of what was taken, in order.
    std::vector<std::string> subjects() const
    {
        std::vector<std::string> result;
        for (const auto& message : server.messages()) {
            const auto at = message.octets.find("Subject: ") + 9;
            result.push_back(message.octets.substr(at, message.octets.find("\r\n", at) - at));
        }
        return result;
    }

    /// The id of the task with this state.
    std::string task(const std::string& state)
    {
        std::istringstream lines(site.notifyhost({"list", "wells"}).output);
        for (std::string line; std::getline(lines, line);) {
            if (line.find("\"qc_state\":\"" + state) != std::string::npos) {
                return line.substr(line.find('\t') + 1, 64);
            }
        }
        ADD_FAILURE() << "no task says " << state;
        return "";
    }

    std::string explained(const std::string& id)
    {
        return site.notifyhost({"explain", "wells", id}).output;
    }

    std::atomic<bool> greyLists{false};
    LangQcStandIn langQc;
    ScriptedSmtpServer server{[this](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        if (greyLists && turn.moment == SmtpMoment::rcpt) {
            return SmtpAnswer{"451 4.7.1 greylisted\r\n"};
        }
        return std::nullopt;
    }};
    Site site;
};

TEST(LastWord, IsTheVerdictThatCountsWhereAnEarlierOneWasPutOff)
{
    Well well;
    well.greyLists = true;
    EXPECT_EQ(well.judge("Passed", true, "2026-10-28T11:09:25").status, 75);
    well.greyLists = false;
    const auto failed = well.judge("Failed, SMRT cell", false, "2026-11-25T21:00:00");
    EXPECT_EQ(failed.status, 0) << failed.error;
    EXPECT_THAT(failed.error, HasSubstr("2 done (0 in part, 0 with nobody to tell, 1 superseded"));
    ASSERT_THAT(well.subjects(), testing::Each(HasSubstr("QC failed")));
    const auto told = well.subjects().size();
    EXPECT_GT(told, 0U);

    const auto passed = well.task("Passed");
    EXPECT_THAT(well.explained(passed),
                AllOf(HasSubstr("superseded, 1 attempt"), HasSubstr("451 4.7.1 greylisted"),
                      HasSubstr("says what is newer")));
    EXPECT_THAT(well.explained(passed),
                AllOf(HasSubstr("queue: DONE"), HasSubstr("ledger: done: superseded or repeated")));
    const auto again = well.site.notifyhost({"run", "wells"});
    EXPECT_EQ(again.status, 0) << again.error;
    EXPECT_EQ(well.subjects().size(), told) << "the last word stays the last";
}

TEST(LastWord, IsTheLatestOfThreeVerdictsAndTheRunCountsTheOthers)
{
    Well well;
    well.greyLists = true;
    well.judge("Passed", true, "2026-10-28T11:09:25");
    const auto second = well.judge("Failed, SMRT cell", false, "2026-10-29T11:09:25.5");
    EXPECT_EQ(second.status, 75) << "one is ended, and the other waits";
    EXPECT_THAT(second.error, AllOf(HasSubstr("1 done"), HasSubstr("1 superseded or repeated"),
                                    HasSubstr("1 to be tried again")));
    EXPECT_TRUE(well.subjects().empty());
    well.greyLists = false;
    const auto last = well.judge("Passed", true, "2026-10-30T11:09:25+00:00");
    EXPECT_EQ(last.status, 0) << last.error;
    EXPECT_THAT(well.subjects(), testing::Each(HasSubstr("QC passed")));
    EXPECT_EQ(well.subjects().size(), 2U);
    EXPECT_THAT(last.error, HasSubstr("1 superseded or repeated"));
    const auto next = well.site.notifyhost({"-v", "run", "wells"});
    EXPECT_EQ(next.status, 0) << next.error;
    EXPECT_EQ(well.subjects().size(), 2U);
}

TEST(LastWord, IsNotSaidAgainForAFieldThatLangQcAdds)
{
    Well well;
    well.judge("Passed", true, "2026-10-28T11:09:25");
    EXPECT_EQ(well.subjects().size(), 2U);
    const auto again =
        well.judge("Passed", true, "2026-10-28T11:09:25.000Z", R"(,"new_field":"of LangQC 3")");
    EXPECT_EQ(again.status, 0) << again.error;
    EXPECT_THAT(again.error, HasSubstr("1 superseded or repeated"));
    EXPECT_EQ(well.subjects().size(), 2U);
    EXPECT_THAT(well.site.notifyhost({"list", "wells"}).output,
                AllOf(HasSubstr("new_field"), Not(HasSubstr("FAILED"))));
}

std::string word(const std::string& about, const std::string& asOf, const std::string& says,
                 const std::string& to)
{
    return R"({"notifications":[{"key":"study 1","about":")" + about + R"(","as_of":")" + asOf +
           R"(","says":")" + says + R"(","to":[")" + to + R"("]}]})";
}

TEST(LastWord, SaysThatItReplacesOneThatIsInDoubt)
{
    Desk desk;
    desk.folder().write("templates/scripted_source/text.mustache",
                        "{{says}}{{#replaces_earlier}}, not as told ({{replaces_as_of}})"
                        "{{/replaces_earlier}}");
    const auto passed = desk.work(word("well", "2026-10-28T11:09:25", "passed", "doubt@x.org"));
    ASSERT_THAT(desk.explained(passed), HasSubstr("unknown"));
    desk.folder().write("peer.mended", "");
    const auto failed = desk.work(word("well", "2026-10-29T11:09:25", "failed", "doubt@x.org"));
    EXPECT_THAT(desk.explained(passed),
                AllOf(HasSubstr("superseded"), HasSubstr("task " + failed.substr(0, 12)),
                      HasSubstr("an earlier copy of this may have arrived")));
    {
        ledger::Ledger ledger(desk.folder() / "state/ledger.sqlite", "mails", "a test",
                              [] { return ledger::ClaimTime{}; });
        EXPECT_THAT(ledger.deliveries(failed).front().bytes,
                    HasSubstr("failed, not as told (2026-10-28T11:09:25Z)"));
        EXPECT_THAT(ledger.deliveries(passed).front().bytes, Not(HasSubstr("not as told")));
    }
    // One that is composed after it is superseded at once, and all end DONE.
    const auto late = desk.work(word("well", "2026-10-28T12:00:00", "late", "doubt@x.org"));
    EXPECT_THAT(desk.explained(late), AllOf(HasSubstr("superseded"), HasSubstr("Nothing is wrong"),
                                            HasSubstr("queue: DONE")));
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_THAT(desk.explained(passed), HasSubstr("queue: DONE"));
    EXPECT_THAT(desk.taken(), testing::AllOf(HasSubstr("doubt@x.org"), Not(HasSubstr("late"))));
}

TEST(LastWord, IsToldAgainWhereTheSiteWishesThat)
{
    Desk desk("repeat = tell\n");
    desk.work(word("run", "", "uploaded", "ada@x.org"));
    desk.work(
        R"({"notifications":[{"key":"study 2","about":"run","says":"uploaded","to":["ada@x.org"]}]})");
    const auto twice = desk.taken();
    EXPECT_NE(twice.find("ada@x.org"), twice.rfind("ada@x.org"));
}

/// What the ledger froze for the task's first delivery.
std::string bytesOf(const Desk& desk, const std::string& task)
{
    ledger::Ledger ledger(desk.folder() / "state/ledger.sqlite", "mails", "a test",
                          [] { return ledger::ClaimTime{}; });
    return ledger.deliveries(task).front().bytes;
}

TEST(Mended, AnAddressIsUsedByRetry)
{
    Desk desk;
    const auto id = desk.tell(R"("never@x.org")");
    EXPECT_THAT(desk.explained(id), HasSubstr("composed anew, with contacts, sender, templates"));
    desk.folder().write("source.contacts", "right@x.org");
    EXPECT_THAT(desk.notifyhost({"retry", "mails", id}).output, HasSubstr("composed anew"));
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_THAT(desk.taken(), testing::StartsWith("right@x.org "));
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr("right@x.org: accepted"), HasSubstr("queue: DONE"),
                      Not(HasSubstr("never@x.org: "
                                    "deferred"))));
}

TEST(Mended, ARecipientWhoWasReplacedWhileADeliveryWaitedIsNotTold)
{
    Desk desk;
    const auto id = desk.tell(R"("later@x.org")");
    desk.folder().write("source.contacts", "successor@x.org");
    desk.folder().write("peer.mended", "");
    desk.notifyhost({"retry", "mails", id});
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_THAT(desk.taken(),
                AllOf(testing::StartsWith("successor@x.org "), Not(HasSubstr("later@x.org"))));
}

TEST(Mended, ATemplateIsUsedByRetryAndTheOldWordsByRetryFrozen)
{
    for (const bool frozen : {false, true}) {
        Desk desk;
        const auto id = desk.tell(R"("never@x.org")");
        desk.folder().write("templates/scripted_source/text.mustache", "mended words");
        const std::vector<std::string> retry{"retry", "mails", id};
        desk.notifyhost(frozen ? std::vector<std::string>{"retry", "mails", id, "--frozen"}
                               : retry);
        desk.folder().write("peer.mended", "");
        EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
        EXPECT_EQ(bytesOf(desk, id).find("mended words") == std::string::npos, frozen);
    }
}

TEST(Mended, NothingIsWhereSomebodyWasToldOfIt)
{
    Desk desk;
    const auto id = desk.tell(R"("ada@x.org","later@x.org")");
    desk.folder().write("source.contacts", "ada@x.org successor@x.org");
    EXPECT_THAT(desk.explained(id), HasSubstr("with the same bytes and addresses"));
    desk.folder().write("peer.mended", "");
    EXPECT_THAT(desk.notifyhost({"retry", "mails", id}).output,
                HasSubstr("1 recipient due again with the same bytes"));
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_THAT(desk.taken(), AllOf(HasSubstr("later@x.org "), Not(HasSubstr("successor"))));
}

TEST(Mended, ThatCannotBeComposedIsTriedAgain)
{
    Desk desk;
    const auto id = desk.tell(R"("never@x.org")");
    desk.folder().write("templates/scripted_source/text.mustache", "{{unknown}}");
    desk.notifyhost({"retry", "mails", id});
    desk.notifyhost({"run", "mails"});
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr("It cannot be composed yet"), HasSubstr("queue: RUNNING")));
    desk.folder().write("templates/scripted_source/text.mustache", "known");
    desk.folder().write("peer.mended", "");
    desk.notifyhost({"retry", "mails", id});
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(bytesOf(desk, id).substr(bytesOf(desk, id).rfind('|') + 1), "known");
}

TEST(Mended, AContactThatWasAddedAfterNobodyIsToldByRetell)
{
    Desk desk;
    const auto id = desk.tell("");
    EXPECT_THAT(desk.explained(id), AllOf(HasSubstr("1 notification without a contact"),
                                          HasSubstr("`notifyhost retell mails " + id.substr(0, 12)),
                                          Not(HasSubstr("notifyhost retry"))));
    EXPECT_EQ(desk.notifyhost({"retry", "mails", id}).status, 1);
    desk.folder().write("source.contacts", "new@x.org");
    EXPECT_EQ(desk.notifyhost({"retell", "mails", id}).status, 0);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_THAT(desk.taken(), testing::StartsWith("new@x.org "));
}

TEST(Mended, ASenderThatTheRelayRefusedIsUsedByRetry)
{
    const ScriptedSmtpServer server([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        if (turn.moment == SmtpMoment::dot &&
            turn.command.find("From: new@example.org") == std::string::npos)
        {
            return SmtpAnswer{"550 5.7.1 that From is not yours\r\n"};
        }
        return std::nullopt;
    });
    const auto configured = [&](const std::string& from) {
        return "[transport.smtp]\nplugin = email\nhost = 127.0.0.1\nport = " +
               std::to_string(server.port()) + "\ntls = off\nfrom = " + from +
               "\n[pipeline.runs]\nporch_name = runs\nporch_uri = https://example.org/runs\n"
               "porch_version = 1\nsource = ont\ntransport = smtp\n";
    };
    Site site(configured("old@example.org"));
    site.notifyhost({"add", "runs"}, sampleLines("sample-baton.jsonl").front() + "\n");
    site.notifyhost({"run", "runs"});
    ASSERT_THAT(site.notifyhost({"list", "runs"}).output, testing::StartsWith("FAILED"));
    auto text = readFile(site.folder() / "notifyhost.ini");
    text.replace(text.find("old@example.org"), 15, "new@example.org");
    site.folder().write("notifyhost.ini", text);
    site.notifyhost({"retry", "runs", "--all", "--yes"});
    const auto run = site.notifyhost({"run", "runs"});
    EXPECT_EQ(run.status, 0) << run.error;
    EXPECT_THAT(site.notifyhost({"list", "runs"}).output, testing::StartsWith("DONE"));
    EXPECT_THAT(server.messages().back().octets, HasSubstr("From: new@example.org"));
}

} // namespace
} // namespace notifyhost::test
