#include "Commands.h"
#include "Concerns.h"
#include "NobodysRows.h"
#include "Program.h"
#include "host/Refusals.h"
#include "ledger/LedgerMark.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>

namespace notifyhost::app {

namespace {

std::string countsOf(const std::map<queue::TaskStatus, std::int64_t>& counts,
                     const queue::TaskQueue& queue)
{
    std::string text;
    for (const auto& [status, count] : counts) {
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " " +
                std::string(queue::toText(status));
    }
    return !text.empty() ? text : queue.isShared() ? "no open tasks" : "no tasks";
}

/// What waits for the operator, a line each, with the commands to run.
class Waiting {
public:
    Waiting(const PipelineSession& session, OpenTasks open)
        : _session(session), _situations(session), _open(std::move(open))
    {
    }

    /// What the ledger alone can tell.
    std::string ofLedger()
    {
        using enum host::OperatorCommand;
        return suspicion() +
               line(tasksOf(_session, Concern::copied),
                    "sent a second time, the same octet by octet, since an answer was lost",
                    "--copied", "to whom", {{acknowledge, "takes it from this list"}}) +
               line(tasksOf(_session, Concern::held), "messages held back until you decide",
                    "--held", "why", {{approve, "sends them"}, {cancel, "drops them"}}) +
               line(tasksOf(_session, Concern::partial), "DONE with somebody not told", "--partial",
                    "whom and why", {{acknowledge, "takes it from this list"}}) +
               line(withNobody(), "DONE with a notification that has no contacts", "--nobody",
                    "which", {{acknowledge, "takes it from this list"}});
    }

    /// What needs the queue too.
    std::string ofQueue()
    {
        using enum host::OperatorCommand;
        return line(tasksOf(_session, Concern::failed), "FAILED", "--failed", "why",
                    {{retry, "tries again when the cause is mended"},
                     {acknowledge, "takes it from this list"}}) +
               line(tasksOf(_session, Concern::putBack),
                    "put back to PENDING by somebody after it had ended here; nothing is sent "
                    "again",
                    "", "", {{retell, "tells again on purpose"}, {acknowledge, "leaves it"}}) +
               strayed() + ofOthers();
    }

private:
    struct Command {
        host::OperatorCommand command;
        const char* effect;
    };

    std::string suspicion() const
    {
        const auto row = _session.ledger->suspicion();
        if (!row || !host::isStanding(*row)) {
            return "";
        }
        return "  Since " + log::toIsoTime(row->since) + " " +
               counted(static_cast<std::size_t>(row->tasks), "task") +
               " in a row ended refused in the same words, which looks aimed at this site: " +
               log::escapeControls(row->said) +
               ". Nobody else is given up for it; mend what the words name, then `notifyhost "
               "retry " +
               _session.pipeline.name + " --failed --yes` brings back those refused.\n";
    }

    std::vector<ConcerningTask> withNobody() const
    {
        auto tasks = tasksOf(_session, Concern::nobody);
        std::erase_if(tasks, [](const auto& task) { return task.status != "DONE"; });
        return tasks;
    }

    std::string strayed() const
    {
        using enum host::OperatorCommand;
        std::map<std::string, std::vector<ConcerningTask>> byStatus;
        for (auto& task : tasksOf(_session, Concern::strayed)) {
            byStatus[task.status].push_back(std::move(task));
        }
        std::string text;
        for (const auto& [status, tasks] : byStatus) {
            text += line(tasks,
                         status == kNotThere
                             ? "running here but not there in the queue, so nothing is sent; where "
                               "`url` was changed, they are in the former queue"
                             : "running here but not RUNNING in the queue, so nothing is sent; "
                               "the queue shows " +
                                   status,
                         "", "", {{retry, "goes on"}, {cancel, "closes it here"}});
        }
        return text;
    }

    std::string ofOthers() const
    {
        using enum host::OperatorCommand;
        std::map<std::string, std::vector<ConcerningTask>> byStatus;
        for (auto& task : tasksOf(_session, Concern::foreign)) {
            const bool early = _situations.of(known(task.id)).early;
            byStatus[task.status + (early ? " early" : "")].push_back(std::move(task));
        }
        return line(byStatus["CLAIMED early"],
                    "CLAIMED before notifyhost first looked, perhaps told by an earlier program",
                    "--foreign", "since when",
                    {{told, "closes what was told"}, {takeover, "tells it from here"}}) +
               line(byStatus["CLAIMED"],
                    "CLAIMED, and not by this host's ledger; the run on the host with `stale = "
                    "return` puts it back",
                    "--foreign", "since when", {}) +
               line(byStatus["RUNNING"], "RUNNING on another host", "--foreign", "since when",
                    {{takeover, "takes over where that host is gone for ever"}});
    }

    /// What is not open is over in the queue as it is in the ledger.
    KnownTask known(const std::string& id) const
    {
        if (const auto found = _open.known.find(id); found != _open.known.end()) {
            return found->second;
        }
        KnownTask task{id, _open.trouble ? _open.trouble->what() : "", std::nullopt,
                       _session.ledger->task(id)};
        if (!_open.trouble && task.row && task.row->state == ledger::TaskState::done) {
            task.queued = task.row->task;
            task.queued->status = queue::TaskStatus::done;
        }
        return task;
    }

    /// The command, where the table gives it for one of the tasks.
    std::string offer(const std::vector<ConcerningTask>& tasks, const std::string& flag,
                      const Command& command) const
    {
        for (const auto& task : tasks) {
            const bool choice = flag == "--failed" || flag == "--held";
            const auto name = tasks.size() == 1 ? shortId(task.id) : choice ? flag : "TASK";
            const auto text = host::commandLine(command.command, _situations.of(known(task.id)),
                                                _session.pipeline.name, name);
            if (!text.empty()) {
                return " " + text + " " + command.effect + ".";
            }
        }
        return "";
    }

    std::string line(std::vector<ConcerningTask> tasks, const std::string& what,
                     const std::string& flag, const std::string& shows,
                     const std::vector<Command>& commands) const
    {
        std::erase_if(tasks, [](const auto& task) { return task.settled; });
        if (tasks.empty()) {
            return "";
        }
        const auto latest =
            std::max_element(tasks.begin(), tasks.end(), [](const auto& one, const auto& other) {
                return one.since < other.since;
            })->since;
        std::string text = "  " + counted(tasks.size(), "task") + ": " + what;
        text +=
            latest > ledger::WallTime{} ? " (the latest at " + log::toIsoTime(latest) + ")" : "";
        text += ".";
        if (!flag.empty()) {
            text += " `notifyhost list " + _session.pipeline.name + " " + flag + "` shows " +
                    shows + ".";
        }
        if (flag.empty() || commands.empty()) {
            text += " `notifyhost explain " + _session.pipeline.name + " " +
                    (tasks.size() == 1 ? shortId(tasks.front().id) : "TASK") + "` tells more.";
        }
        for (const auto& command : commands) {
            text += offer(tasks, flag, command);
        }
        return text + "\n";
    }

    const PipelineSession& _session;
    Situations _situations;
    OpenTasks _open;
};

std::string ofOrigin(ledger::Origin origin, const std::string& folder, std::size_t running)
{
    if (origin == ledger::Origin::other) {
        return "  The ledger in " + folder +
               " is not the one that this pipeline worked with: it was removed or exchanged. Put "
               "the right one or a backup in its place while no run is at work.\n";
    }
    if (origin == ledger::Origin::fresh && running > 0) {
        return "  The state folder " + folder + " is new to this pipeline, and the queue shows " +
               counted(running, "task") +
               " RUNNING. Where another host answers for them, all is well; where this host has "
               "worked before, correct `state` or put the former folder in its place.\n";
    }
    return "";
}

/// Below all pipelines: what belongs to none, and where this was looked for.
void printFolder(Program& program, const config::Configuration& configuration)
{
    std::string text;
    for (const auto& finding : nobodysRows(configuration)) {
        text += "in no pipeline: " + log::escapeControls(finding.text) + "\n";
    }
    program.print(text + "state folder: " + configuration.stateFolder().string() + "\n");
}

host::ExitStatus statusOf(Program& program, const config::PipelineSettings& pipeline)
{
    auto& assembly = program.assembly();
    // Looking leaves nothing behind: a ledger is made by the first run, as whoever that runs as.
    const auto folder = assembly.configuration().stateFolder();
    const bool hasLedger = std::filesystem::exists(folder / "ledger.sqlite");
    std::optional<PipelineSession> session;
    if (hasLedger) {
        session.emplace(openSession(program, pipeline.name, userName()));
    }
    const auto queue = assembly.openQueue(pipeline);
    auto open = openTasks(*queue, pipeline, session ? session->ledger.get() : nullptr);
    const auto found = open.counts.find(queue::TaskStatus::running);
    const auto running = found == open.counts.end() ? 0 : static_cast<std::size_t>(found->second);
    auto status = host::ExitStatus::ok;
    const auto head =
        pipeline.name + ": " +
        (open.asConfigured ? countsOf(open.counts, *queue) + " (" + queue->describe() + ")\n"
                           : "its queue does not answer; this is what the ledger alone knows\n");
    if (open.trouble) {
        program.logger().error(pipeline.name + ": " + open.trouble->what());
        status = open.trouble->kind() == queue::QueueError::Kind::storage
                     ? host::ExitStatus::disk
                     : host::ExitStatus::unavailable;
    }
    std::string waiting;
    if (session) {
        const auto origin = session->ledger->origin();
        Waiting lines(*session, std::move(open));
        waiting = ofOrigin(origin, folder.string(), running) + lines.ofLedger();
        waiting += status == host::ExitStatus::ok ? lines.ofQueue() : "";
    } else {
        const bool isLost = !ledger::LedgerMark(folder, pipeline.porchName).identity().empty();
        waiting = ofOrigin(isLost ? ledger::Origin::other : ledger::Origin::fresh, folder.string(),
                           running);
    }
    program.print(head + waiting);
    return status;
}

} // namespace

Action defineStatus(CLI::App& command)
{
    const auto name = std::make_shared<std::string>();
    command.add_option("PIPELINE", *name, "Only this pipeline");
    command.footer("A line for each pipeline, and below it one for each thing that waits for you, "
                   "with the commands to run. A porch is not asked for what is DONE. Last, what "
                   "the ledger holds that no section reads, and the "
                   "state folder.");
    return [name](Program& program) {
        if (!name->empty()) {
            const auto& assembly = program.assemblyFor(*name);
            const auto status = statusOf(program, assembly.pipeline(*name));
            printFolder(program, assembly.configuration());
            return status;
        }
        config::Findings findings;
        const auto& configuration = program.assembly(findings).configuration();
        program.report(findings);
        auto status = findings.hasErrors() ? host::ExitStatus::configuration : host::ExitStatus::ok;
        for (const auto& pipeline : configuration.pipelines()) {
            const bool faulty = std::any_of(
                findings.all().begin(), findings.all().end(), [&](const config::Finding& finding) {
                    return finding.severity == config::Finding::Severity::error &&
                           configuration.concerns(pipeline, finding.section);
                });
            if (faulty) {
                program.print(pipeline.name + ": its configuration is wrong, so nothing of it is "
                                              "shown; `notifyhost check` says what to correct\n");
                continue;
            }
            status = host::worse(status, statusOf(program, pipeline));
        }
        printFolder(program, configuration);
        return status;
    };
}

} // namespace notifyhost::app
