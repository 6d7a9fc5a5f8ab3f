#include "Selection.h"

#include "Concerns.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iomanip>
#include <sstream>

namespace notifyhost::app {

namespace {

using ledger::WallTime;

bool holds(const Chosen& chosen, ledger::DeliveryState state)
{
    return std::any_of(chosen.deliveries.begin(), chosen.deliveries.end(), [&](const auto& row) {
        return std::any_of(row.recipients.begin(), row.recipients.end(),
                           [&](const auto& recipient) { return recipient.state == state; });
    });
}

bool hasReason(const Chosen& chosen, const std::string& text)
{
    const auto contains = [&](const std::string& reason) {
        return reason.find(text) != std::string::npos;
    };
    return (chosen.task.row && contains(chosen.task.row->reason)) ||
           std::any_of(chosen.deliveries.begin(), chosen.deliveries.end(), [&](const auto& row) {
               return std::any_of(
                   row.recipients.begin(), row.recipients.end(),
                   [&](const auto& recipient) { return contains(recipient.reason); });
           });
}

/// When something last happened to the task; the queue is asked where the ledger does not know it.
WallTime lastWord(const PipelineSession& session, const Chosen& chosen)
{
    WallTime last = chosen.task.row ? chosen.task.row->claimed.wall : WallTime{};
    for (const auto& row : chosen.deliveries) {
        for (const auto& recipient : row.recipients) {
            last = std::max(last, recipient.settled.value_or(last));
        }
    }
    if (!chosen.task.row && chosen.task.queued) {
        const auto events =
            session.queue->events(chosen.task.queued->pipeline, chosen.task.queued->id);
        if (!events.empty()) {
            // "2026-11-25T08:30:00.123Z": to the second is enough.
            last = sinceWhen(events.back().time.substr(0, 19), WallTime::max());
        }
    }
    return last;
}

bool isChosen(const PipelineSession& session, const Selection& selection, const Errand& errand,
              const Chosen& chosen, WallTime since)
{
    const auto& [task, situation, deliveries] = chosen;
    if (selection.failed && situation.ledger != host::InLedger::failed &&
        (situation.queue != host::InQueue::failed || situation.ledger == host::InLedger::done))
    {
        return false;
    }
    // Who asks for all that failed hears also why the table refuses one of them; "all" are all to
    // which the command may apply.
    const bool refused =
        host::isRefusal(host::operatorAnswer(errand.command, situation.ledger, situation.queue));
    if ((refused && !selection.failed) || (!refused && !errand.concerns(chosen))) {
        return false;
    }
    return (!selection.held || holds(chosen, ledger::DeliveryState::held)) &&
           (selection.reason.empty() || hasReason(chosen, selection.reason)) &&
           (selection.since.empty() || lastWord(session, chosen) >= since);
}

/// The tasks, in the order in which they were claimed.
std::vector<Chosen> choose(Program& program, const PipelineSession& session,
                           const Selection& selection, const Errand& errand)
{
    const auto now = program.clock().wall();
    const Situations situations(session);
    const auto chosenFrom = [&](KnownTask task) {
        auto deliveries =
            task.row ? session.ledger->deliveries(task.id) : std::vector<ledger::DeliveryRow>{};
        const auto situation = situations.of(task);
        return Chosen{std::move(task), situation, std::move(deliveries)};
    };
    if (!selection.task.empty()) {
        return {chosenFrom(findTask(session, selection.task))};
    }
    const auto since = selection.since.empty() ? WallTime{} : sinceWhen(selection.since, now);
    std::vector<Chosen> result;
    for (auto& [id, task] : knownTasks(session)) {
        auto chosen = chosenFrom(std::move(task));
        if (isChosen(session, selection, errand, chosen, since)) {
            result.push_back(std::move(chosen));
        }
    }
    std::stable_sort(result.begin(), result.end(), [](const auto& one, const auto& other) {
        const auto claimed = [](const Chosen& chosen) {
            return chosen.task.row ? chosen.task.row->claimed.wall : WallTime::max();
        };
        return claimed(one) < claimed(other);
    });
    return result;
}

std::string nameOf(host::OperatorCommand command)
{
    return command == host::OperatorCommand::told ? "acknowledge --told"
                                                  : std::string(host::toText(command));
}

/// What is done with the chosen tasks, and what is said about it.
class Work {
public:
    Work(Program& program, const PipelineSession& session, const Selection& selection,
         const Errand& errand, std::vector<Chosen> chosen)
        : _program(program), _session(session), _selection(selection), _errand(errand)
    {
        for (auto& one : chosen) {
            const auto decision = host::decide(errand.command, one.situation, selection.gone);
            if (decision.allowed) {
                _allowed.push_back(std::move(one));
            } else {
                _refused.emplace_back(one.task.id, decision);
            }
        }
    }

    host::ExitStatus run()
    {
        const bool named = !_selection.task.empty();
        const bool ofMany = _selection.isOfMany() ||
                            (!named && _errand.command == host::OperatorCommand::acknowledge);
        if (!named && _allowed.empty() && _refused.empty()) {
            _program.logger().warning(nameOf(_errand.command) + ": no task of " +
                                      _session.pipeline.name +
                                      " is such that this can be done with it");
            return host::ExitStatus::ok;
        }
        const bool confirm = (ofMany || (named && _errand.confirmsOne)) && !_selection.yes;
        std::size_t recipients = 0;
        if (!_allowed.empty() && (!named || confirm)) {
            recipients = count();
            if (confirm && (ofMany || recipients > 1)) {
                show(recipients);
                return host::ExitStatus::ok;
            }
            if (!named) {
                _program.print(summary(recipients) + "\n");
            }
        }
        for (const auto& [id, decision] : _refused) {
            refuse(id, decision);
        }
        for (const auto& chosen : _allowed) {
            if (!carryOut(chosen)) {
                break;
            }
        }
        return _status;
    }

private:
    std::size_t count() const
    {
        std::size_t recipients = 0;
        for (const auto& chosen : _allowed) {
            recipients += _errand.recipients(chosen);
        }
        return recipients;
    }

    std::string summary(std::size_t recipients) const
    {
        return nameOf(_errand.command) + ": " + counted(_allowed.size(), "task") +
               (recipients > 0 ? " with " + counted(recipients, "recipient") : "");
    }

    void show(std::size_t recipients) const
    {
        constexpr std::size_t kShown = 3;
        std::string text = summary(recipients) + " " + _errand.effect + ":\n";
        for (std::size_t index = 0; index < std::min(kShown, _allowed.size()); ++index) {
            const auto& task = _allowed[index].task;
            text += "  " + shortId(task.id) + "  " +
                    log::escapeControls(task.queued ? task.queued->inputText
                                                    : task.row->task.inputText) +
                    "\n";
        }
        text += _allowed.size() > kShown
                    ? "  and " + std::to_string(_allowed.size() - kShown) + " more\n"
                    : "";
        text += _refused.empty() ? "" : counted(_refused.size(), "task") + " would be refused\n";
        _program.print(text + "Nothing was changed. The same command with --yes does it.\n");
    }

    void refuse(const std::string& id, const host::Decision& decision)
    {
        _status = host::worse(_status, decision.status);
        _program.logger().error(nameOf(_errand.command) + ": task " + shortId(id) + " " +
                                decision.why + " Nothing was changed; `notifyhost explain " +
                                _session.pipeline.name + " " + shortId(id) +
                                "` tells what can be done.");
    }

    /// Returns whether the next one may be tried.
    bool carryOut(const Chosen& chosen)
    {
        const std::string what = nameOf(_errand.command) + ": task " + shortId(chosen.task.id);
        try {
            _status = host::worse(_status, _errand.carryOut(chosen));
            return true;
        } catch (const queue::QueueError& error) {
            if (!_selection.task.empty()) {
                throw;
            }
            using Kind = queue::QueueError::Kind;
            const bool isGone = error.kind() != Kind::refused && error.kind() != Kind::unknown;
            _program.logger().error(what + ": " + error.what() +
                                    (isGone ? ". The rest was left as it is; the same command goes "
                                              "on."
                                            : ""));
            _status = host::worse(_status, isGone ? host::ExitStatus::unavailable
                                                  : host::ExitStatus::someFailed);
            return !isGone;
        }
    }

    Program& _program;
    const PipelineSession& _session;
    const Selection& _selection;
    const Errand& _errand;
    std::vector<Chosen> _allowed;
    std::vector<std::pair<std::string, host::Decision>> _refused;
    host::ExitStatus _status{host::ExitStatus::ok};
};

std::optional<std::chrono::seconds> duration(const std::string& text)
{
    if (text.size() < 2) {
        return std::nullopt;
    }
    long number = 0;
    const auto* end = text.data() + text.size() - 1;
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    constexpr long kLongest = 100'000;
    if (error != std::errc{} || stop != end || number < 0 || number > kLongest) {
        return std::nullopt;
    }
    switch (*end) {
    case 's':
        return std::chrono::seconds{number};
    case 'm':
        return std::chrono::minutes{number};
    case 'h':
        return std::chrono::hours{number};
    case 'd':
        return std::chrono::hours{24 * number};
    default:
        return std::nullopt;
    }
}

std::optional<WallTime> pointOfTime(const std::string& text)
{
    for (const auto* form : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
        std::tm parts{};
        std::istringstream stream(text);
        stream >> std::get_time(&parts, form);
        if (stream.fail()) {
            continue;
        }
        std::string rest;
        std::getline(stream, rest);
        const std::tm asked = parts;
        const auto seconds = ::timegm(&parts);
        // 30 February becomes a day in March: that is no date.
        if ((rest.empty() || rest == "Z") && parts.tm_mday == asked.tm_mday) {
            constexpr auto kFarthest =
                std::chrono::duration_cast<std::chrono::seconds>(WallTime::duration::max()).count();
            return WallTime(std::chrono::seconds{std::clamp<std::int64_t>(seconds, 0, kFarthest)});
        }
    }
    return std::nullopt;
}

} // namespace

WallTime sinceWhen(const std::string& text, WallTime now)
{
    if (const auto ago = duration(text)) {
        return now - *ago;
    }
    const auto point = pointOfTime(text);
    if (!point) {
        throw std::invalid_argument("--since " + text +
                                    ": give a time in UTC (2026-11-25 or 2026-11-25T08:30) or how "
                                    "long ago (90m, 12h, 3d)");
    }
    if (*point > now) {
        throw std::invalid_argument("--since " + text + " lies ahead");
    }
    return *point;
}

void addSelectionOptions(CLI::App& command, Selection& selection)
{
    command.add_option("PIPELINE", selection.pipeline, "Name of a [pipeline.NAME] section")
        ->required();
    auto* task = command.add_option("TASK", selection.task,
                                    "A task's id, or the first 6 or more digits of it");
    const auto instead = [&](CLI::Option* option) { option->excludes(task); };
    instead(command.add_flag("--all", selection.all, "All tasks that it can be done with"));
    instead(command.add_flag("--failed", selection.failed, "Only tasks that FAILED"));
    instead(command.add_flag("--held", selection.held, "Only tasks with something held back"));
    instead(command.add_option("--since", selection.since,
                               "Only tasks with something new since then: a time in UTC "
                               "(2026-11-25T08:30) or how long ago (90m, 12h, 3d)"));
    command.add_flag("--yes", selection.yes,
                     "Do it. Without, what is for many only says how many there are");
}

host::ExitStatus carryOut(Program& program, const PipelineSession& session,
                          const Selection& selection, const Errand& errand)
{
    if (selection.task.empty() && !selection.isOfMany() &&
        errand.withoutChoice == WithoutChoice::isWrong)
    {
        throw std::invalid_argument(nameOf(errand.command) +
                                    ": for which tasks? Give a task's id, or --all, --failed, "
                                    "--held, --since TIME, --reason TEXT");
    }
    // What is only shown needs no lock, and changes nothing.
    const bool onlyShows = !selection.yes && (selection.isOfMany() || errand.confirmsOne);
    const auto work = [&] {
        return Work(program, session, selection, errand,
                    choose(program, session, selection, errand))
            .run();
    };
    return onlyShows && selection.isOfMany() ? work() : withLock(program, session, work);
}

} // namespace notifyhost::app
