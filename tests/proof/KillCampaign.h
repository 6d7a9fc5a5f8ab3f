#pragma once

#include "proof/ProofSite.h"
#include "proof/StateLook.h"
#include "proof/Verdicts.h"
#include "support/RecordingSmtpServer.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <ostream>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::test {

/// Where in a task's life a kill hit it.
enum class KillPoint {
    claimed,  ///< the queue gave it away, the ledger does not know it
    taken,    ///< the ledger has it, and an attempt to compose it has begun
    running,  ///< the queue shows RUNNING, nothing is frozen
    composed, ///< frozen, nothing attempted
    sending,  ///< the point of no return is on record, the answer is not
    accepted, ///< an answer is on record, the task has not ended
    finalPut  ///< the ledger has ended it, the queue does not know
};
inline constexpr std::size_t kKillPoints = 7;
std::string_view toText(KillPoint point);

struct KillPlan {
    int tasks{240};
    int kills{220};
    int chunk{8};        ///< tasks added at a time
    int claimSize{4};    ///< tasks claimed at a time
    int cutEvery{97};    ///< the mail server closes without an answer so often
    int refuseEvery{40}; ///< so often it refuses all messages of a task, until an operator retries
    int atLeast{20};     ///< hits of each point before the last kill
    std::uint64_t seed{1};
    std::filesystem::path build{BUILD_ROOT}; ///< whose programs run
};

struct KillFigures {
    int tasks{};
    int runs{};
    int kills{};
    std::array<int, kKillPoints> hits{};
    int told{};            ///< pairs of task and recipient that the mail server has
    int lost{};            ///< … that it does not have
    int strangers{};       ///< messages that nobody was to get
    int outsideGap{};      ///< copies that no gap explains
    int inGap{};           ///< copies that one does
    int tooOften{};        ///< … that an operator would have had to approve, and has not
    int approved{};        ///< deliveries held in doubt that an operator approved
    int broughtBack{};     ///< failed tasks that an operator retried
    int retold{};          ///< tasks that an operator had told once more on purpose
    int commandsKilled{};  ///< operator's commands killed on the way; each was given again
    int clockJumps{};      ///< runs with the wall clock put far ahead or back
    int verdicts{};        ///< words about one well, each newer than the one before
    int verdictsTold{};    ///< … that somebody got
    int outOfOrder{};      ///< … that somebody got after a newer one
    int notTheNewest{};    ///< recipients whose last word is not the newest
    int differing{};       ///< copies whose octets, Message-ID or Date are not the first one's
    int notFinal{};        ///< tasks that queue or ledger do not show as done
    int falselyAccepted{}; ///< recipients accepted in the ledger that the mail server never took

    /// Whether everybody was told, and nobody twice but for the gap.
    bool kept() const;
};

std::ostream& operator<<(std::ostream& output, const KillFigures& figures);

/// Kills `notifyhost run` with SIGKILL again and again, at aimed and at random moments, until all
/// tasks are told, with an operator who approves what is held, retries what failed and has some
/// told once more, a well that is judged again and again, and a wall clock that is put ahead and
/// back; then compares what the mail server recorded with what was to be told.
class KillCampaign {
public:
    /// folder: exists and is empty. Progress is written to `progress` from time to time.
    KillCampaign(const std::filesystem::path& folder, const KillPlan& plan, std::ostream& progress);

    KillFigures run();

private:
    void addChunk();
    bool mayKill(const StateLook& state) const;
    void killOnce(StateLook& before);
    Stop aim(const StateLook& before);
    bool killFromOutside();
    void classify(const StateLook& before, const StateLook& after);
    KillPoint leastHit() const;
    void operate(StateLook& before);
    void retellOne();
    void command(const std::vector<std::string>& words);
    void stepWall();
    void drain();
    void letTimePass();
    void compareMails();
    void compareMessages(const std::vector<RecordedMail>& mails, int wanted);
    void compareCopies(const std::vector<RecordedMail>& copies);
    void compareVerdicts(const std::vector<RecordedMail>& mails);
    void compareStates();
    bool isEnough() const;
    int random(int from, int to);

    KillPlan _plan;
    std::ostream& _progress;
    RecordingSmtpServer _server;
    Verdicts _verdicts;
    ProofSite _site;
    std::mt19937_64 _random;
    KillFigures _figures;
    int _added{};
    std::chrono::seconds _ahead{};
    std::set<std::string> _unwanted;       ///< the subjects that the server refuses
    std::map<std::string, int> _retold;    ///< subject → how often an operator had it told again
    std::map<std::string, int> _gaps;      ///< delivery key → how often a kill left it `sending`
    std::map<std::string, int> _approvals; ///< delivery key → how often an operator approved it
};

} // namespace notifyhost::test
