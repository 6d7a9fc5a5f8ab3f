#include "proof/ProofSite.h"
#include "proof/StateLook.h"
#include "support/SmtpFaults.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace notifyhost::test {
namespace {

/// One fault at each column, in the order of SmtpFault; the letters stand in kEndings.
struct Row {
    SmtpStage stage;
    std::string_view endings;
};

// a 4xx reply, a 5xx reply, 421 and close, silence, reset, an end in a reply, garbage, an endless
// line, endless lines, slow octets
constexpr Row kTable[] = {
    {SmtpStage::connect, "SSSSSSSSSS"},   {SmtpStage::greeting, "SSSSSSSSSS"},
    {SmtpStage::ehlo, "SSSSSSSSSS"},      {SmtpStage::startTls, "SSSSSSSSSS"},
    {SmtpStage::handshake, "SSSSSSSSSS"}, {SmtpStage::auth, "SCSSSSSSSS"},
    {SmtpStage::mail, "TNTTTTTTTT"},      {SmtpStage::rcpt1, "1aTTTTTTTT"},
    {SmtpStage::rcpt2, "2bTTTTTTTT"},     {SmtpStage::data, "TRTTTTTTTT"},
    {SmtpStage::afterDot, "TRTUUUUUUU"},  {SmtpStage::rset, "FFFFFFFFFF"},
    {SmtpStage::quit, "DDDDDDDDDD"},
};

/// What a later run does, with a server that is well again.
struct Later {
    std::size_t messages{};          ///< that it sends
    std::vector<std::size_t> told{}; ///< the recipients of the message, 0 to 2
    int status{};
};

/// What becomes of the task when the fault strikes, and what the next runs do.
struct Ending {
    char letter{};
    std::array<const char*, 3> states{}; ///< of the deliveries, in the ledger
    const char* queue{};
    int status{};
    Later atOnce; ///< the next run, directly afterwards
    Later inTime; ///< the one after that, a quarter of an hour later
    std::array<const char*, 3> lastStates{"accepted", "accepted", "accepted"};
    const char* lastQueue{"DONE"};
};

const std::vector<std::size_t> kAll{0, 1, 2};

const Ending kEndings[] = {
    // The server as a whole: no attempt is counted, the next run tries at once.
    {'S', {"composed", "composed", "composed"}, "RUNNING", 69, {1, kAll, 0}, {0, {}, 0}},
    // … because it refused who we are.
    {'C', {"composed", "composed", "composed"}, "RUNNING", 77, {1, kAll, 0}, {0, {}, 0}},
    // What the site sends as: nothing is counted.
    {'N', {"composed", "composed", "composed"}, "RUNNING", 78, {1, kAll, 0}, {0, {}, 0}},
    // This message, for now.
    {'T', {"deferred", "deferred", "deferred"}, "RUNNING", 75, {0, {}, 75}, {1, kAll, 0}},
    // This message, for ever.
    {'R',
     {"refused", "refused", "refused"},
     "FAILED",
     1,
     {0, {}, 0},
     {0, {}, 0},
     {"refused", "refused", "refused"},
     "FAILED"},
    // The first or the second recipient, for now.
    {'1', {"deferred", "accepted", "accepted"}, "RUNNING", 75, {0, {}, 75}, {1, {0}, 0}},
    {'2', {"accepted", "deferred", "accepted"}, "RUNNING", 75, {0, {}, 75}, {1, {1}, 0}},
    // The first or the second recipient, for ever.
    {'a',
     {"refused", "accepted", "accepted"},
     "DONE",
     1,
     {0, {}, 0},
     {0, {}, 0},
     {"refused", "accepted", "accepted"}},
    {'b',
     {"accepted", "refused", "accepted"},
     "DONE",
     1,
     {0, {}, 0},
     {0, {}, 0},
     {"accepted", "refused", "accepted"}},
    // Nobody knows: the same octets again.
    {'U', {"unknown", "unknown", "unknown"}, "RUNNING", 75, {0, {}, 75}, {1, kAll, 0}},
    // Nothing is lost.
    {'D', {"accepted", "accepted", "accepted"}, "DONE", 0, {0, {}, 0}, {0, {}, 0}},
    // The task after one that was refused: nothing is lost, and the status tells of the first.
    {'F', {"accepted", "accepted", "accepted"}, "DONE", 1, {0, {}, 0}, {0, {}, 0}},
};

const Ending& endingOf(const SmtpCell& cell)
{
    for (const auto& row : kTable) {
        if (row.stage == cell.stage) {
            const char letter = row.endings.at(static_cast<std::size_t>(cell.fault));
            return *std::find_if(std::begin(kEndings), std::end(kEndings),
                                 [&](const auto& ending) { return ending.letter == letter; });
        }
    }
    throw std::logic_error("a stage that the table does not have: " + cell.name());
}

/// The limit that a silent server meets.
std::vector<std::string> limitsAt(SmtpStage stage)
{
    switch (stage) {
    case SmtpStage::connect:
        return {"connect_timeout_seconds", "greeting_timeout_seconds"};
    case SmtpStage::greeting:
        return {"greeting_timeout_seconds"};
    case SmtpStage::ehlo:
    case SmtpStage::startTls:
    case SmtpStage::handshake:
    case SmtpStage::auth:
        return {"helo_timeout_seconds"};
    case SmtpStage::mail:
        return {"mail_timeout_seconds"};
    case SmtpStage::rcpt1:
    case SmtpStage::rcpt2:
        return {"rcpt_timeout_seconds"};
    case SmtpStage::data:
        return {"data_timeout_seconds"};
    case SmtpStage::afterDot:
        return {"final_timeout_seconds"};
    default:
        return {};
    }
}

/// What all cells share: a certificate, and sites to copy.
class Ground {
public:
    Ground()
    {
        _server.tls = SmtpServerOptions::Tls::starttls;
        _server.certificate = _authority.issue("localhost", "DNS:localhost,IP:127.0.0.1");
        _server.user = "postman";
        _server.password = "rings twice";
        one.add(1, 1);
        two.add(1, 2);
    }

    const SmtpServerOptions& server() const { return _server; }

    ProofSettings settings(int port) const
    {
        ProofSettings settings;
        settings.port = port;
        settings.pipeline = {{"workers", "1"}, {"addressing", "together"}};
        settings.transport = {{"tls", "starttls"},
                              {"ca_file", _authority.certificate()},
                              {"user", _server.user},
                              {"password", _server.password}};
        return settings;
    }

private:
    static std::filesystem::path made(const std::filesystem::path& folder)
    {
        std::filesystem::create_directory(folder);
        return folder;
    }

    TemporaryFolder _folder;
    CertificateAuthority _authority{_folder / "ca", "Test Authority"};
    SmtpServerOptions _server;

public:
    ProofSite one{made(_folder / "one"), {}}; ///< with one task
    ProofSite two{made(_folder / "two"), {}}; ///< with two
};

std::string describe(const TaskLook& task)
{
    std::string text = task.queue + " (" + task.ledger + ")";
    for (const auto& recipient : task.recipients) {
        text += ", " + recipient.state;
    }
    return text;
}

/// Walks one cell of the matrix and notes what is not as the table says.
class Walk {
public:
    Walk(const Ground& ground, const SmtpCell& cell)
        : _ground(ground),
          _cell(cell),
          _ending(endingOf(cell)),
          _site(cell.stage == SmtpStage::rset ? ground.two : ground.one, _folder / "site"),
          _faulty(cell, ground.server()),
          _well({}, ground.server())
    {
    }

    std::string walk()
    {
        auto settings = _ground.settings(_faulty.port());
        for (const auto& limit : limitsAt(_cell.stage)) {
            if (_cell.waits()) {
                settings.transport[limit] = "1";
            }
        }
        _site.configure(settings);
        const auto first = _site.run();
        expect(first.status == _ending.status,
               "the run ends with " + std::to_string(first.status) + ": " + first.error);
        expectTask(_ending.states, _ending.queue);
        _site.configure(_ground.settings(_well.port()));
        expectLater("the next run", _ending.atOnce, _site.run());
        expectLater("a later run", _ending.inTime, _site.runLater(std::chrono::minutes{15}));
        expectTask(_ending.lastStates, _ending.lastQueue);
        expectSameOctets();
        return _problems.empty() ? "" : _cell.name() + ":\n" + _problems;
    }

private:
    void expect(bool holds, const std::string& what)
    {
        _problems += holds ? "" : "  " + what + "\n";
    }

    /// Where there are two tasks, the first was refused and the second is meant.
    void expectTask(const std::array<const char*, 3>& states, const std::string& queue)
    {
        const bool isSecond = _cell.stage == SmtpStage::rset;
        bool found = false;
        std::string seen;
        for (const auto& [id, task] : look(_site.queue(), _site.ledger())) {
            seen += describe(task) + "; ";
            const bool matches =
                task.queue == queue && task.recipients.size() == states.size() &&
                std::equal(states.begin(), states.end(), task.recipients.begin(),
                           [](const char* state, const auto& has) { return has.state == state; });
            found = found || matches;
            expect(!isSecond || matches || task.queue == "FAILED", "the first task is not FAILED");
        }
        expect(found, "the task is " + seen + "not " + queue + ", " + states[0] + ", " + states[1] +
                          ", " + states[2]);
    }

    void expectLater(const std::string& which, const Later& later, const ProcessResult& result)
    {
        expect(result.status == later.status,
               which + " ends with " + std::to_string(result.status) + ": " + result.error);
        const auto messages = _well.messages();
        expect(messages.size() == _sent + later.messages,
               which + " sends " + std::to_string(messages.size() - _sent) + " messages");
        _sent = messages.size();
        if (later.messages == 0 || messages.empty()) {
            return;
        }
        const auto& commands = messages.back().recipients;
        expect(commands.size() == later.told.size(),
               which + " tells " + std::to_string(commands.size()) + " recipients");
        for (const auto number : later.told) {
            const auto isTold = [&](const std::string& command) {
                return command.find(proofRecipients().at(number)) != std::string::npos;
            };
            expect(std::any_of(commands.begin(), commands.end(), isTold),
                   which + " does not tell " + proofRecipients().at(number));
        }
    }

    void expectSameOctets()
    {
        const auto before = _faulty.messages();
        const auto after = _well.messages();
        expect(before.empty() || after.empty() || before.back().octets == after.back().octets,
               "what was sent again is not what was sent");
    }

    const Ground& _ground;
    const SmtpCell& _cell;
    const Ending& _ending;
    TemporaryFolder _folder;
    ProofSite _site;
    SmtpFaultPeer _faulty;
    ScriptedSmtpServer _well;
    std::size_t _sent{};
    std::string _problems;
};

TEST(MailFaultsThroughTheRunner, EndAsTheTableSaysInEveryCell)
{
    const Ground ground;
    const auto cells = smtpCells();
    std::atomic<std::size_t> next{};
    std::mutex mutex;
    std::string problems;
    {
        std::vector<std::jthread> walkers;
        for (int number = 0; number < 16; ++number) {
            walkers.emplace_back([&] {
                for (std::size_t at; (at = next++) < cells.size();) {
                    std::string found;
                    try {
                        found = Walk(ground, cells[at]).walk();
                    } catch (const std::exception& error) {
                        found = cells[at].name() + ": " + error.what() + "\n";
                    }
                    const std::scoped_lock lock(mutex);
                    problems += found;
                }
            });
        }
    }
    EXPECT_EQ(problems, "");
}

} // namespace
} // namespace notifyhost::test
