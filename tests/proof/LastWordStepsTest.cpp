#include "proof/Backlog.h"
#include "proof/StepWalk.h"
#include "proof/Verdicts.h"

#include <iostream>
#include <optional>
#include <set>

namespace notifyhost::test {
namespace {

/// What becomes of the first verdict, before the well is judged again.
enum class Before { putOff, inDoubt };

/// A run that holds the first verdict about a well and finds the second is stopped after each call.
class LastWordSteps : public testing::TestWithParam<Before> {
protected:
    LastWordSteps()
    {
        ScriptedSmtpServer server([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
            if (GetParam() == Before::putOff && turn.moment == SmtpMoment::rcpt) {
                return SmtpAnswer{"451 4.7.1 greylisted\r\n"};
            }
            if (GetParam() == Before::inDoubt && turn.moment == SmtpMoment::dot) {
                return SmtpAnswer{"", SmtpAnswer::Then::close};
            }
            return std::nullopt;
        });
        auto settings = settingsFor(server.port());
        std::filesystem::create_directory(_folder / "site");
        _original.emplace(_folder / "site", settings);
        _verdicts.judge(*_original, 0);
        _original->operate({"run", "wells"});
        for (const auto& [whom, messages] : told({&server})) {
            _toldBefore.insert(whom.substr(whom.rfind(' ') + 1));
        }
        _verdicts.judge(*_original, 1);
    }

    ProofSettings settingsFor(int port) const
    {
        ProofSettings settings;
        settings.port = port;
        settings.pipeline = {{"workers", "1"}, {"stale_after", "2 h"}};
        settings.langQc = _verdicts.url();
        return settings;
    }

    /// The subjects that a mail server took for each recipient, in order, and octet by octet.
    static std::map<std::string, std::vector<std::pair<std::string, std::string>>>
    words(const ScriptedSmtpServer& server)
    {
        std::map<std::string, std::vector<std::pair<std::string, std::string>>> result;
        for (const auto& message : server.messages()) {
            const auto begin = message.octets.find("Subject: ") + 9;
            const auto& recipient = message.recipients.at(0);
            const auto address = recipient.find('<') + 1;
            result[recipient.substr(address, recipient.find('>', address) - address)].emplace_back(
                message.octets.substr(begin, message.octets.find("\r\n", begin) - begin),
                message.octets);
        }
        return result;
    }

    bool attempt(long number, std::string& problems)
    {
        const TemporaryFolder folder;
        ProofSite site(*_original, folder / "site");
        const ScriptedSmtpServer server;
        site.configure(settingsFor(server.port()));
        const auto first = site.operate({"run", "wells"}, {}, {number});
        const bool stopped = wasStopped(first);
        if (!stopped && first.status != 0) {
            problems += "without a stop the run ends with " + std::to_string(first.status) + ": " +
                        first.error;
        }
        const auto then = look(site.queue(), site.ledger());
        const auto ended = letThemEnd(site, "wells");
        for (const auto& [id, task] : ended) {
            if (task.queue != "DONE" || task.ledger != "done") {
                problems += "a task is " + task.queue + ", in the ledger " + task.ledger + "\n";
            }
        }
        const auto heard = words(server);
        if (heard.size() != 2) {
            problems += std::to_string(heard.size()) + " of 2 recipients were told\n";
        }
        for (const auto& [address, all] : heard) {
            problems += judge(address, all, then);
        }
        return stopped;
    }

    /// Whatever is wrong with what one recipient got, in this order.
    std::string judge(const std::string& address,
                      const std::vector<std::pair<std::string, std::string>>& all,
                      const StateLook& stopped) const
    {
        std::string problems;
        std::map<std::string, std::size_t> copies;
        std::size_t gaps = 0;
        for (const auto& [id, task] : stopped) {
            for (const auto& recipient : task.recipients) {
                gaps += recipient.address == address && recipient.state == "sending" ? 1 : 0;
            }
        }
        bool newest = false;
        bool older = _toldBefore.count(address) > 0;
        for (const auto& [subject, octets] : all) {
            const bool isNewest = subject.starts_with(Verdicts::subject(1));
            if (newest && !isNewest) {
                problems += address + " got the first verdict after the second\n";
            }
            if (isNewest && subject.ends_with(" replaces") != older) {
                problems += address + " got '" + subject +
                            "', which does not say what it replaces " + "or says it wrongly\n";
            }
            newest = newest || isNewest;
            older = older || !isNewest;
            ++copies[octets];
        }
        if (!newest) {
            problems += address + " was not told the second verdict\n";
        }
        std::size_t more = 0;
        for (const auto& [octets, count] : copies) {
            more += count - 1;
        }
        if (copies.size() > 2 || more > gaps) {
            problems += address + " got " + std::to_string(all.size()) +
                        " messages, which no gap explains\n";
        }
        return problems;
    }

private:
    TemporaryFolder _folder;
    Verdicts _verdicts;
    std::optional<ProofSite> _original;
    std::set<std::string> _toldBefore; ///< who has the first verdict, though its answer was lost
};

TEST_P(LastWordSteps, KeepTheNewestWordTheLastWhereverARunIsStopped)
{
    const auto figures =
        walkSteps([this](long number, std::string& problems) { return attempt(number, problems); });
    std::cout << "a well judged again: stopped after each of " << figures.steps << " calls\n";
    EXPECT_EQ(figures.problems, "");
    EXPECT_GE(figures.steps, 150);
}

INSTANTIATE_TEST_SUITE_P(Each, LastWordSteps, testing::Values(Before::putOff, Before::inDoubt),
                         [](const auto& each) {
                             return each.param == Before::putOff ? "FirstPutOff" : "FirstInDoubt";
                         });

} // namespace
} // namespace notifyhost::test
