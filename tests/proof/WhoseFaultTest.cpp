#include "proof/ProofSite.h"
#include "proof/StateLook.h"
#include "support/ScriptedSmtpServer.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace notifyhost::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Whom the fault strikes.
enum class When {
    first,        ///< the first message of the run, once
    afterSuccess, ///< the second message, once, behind one that was taken
    beside,       ///< one of two workers, while the other is served
    everywhere    ///< every message of two workers
};
constexpr std::array kWhen{When::first, When::afterSuccess, When::beside, When::everywhere};

enum class Fault { transient, permanent, closing, hangUp, silence };
constexpr std::array kFaults{Fault::transient, Fault::permanent, Fault::closing, Fault::hangUp,
                             Fault::silence};

/// What becomes of four tasks, and what the operator hears of it.
struct Ending {
    char letter{};
    int status{};
    std::map<std::string, int> states; ///< of the four messages' recipients in the ledger
    int attempts{};                    ///< counted on those who were not told
    const char* word{};                ///< in the log
    int inTime{};                      ///< status of a run a quarter of an hour later, all well
    int copies{};                      ///< second copies sent by then
};

const std::vector<Ending> kEndings{
    // The service before the first message: nothing is booked; all waits for the next run.
    {'S', 69, {{"composed", 1}}, 0, "The run stops here", 0, 0},
    // … before the second: the first was told.
    {'s', 69, {{"accepted", 1}, {"composed", 1}}, 0, "The run stops here", 0, 0},
    // A limit of connections: one worker is served and does the work of both.
    {'L', 0, {{"accepted", 4}}, 0, "lower `workers` in [pipeline.ont]", 0, 0},
    // What we are or send as.
    {'N', 78, {{"composed", 1}}, 0, "envelope_from", 0, 0},
    {'n', 78, {{"accepted", 1}, {"composed", 1}}, 0, "envelope_from", 0, 0},
    // A connection that has served before is given up, and a new one takes the message.
    {'A', 0, {{"accepted", 4}}, 0, "", 0, 0},
    // This message; the three others are told in the same run.
    {'T', 75, {{"accepted", 3}, {"deferred", 1}}, 1, "deferred", 0, 0},
    {'R', 1, {{"accepted", 3}, {"refused", 1}}, 1, "refused", 0, 0},
    {'U', 75, {{"accepted", 3}, {"unknown", 1}}, 1, "unknown", 0, 1},
    // Every message, by a reply: each has an attempt of its own.
    {'t', 75, {{"deferred", 4}}, 4, "deferred", 0, 0},
    {'r', 1, {{"refused", 4}}, 4, "refused", 0, 0},
};

struct Stage {
    SmtpMoment moment;
    const char* name;
    /// By fault, for each When in its order; '3' is looked at by a rule of its own: messages that
    /// break the connection one after the other until the run stops.
    std::array<const char*, 5> endings;
};

const std::vector<Stage> kStages{
    {SmtpMoment::greeting, "greeting", {"SsLS", "SsLS", "SsLS", "SsLS", "SsLS"}},
    {SmtpMoment::ehlo, "EHLO", {"SsLS", "SsLS", "SsLS", "SsLS", "SsLS"}},
    {SmtpMoment::mail, "MAIL", {"TATt", "NAnN", "TAT3", "TAT3", "TTT3"}},
    {SmtpMoment::rcpt, "RCPT", {"TTTt", "RRRr", "TAT3", "TAT3", "TTT3"}},
    {SmtpMoment::data, "DATA", {"TTTt", "RRRr", "TTT3", "TTT3", "TTT3"}},
    {SmtpMoment::dot, "the final answer", {"TTTt", "RRRr", "TTT3", "UUU3", "UUU3"}},
};

SmtpAnswer answerOf(SmtpMoment moment, Fault fault)
{
    using Then = SmtpAnswer::Then;
    switch (fault) {
    case Fault::transient:
        return {moment == SmtpMoment::greeting ? "450 4.3.0 later\r\n" : "451 4.3.0 later\r\n",
                Then::goOn};
    case Fault::permanent:
        return {"550 5.7.1 not from you\r\n", Then::goOn};
    case Fault::closing:
        return {"421 4.3.2 closing\r\n", Then::close};
    case Fault::hangUp:
        return {"", Then::close};
    case Fault::silence:
        return {"", Then::silence};
    }
    return {};
}

/// One site's run against one fault.
class Cell {
public:
    Cell(const ProofSite& original, const Stage& stage, Fault fault, When when)
        : _stage(stage),
          _fault(fault),
          _when(when),
          _site(original, _folder / "site"),
          _server([this](const SmtpTurn& turn) { return speak(turn); })
    {
    }

    std::string walk()
    {
        _site.configure(settings(_server.port()));
        const auto run = _site.run();
        const char letter =
            _stage.endings[static_cast<std::size_t>(_fault)][static_cast<std::size_t>(_when)];
        if (letter == '3') {
            expectStop(run);
        } else {
            expect(*std::find_if(kEndings.begin(), kEndings.end(),
                                 [&](const auto& ending) { return ending.letter == letter; }),
                   run);
        }
        return _problems.empty()
                   ? ""
                   : std::string(_stage.name) + ", fault " +
                         std::to_string(static_cast<int>(_fault)) + ", when " +
                         std::to_string(static_cast<int>(_when)) + ":\n" + _problems + run.error;
    }

private:
    bool connecting() const
    {
        return _stage.moment == SmtpMoment::greeting || _stage.moment == SmtpMoment::ehlo;
    }

    ProofSettings settings(int port) const
    {
        const bool two = _when == When::beside || _when == When::everywhere;
        ProofSettings settings;
        settings.port = port;
        settings.pipeline = {{"workers", two ? "2" : "1"}, {"addressing", "together"}};
        if (_when == When::afterSuccess && connecting()) {
            // So that there is a connection to be made behind the first message.
            settings.transport["max_messages_per_connection"] = "1";
        }
        if (_fault == Fault::silence) {
            for (const auto* limit : {"greeting", "helo", "mail", "rcpt", "data", "final"}) {
                settings.transport[std::string(limit) + "_timeout_seconds"] = "1";
            }
        }
        return settings;
    }

    std::optional<SmtpAnswer> speak(const SmtpTurn& turn)
    {
        std::unique_lock lock(_mutex);
        if (turn.moment == SmtpMoment::mail) {
            ++_mails;
        }
        // With two workers, a good word about the first message waits until the other has met its
        // fault, as with a server that is slow to answer.
        if (_when == When::beside && turn.moment == SmtpMoment::dot && !_struck) {
            // Within the patience of a client that waits for silent servers.
            _met.wait_for(lock, connecting() ? std::chrono::milliseconds{20000} : 500ms,
                          [&] { return _struck; });
        }
        // Who refuses EHLO is asked HELO.
        const bool isGreeted = _stage.moment == SmtpMoment::ehlo && turn.moment == SmtpMoment::helo;
        if (isGreeted && _struck && _fault == Fault::permanent) {
            return answerOf(turn.moment, _fault);
        }
        if (turn.moment != _stage.moment || !strikes(turn)) {
            return std::nullopt;
        }
        _struck = true;
        _met.notify_all();
        return answerOf(turn.moment, _fault);
    }

    bool strikes(const SmtpTurn& turn)
    {
        switch (_when) {
        case When::first:
            // A refused connection is followed by no other in this run; a message by the next.
            return _turnOf.empty() ? claim(turn) : isClaimed(turn);
        case When::afterSuccess:
            return (connecting() ? turn.connection == 2 : _mails == 2) &&
                   (isClaimed(turn) || claim(turn));
        case When::beside:
            if (connecting()) {
                // There is room for one connection.
                return turn.connection != 1;
            }
            return _turnOf.empty() ? turn.connection == 2 && claim(turn) : isClaimed(turn);
        case When::everywhere:
            return true;
        }
        return false;
    }

    /// The message struck: all its recipients fare alike.
    bool claim(const SmtpTurn& turn)
    {
        if (!_turnOf.empty()) {
            return false;
        }
        _turnOf = std::to_string(turn.connection) + " " + std::to_string(_mails);
        return true;
    }
    bool isClaimed(const SmtpTurn& turn) const
    {
        return _stage.moment == SmtpMoment::rcpt &&
               _turnOf == std::to_string(turn.connection) + " " + std::to_string(_mails);
    }

    void expect(bool holds, const std::string& what)
    {
        _problems += holds ? "" : "  " + what + "\n";
    }

    std::map<std::string, int> states(int& attempts) const
    {
        std::map<std::string, int> result;
        attempts = 0;
        for (const auto& [id, task] : look(_site.queue(), _site.ledger())) {
            if (task.recipients.empty()) {
                continue;
            }
            ++result[task.recipients.front().state];
            attempts +=
                task.recipients.front().state == "accepted" ? 0 : task.recipients.front().attempts;
        }
        return result;
    }

    static std::string told(const std::map<std::string, int>& states)
    {
        std::string text;
        for (const auto& [state, count] : states) {
            text += " " + std::to_string(count) + " " + state;
        }
        return text;
    }

    void expect(const Ending& ending, const ProcessResult& run)
    {
        int attempts = 0;
        const auto now = states(attempts);
        auto wanted = ending.states;
        expect(run.status == ending.status, "ends with " + std::to_string(run.status));
        // With two workers the other may have frozen one more when the run stopped.
        const bool stops = ending.status == 69 || ending.status == 78;
        if (stops && now.count("composed") != 0) {
            wanted["composed"] = std::max(1, std::min(now.at("composed"), 2));
        }
        if (stops && _when == When::beside && now.count("accepted") != 0) {
            wanted["accepted"] = now.at("accepted");
        }
        expect(now == wanted, "the messages are" + told(now));
        expect(attempts == ending.attempts, "attempts counted: " + std::to_string(attempts));
        expect(run.error.find(ending.word) != std::string::npos, "the log does not name it");
        expectAllTold(ending.inTime, ending.copies,
                      ending.letter == 'R'   ? 1
                      : ending.letter == 'r' ? 4
                                             : 0);
    }

    /// The connection broke over one message after the other: the third stops the run, and is not
    /// counted itself unless it may have left.
    void expectStop(const ProcessResult& run)
    {
        int attempts = 0;
        auto now = states(attempts);
        expect(run.status == 69, "ends with " + std::to_string(run.status));
        expect(run.error.find("one message after the other") != std::string::npos,
               "the log does not name it");
        const int booked = now["deferred"] + now["unknown"];
        expect(booked >= 2 && booked <= 4, "the messages are" + told(now));
        expect(now["refused"] == 0 && now["expired"] == 0, "some are given up");
        expectAllTold(0, now["unknown"], 0);
    }

    /// All well a quarter of an hour later: whoever was not refused is told, and nobody twice but
    /// those in doubt.
    void expectAllTold(int status, int copies, int refused)
    {
        ScriptedSmtpServer well;
        _site.configure(settings(well.port()));
        const auto later = _site.runLater(16min);
        expect(later.status == status,
               "the run in time ends with " + std::to_string(later.status) + ": " + later.error);
        int attempts = 0;
        auto now = states(attempts);
        expect(now["accepted"] == 4 - refused && now["refused"] == refused,
               "in the end the messages are" + told(now));
        std::map<std::string, int> taken;
        int twice = 0;
        for (const auto& server : {&_server, &well}) {
            for (const auto& message : server->messages()) {
                const auto subject = message.octets.find("Subject:");
                const auto name =
                    message.octets.substr(subject, message.octets.find("\r\n", subject) - subject);
                twice += ++taken[name] == 2 ? 1 : 0;
            }
        }
        const bool answered = _stage.moment == SmtpMoment::dot &&
                              (_fault == Fault::transient || _fault == Fault::closing);
        expect(twice == copies || answered, std::to_string(twice) + " messages came twice");
        expect((later.error.find("a second copy") != std::string::npos) == (copies > 0),
               "the copies are not told as they are: " + later.error);
    }

    const Stage& _stage;
    Fault _fault;
    When _when;
    TemporaryFolder _folder;
    ProofSite _site;
    std::mutex _mutex;
    std::condition_variable _met;
    int _mails{};
    bool _struck{};
    std::string _turnOf;
    std::string _problems;
    ScriptedSmtpServer _server;
};

TEST(WhoseFault, IsConcludedFromHowFarTheDialogueHadComeAndFromTheOthers)
{
    TemporaryFolder folder;
    std::filesystem::create_directory(folder / "original");
    const ProofSite original(folder / "original", {});
    original.add(1, 4);
    struct Place {
        const Stage* stage;
        Fault fault;
        When when;
    };
    std::vector<Place> places;
    for (const auto& stage : kStages) {
        for (const auto fault : kFaults) {
            for (const auto when : kWhen) {
                places.push_back({&stage, fault, when});
            }
        }
    }
    std::atomic<std::size_t> next{};
    std::mutex mutex;
    std::string problems;
    {
        std::vector<std::jthread> walkers;
        for (int number = 0; number < 8; ++number) {
            walkers.emplace_back([&] {
                for (std::size_t at; (at = next++) < places.size();) {
                    const auto& place = places[at];
                    std::string found;
                    try {
                        found = Cell(original, *place.stage, place.fault, place.when).walk();
                    } catch (const std::exception& error) {
                        found = std::string(place.stage->name) + ": " + error.what() + "\n";
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
