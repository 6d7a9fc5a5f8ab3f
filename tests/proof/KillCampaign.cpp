#include "proof/KillCampaign.h"

#include <algorithm>
#include <csignal>
#include <iomanip>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

namespace notifyhost::test {

namespace {

constexpr int kKilled = 128 + SIGKILL;

/// About so many calls of a run belong to one task with three recipients.
constexpr int kCallsPerTask = 130;

/// After this many attempts to compose that died with the process a task is given up: that is a
/// rule of its own and not what is to be shown here.
constexpr int kDeathsToAvoid = 2;

/// The longest time between two looks that the stale watch counts in full.
constexpr std::chrono::minutes kBetweenLooks{15};
constexpr int kLooks = 120;

/// An operator looks in before so many runs to one.
constexpr int kRunsPerOperator = 8;

/// So much of the delivery key stands in the Message-ID, after its angle bracket.
constexpr std::size_t kKeyInMessageId = 32;

/// A word about the well is looked at in one run of so many.
constexpr int kRunsPerWell = 5;

/// The wall clock is wrong in one run of so many.
constexpr int kRunsPerJump = 8;

const std::string kRuns = "ont-event-email"; ///< as the queue knows the pipeline

constexpr std::string_view kLedgerFile = "ledger.sqlite-wal";
constexpr std::string_view kQueueFile = "queue.sqlite-wal";

bool any(const TaskLook& task, std::string_view state)
{
    return std::any_of(task.recipients.begin(), task.recipients.end(),
                       [&](const auto& recipient) { return recipient.state == state; });
}

bool all(const TaskLook& task, std::string_view state)
{
    return std::all_of(task.recipients.begin(), task.recipients.end(),
                       [&](const auto& recipient) { return recipient.state == state; });
}

std::optional<KillPoint> pointOf(const TaskLook& task)
{
    if (task.ledger.empty() || task.ledger == "released") {
        return task.queue == "CLAIMED" ? std::optional(KillPoint::claimed) : std::nullopt;
    }
    if (task.ledger == "done" || task.ledger == "failed") {
        return KillPoint::finalPut;
    }
    if (task.queue == "CLAIMED") {
        return task.attemptOpen ? std::optional(KillPoint::taken) : std::nullopt;
    }
    if (task.recipients.empty()) {
        return KillPoint::running;
    }
    if (any(task, "sending")) {
        return KillPoint::sending;
    }
    if (any(task, "accepted")) {
        return KillPoint::accepted;
    }
    return all(task, "composed") ? std::optional(KillPoint::composed) : std::nullopt;
}

/// How often a run of `ont` sets this task's status before it claims new ones.
int putsBeforeClaim(const TaskLook& task)
{
    if (task.pipeline != kRuns || task.ledger.empty() || task.ledger == "released" ||
        task.deaths > 0 || task.attemptOpen)
    {
        return 0;
    }
    if (task.ledger == "taken") {
        return 2;
    }
    const bool waits =
        std::any_of(task.recipients.begin(), task.recipients.end(), [](const auto& recipient) {
            return recipient.state == "held" ||
                   (recipient.state == "unknown" && recipient.attempts > 0);
        });
    return waits ? 0 : 1;
}

/// Which of its writes to the queue sets a task RUNNING first, where a run has one worker.
int commitOfFirstRunning(const StateLook& before)
{
    int ends = 0;
    for (const auto& [id, task] : before) {
        const int puts = putsBeforeClaim(task);
        if (puts == 2) {
            return 1;
        }
        ends += puts;
    }
    return ends + 2; // the claim comes before it
}

/// Which of its writes to the queue is the end of a task, where a run has one worker: tasks that
/// are taken come first, then those that run, then new ones.
int commitOfFirstEnd(const StateLook& before)
{
    constexpr int kOfNewTask = 3; // it is claimed and set RUNNING before
    int result = kOfNewTask;
    for (const auto& [id, task] : before) {
        if (const int puts = putsBeforeClaim(task); puts > 0) {
            result = result == kOfNewTask ? puts : std::max(result, puts);
        }
    }
    return result;
}

} // namespace

std::string_view toText(KillPoint point)
{
    constexpr std::array<std::string_view, kKillPoints> kNames{
        "claimed", "taken", "running", "composed", "sending", "accepted", "final PUT"};
    return kNames.at(static_cast<std::size_t>(point));
}

bool KillFigures::kept() const
{
    return told == 3 * tasks && lost + strangers + outsideGap + tooOften + differing + notFinal +
                                        falselyAccepted + outOfOrder + notTheNewest ==
                                    0;
}

std::ostream& operator<<(std::ostream& output, const KillFigures& figures)
{
    const auto line = [&](std::string_view name, int number) {
        output << "  " << std::left << std::setw(44) << name << std::right << std::setw(8) << number
               << '\n';
    };
    line("tasks, each with three recipients", figures.tasks);
    line("runs", figures.runs);
    line("kills", figures.kills);
    for (std::size_t point = 0; point < kKillPoints; ++point) {
        line("  kills that hit a task at: " + std::string(toText(static_cast<KillPoint>(point))),
             figures.hits[point]);
    }
    line("told", figures.told);
    line("lost", figures.lost);
    line("told though nobody was to be", figures.strangers);
    line("delivered more than once outside the gap", figures.outsideGap);
    line("delivered more than once in the gap", figures.inGap);
    line("  of these without the approval it takes", figures.tooOften);
    line("  of these not identical to the first", figures.differing);
    line("held in doubt, approved by the operator", figures.approved);
    line("failed, brought back by the operator", figures.broughtBack);
    line("told once more, as the operator wished", figures.retold);
    line("operator's commands killed", figures.commandsKilled);
    line("runs with the wall clock far ahead or back", figures.clockJumps);
    line("verdicts about one well, each newer", figures.verdicts);
    line("  of these told to somebody", figures.verdictsTold);
    line("  told after a newer one", figures.outOfOrder);
    line("recipients whose last word is not the newest", figures.notTheNewest);
    line("accepted in the ledger, unknown to the server", figures.falselyAccepted);
    line("tasks not final", figures.notFinal);
    return output;
}

KillCampaign::KillCampaign(const std::filesystem::path& folder, const KillPlan& plan,
                           std::ostream& progress)
    : _plan(plan),
      _progress(progress),
      _server(folder / "record", plan.cutEvery),
      _site([&] {
          std::filesystem::create_directory(folder / "site");
          ProofSettings settings;
          settings.port = _server.port();
          settings.build = plan.build;
          settings.langQc = _verdicts.url();
          return ProofSite(folder / "site", settings);
      }()),
      _random(plan.seed)
{
}

KillFigures KillCampaign::run()
{
    auto state = look(_site.queue(), _site.ledger(), Looking::unfinished);
    while (!isEnough() && _figures.kills < 2 * _plan.kills && _added < 4 * _plan.tasks) {
        if (random(1, kRunsPerOperator) == 1) {
            operate(state);
        }
        if (mayKill(state)) {
            killOnce(state);
        } else {
            drain();
            addChunk();
            state = look(_site.queue(), _site.ledger(), Looking::unfinished);
        }
    }
    while (_added < _plan.tasks) {
        addChunk();
        drain();
    }
    drain();
    letTimePass();
    _figures.tasks = _added;
    compareMails();
    compareStates();
    return _figures;
}

int KillCampaign::random(int from, int to)
{
    return std::uniform_int_distribution<int>(from, to)(_random);
}

void KillCampaign::addChunk()
{
    for (int number = _added; number < _added + _plan.chunk; ++number) {
        if (number % _plan.refuseEvery == 0) {
            _unwanted.insert(ProofSite::collection(number));
        }
    }
    _server.refuse(_unwanted);
    _site.add(_added, _plan.chunk);
    _added += _plan.chunk;
    _verdicts.judge(_site, _figures.verdicts++);
    _progress << _added << " tasks added, " << _figures.kills << " kills" << std::endl;
}

bool KillCampaign::isEnough() const
{
    return _figures.kills >= _plan.kills &&
           std::all_of(_figures.hits.begin(), _figures.hits.end(),
                       [&](int hits) { return hits >= _plan.atLeast; });
}

bool KillCampaign::mayKill(const StateLook& state) const
{
    int workable = 0;
    for (const auto& [id, task] : state) {
        if (task.deaths + (task.attemptOpen ? 1 : 0) >= kDeathsToAvoid) {
            return false;
        }
        workable += putsBeforeClaim(task);
    }
    auto counts = queueCounts(_site.queue(), kRuns);
    return workable > 0 || counts["PENDING"] > 0;
}

KillPoint KillCampaign::leastHit() const
{
    const auto least = std::min_element(_figures.hits.begin(), _figures.hits.end());
    return static_cast<KillPoint>(least - _figures.hits.begin());
}

Stop KillCampaign::aim(const StateLook& before)
{
    if (random(1, 10) <= 3) {
        return {random(1, kCallsPerTask + 2 * kCallsPerTask * _plan.tasks / _plan.kills)};
    }
    switch (leastHit()) {
    case KillPoint::claimed: {
        int puts = 1;
        for (const auto& [id, task] : before) {
            puts += putsBeforeClaim(task);
        }
        return {puts, Stop::At::sync, std::string(kQueueFile)};
    }
    case KillPoint::taken:
        return {commitOfFirstRunning(before), Stop::At::commit, std::string(kQueueFile)};
    case KillPoint::finalPut:
        return {commitOfFirstEnd(before), Stop::At::commit, std::string(kQueueFile)};
    default:
        return {random(3, 30), Stop::At::sync, std::string(kLedgerFile)};
    }
}

bool KillCampaign::killFromOutside()
{
    auto process = _site.start();
    const int longest = 8 + 8 * _plan.tasks / _plan.kills;
    std::this_thread::sleep_for(std::chrono::microseconds(random(2000, 1000 * longest)));
    process.signal(SIGKILL);
    return process.wait(std::chrono::seconds{60}) == kKilled;
}

/// Puts the wall clock wrong: within what budgets bear, or so far that it is not believed.
void KillCampaign::stepWall()
{
    constexpr std::array kDays{-400, -1, 3, 30, 400};
    const auto index = static_cast<std::size_t>(random(0, static_cast<int>(kDays.size()) - 1));
    _site.stepWall(std::chrono::hours{24 * kDays.at(index)});
    ++_figures.clockJumps;
}

void KillCampaign::killOnce(StateLook& before)
{
    const bool isWell = random(1, kRunsPerWell) == 1;
    const bool fromOutside = !isWell && random(1, 5) == 1;
    const Stop stop = fromOutside ? Stop{} : isWell ? Stop{random(1, kCallsPerTask)} : aim(before);
    const bool alone = stop.at == Stop::At::commit || random(1, 2) == 1;
    ProofSettings settings;
    settings.port = _server.port();
    settings.langQc = _verdicts.url();
    settings.pipeline = {{"claim_size", std::to_string(_plan.claimSize)},
                         {"workers", alone ? "1" : "4"}};
    _site.configure(settings);
    if (!fromOutside && random(1, kRunsPerJump) == 1) {
        stepWall();
    }
    ++_figures.runs;
    const bool killed =
        fromOutside ? killFromOutside()
                    : _site.operate({"run", isWell ? "wells" : "ont"}, {}, stop).status == kKilled;
    _site.stepWall({});
    auto after = look(_site.queue(), _site.ledger(), Looking::unfinished);
    if (killed) {
        ++_figures.kills;
        classify(before, after);
    }
    before = std::move(after);
}

void KillCampaign::classify(const StateLook& before, const StateLook& after)
{
    std::set<KillPoint> points;
    for (const auto& [id, task] : after) {
        const auto earlier = before.find(id);
        if (earlier != before.end() && earlier->second == task) {
            continue; // this run did not get to it
        }
        if (const auto point = pointOf(task)) {
            points.insert(*point);
        }
        for (const auto& recipient : task.recipients) {
            if (recipient.state == "sending") {
                ++_gaps[recipient.deliveryKey.substr(0, kKeyInMessageId)];
            }
        }
    }
    for (const auto point : points) {
        ++_figures.hits.at(static_cast<std::size_t>(point));
    }
}

void KillCampaign::operate(StateLook& before)
{
    std::vector<std::string> held;
    for (const auto& [id, task] : before) {
        for (const auto& recipient : task.recipients) {
            if (recipient.state == "held") {
                held.push_back(recipient.deliveryKey);
            }
        }
    }
    if (!held.empty()) {
        for (const auto* pipeline : {"ont", "wells"}) {
            command({"approve", pipeline, "--held", "--yes"});
        }
        for (const auto& key : held) {
            ++_approvals[key.substr(0, kKeyInMessageId)];
        }
        _figures.approved += static_cast<int>(held.size());
    }
    // While one of them is under way it would end told in part, which is for good.
    const int failed = queueCounts(_site.queue(), kRuns)["FAILED"];
    if (failed > 0 && failed == static_cast<int>(_unwanted.size())) {
        _unwanted.clear();
        _server.refuse({});
        command({"retry", "ont", "--failed", "--yes"});
        _figures.broughtBack += failed;
    }
    switch (_ahead.count() == 0 ? random(1, 4) : 0) {
    case 1:
        retellOne();
        break;
    case 2:
        command({"acknowledge", "ont", "--yes"});
        break;
    default:
        break;
    }
    before = look(_site.queue(), _site.ledger(), Looking::unfinished);
}

/// Has the first of the tasks told again that is done and was not told again yet.
void KillCampaign::retellOne()
{
    std::istringstream lines(_site.operate({"list", "ont", "--status", "DONE"}).output);
    for (std::string line; std::getline(lines, line);) {
        const auto path = line.find("/seq/proof/");
        const auto subject = line.substr(path, line.find('"', path) - path);
        if (_retold.count(subject) == 0) {
            command({"retell", "ont", line.substr(line.find('\t') + 1, 64), "--yes"});
            ++_retold[subject];
            ++_figures.retold;
            return;
        }
    }
}

/// A command that was broken off is given again.
void KillCampaign::command(const std::vector<std::string>& words)
{
    if (random(1, 2) == 1) {
        const Stop stop{random(1, kCallsPerTask)};
        if (_site.operate(words, _ahead, stop).status != kKilled) {
            return;
        }
        ++_figures.commandsKilled;
    }
    _site.operate(words, _ahead);
}

void KillCampaign::drain()
{
    _site.run();
    ++_figures.runs;
    // Some verdicts gather, so that one may take the place of another.
    if (_figures.verdicts % 3 == 0) {
        _site.operate({"run", "wells"});
        ++_figures.runs;
    }
}

void KillCampaign::letTimePass()
{
    for (int looks = 1; looks <= kLooks; ++looks) {
        auto counts = queueCounts(_site.queue());
        if (counts["PENDING"] + counts["CLAIMED"] + counts["RUNNING"] + counts["FAILED"] == 0) {
            return;
        }
        _ahead = kBetweenLooks * looks;
        auto state = look(_site.queue(), _site.ledger(), Looking::unfinished);
        operate(state);
        _site.runLater(_ahead);
        _site.operate({"run", "wells"}, _ahead);
        _figures.runs += 2;
    }
}

void KillCampaign::compareCopies(const std::vector<RecordedMail>& copies)
{
    const auto& first = copies.front();
    int gaps = _gaps[first.messageId.substr(1, kKeyInMessageId)];
    for (const auto& copy : copies) {
        gaps += copy.answered ? 0 : 1;
        const bool same = copy.sha256 == first.sha256 && copy.date == first.date &&
                          copy.messageId == first.messageId;
        _figures.differing += same ? 0 : 1;
    }
    const int more = static_cast<int>(copies.size()) - 1;
    const int approvals = _approvals[first.messageId.substr(1, kKeyInMessageId)];
    _figures.tooOften += std::max(0, more - 1 - approvals);
    _figures.inGap += std::min(more, gaps);
    _figures.outsideGap += std::max(0, more - gaps);
}

/// What one recipient has of one subject: so many messages, and copies of each.
void KillCampaign::compareMessages(const std::vector<RecordedMail>& mails, int wanted)
{
    std::map<std::string, std::vector<RecordedMail>> messages;
    for (const auto& mail : mails) {
        messages[mail.messageId].push_back(mail);
    }
    for (const auto& [id, copies] : messages) {
        compareCopies(copies);
    }
    const int more = static_cast<int>(messages.size()) - wanted;
    _figures.lost += std::max(0, -more);
    _figures.outsideGap += std::max(0, more);
}

void KillCampaign::compareMails()
{
    std::map<std::pair<std::string, std::string>, std::vector<RecordedMail>> mails;
    std::map<std::string, std::vector<RecordedMail>> verdicts;
    for (const auto& mail : _server.record()) {
        for (const auto& recipient : mail.recipients) {
            if (mail.subject.starts_with("/")) {
                mails[{mail.subject, recipient}].push_back(mail);
            } else {
                verdicts[recipient].push_back(mail);
            }
        }
    }
    for (int number = 0; number < _added; ++number) {
        const auto subject = ProofSite::collection(number);
        const auto retold = _retold.find(subject);
        for (const auto& recipient : proofRecipients()) {
            const auto found = mails.find({subject, recipient});
            if (found == mails.end()) {
                ++_figures.lost;
                continue;
            }
            ++_figures.told;
            compareMessages(found->second, 1 + (retold == _retold.end() ? 0 : retold->second));
            mails.erase(found);
        }
    }
    for (const auto& [key, strange] : mails) {
        _figures.strangers += static_cast<int>(strange.size());
    }
    constexpr int kWellRecipients = 2;
    _figures.notTheNewest += kWellRecipients - static_cast<int>(verdicts.size());
    std::set<std::string> told;
    for (const auto& [recipient, words] : verdicts) {
        compareVerdicts(words);
        for (const auto& word : words) {
            told.insert(Verdicts::dateIn(word.subject));
        }
    }
    _figures.verdictsTold = static_cast<int>(told.size());
}

/// What one recipient heard about the well, in order.
void KillCampaign::compareVerdicts(const std::vector<RecordedMail>& mails)
{
    std::map<std::string, std::vector<RecordedMail>> words;
    std::string newest;
    for (const auto& mail : mails) {
        const auto date = Verdicts::dateIn(mail.subject);
        _figures.outOfOrder += date < newest ? 1 : 0;
        newest = std::max(newest, date);
        words[date].push_back(mail);
    }
    _figures.notTheNewest += newest == Verdicts::date(_figures.verdicts - 1) ? 0 : 1;
    for (const auto& [date, all] : words) {
        compareMessages(all, 1);
    }
}

void KillCampaign::compareStates()
{
    std::set<std::string> known;
    for (const auto& mail : _server.record()) {
        known.insert(mail.messageId.substr(1, kKeyInMessageId));
    }
    const auto state = look(_site.queue(), _site.ledger());
    _figures.notFinal = _added + _figures.verdicts - static_cast<int>(state.size());
    for (const auto& [id, task] : state) {
        _figures.notFinal += task.queue == "DONE" && task.ledger == "done" ? 0 : 1;
        for (const auto& recipient : task.recipients) {
            _figures.falselyAccepted +=
                recipient.state == "accepted" &&
                        !known.contains(recipient.deliveryKey.substr(0, kKeyInMessageId))
                    ? 1
                    : 0;
        }
    }
}

} // namespace notifyhost::test
