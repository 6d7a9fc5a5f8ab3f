#include "MailBench.h"
#include "SmtpClient.h"
#include "support/SmtpFaults.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace notifyhost::test {

namespace {

const std::vector<std::string> kRecipients{"anna@example.org", "bert@example.org",
                                           "cleo@example.org"};

constexpr std::chrono::milliseconds kShort{1000};

/// Short where the cell waits, long everywhere else, so that a busy machine changes nothing.
email::EmailSettings settingsFor(const SmtpCell& cell, int port)
{
    email::EmailSettings settings = coveredSettings(port);
    if (!cell.waits()) {
        return settings;
    }
    email::StageLimits& limits = settings.limits;
    switch (cell.stage) {
    case SmtpStage::connect:
        limits.connect = kShort;
        limits.greeting = kShort;
        break;
    case SmtpStage::greeting:
        limits.greeting = kShort;
        break;
    case SmtpStage::ehlo:
        limits.helo = kShort;
        break;
    case SmtpStage::startTls:
    case SmtpStage::handshake:
        limits.tls = kShort;
        break;
    case SmtpStage::auth:
        limits.auth = kShort;
        break;
    case SmtpStage::mail:
        limits.mail = kShort;
        break;
    case SmtpStage::rcpt1:
    case SmtpStage::rcpt2:
        limits.rcpt = kShort;
        break;
    case SmtpStage::data:
        limits.data = kShort;
        break;
    case SmtpStage::afterDot:
        limits.final = kShort;
        break;
    case SmtpStage::rset:
        limits.reset = kShort;
        break;
    case SmtpStage::quit:
        limits.quit = kShort;
        break;
    }
    return settings;
}

/// Where the reason of a failure must say that it happened.
std::string stepOf(const SmtpCell& cell)
{
    switch (cell.stage) {
    // Without EHLO there is HELO, but no STARTTLS.
    case SmtpStage::ehlo:
        return cell.fault == SmtpFault::permanent ? ", STARTTLS: " : ", EHLO: ";
    case SmtpStage::startTls:
        return ", STARTTLS: ";
    case SmtpStage::handshake:
        return ", certificate: ";
    case SmtpStage::auth:
        return ", AUTH: ";
    case SmtpStage::mail:
        return ", sender: ";
    case SmtpStage::rcpt1:
    case SmtpStage::rcpt2:
        return ", recipient: ";
    case SmtpStage::data:
        return ", data: ";
    case SmtpStage::afterDot:
        return ", final answer: ";
    default:
        return ", ";
    }
}

/// Everything that is not as the cell says; empty: nothing.
std::string differences(const SmtpCell& cell, const Outcome& outcome,
                        const RecordingContext& context, const SmtpFaultPeer& peer)
{
    std::string result;
    const auto expect = [&](bool holds, const std::string& what) {
        result += holds ? "" : "  " + what + "\n";
    };
    expect(outcome.verdict == cell.verdict, "verdict is not " + toText(cell.verdict));
    expect(outcome.scope == cell.scope, "scope is wrong");
    expect(outcome.credentials == cell.credentials, "credentials is wrong");
    expect(outcome.perRecipient.size() == (cell.recipient == 0 ? 0 : 1), "perRecipient is wrong");
    for (const RecipientOutcome& one : outcome.perRecipient) {
        expect(cell.recipient != 0 &&
                   one.address == kRecipients[static_cast<std::size_t>(cell.recipient - 1)] &&
                   one.verdict == cell.recipientVerdict && one.code != 0,
               "the recipient's outcome is wrong");
    }
    const bool sent = cell.verdict == Verdict::delivered || cell.stage == SmtpStage::afterDot;
    expect(context.commits == (sent ? 1 : 0),
           "commit() was called " + std::to_string(context.commits) + " times");
    expect(peer.messages().size() == (sent ? 1 : 0),
           "the server has " + std::to_string(peer.messages().size()) + " messages");
    if (cell.verdict != Verdict::delivered) {
        expect(outcome.reason.find(stepOf(cell)) != std::string::npos,
               "the reason does not name the step");
    }
    return result;
}

std::string walk(const SmtpCell& cell, const SmtpServerOptions& options)
{
    const SmtpFaultPeer peer(cell, options);
    RecordingLog log;
    RecordingContext context;
    Outcome outcome;
    {
        email::SmtpClient client(settingsFor(cell, peer.port()), net::network(), log);
        if (cell.stage == SmtpStage::rset) {
            RecordingContext first;
            if (client.deliver(kSmallMessage, envelopeTo(kRecipients), first).code != 554) {
                return "  the first message is not refused\n";
            }
        }
        outcome = client.deliver(kSmallMessage, envelopeTo(kRecipients), context);
    }
    std::string result = differences(cell, outcome, context, peer);
    if (cell.stage == SmtpStage::rset && peer.connections() != 2) {
        result += "  the connection was not made anew\n";
    }
    return result.empty() ? "" : cell.name() + " came to " + toText(outcome) + "\n" + result;
}

/// Walks all cells, several at a time, because some wait for a second.
std::string walkAll(const SmtpServerOptions& options)
{
    const std::vector<SmtpCell> cells = smtpCells();
    std::atomic<std::size_t> next{};
    std::mutex mutex;
    std::string problems;
    std::vector<std::thread> walkers;
    for (int count = 0; count < 24; ++count) {
        walkers.emplace_back([&] {
            for (std::size_t at; (at = next++) < cells.size();) {
                const std::string problem = walk(cells[at], options);
                const std::lock_guard lock(mutex);
                problems += problem;
            }
        });
    }
    for (std::thread& walker : walkers) {
        walker.join();
    }
    return problems;
}

} // namespace

TEST(SmtpFaultMatrix, HasEveryStageWithEveryFault)
{
    EXPECT_EQ(smtpCells().size(), 13U * 10U);
}

TEST(SmtpFaultMatrix, ComesToTheStatedOutcomeInEveryCell)
{
    EXPECT_EQ(walkAll(coveredServer()), "");
}

TEST(SmtpFaultMatrix, ComesToTheSameWhereCommandsGoOneByOne)
{
    SmtpServerOptions options = coveredServer();
    std::erase(options.capabilities, "PIPELINING");
    EXPECT_EQ(walkAll(options), "");
}

} // namespace notifyhost::test
