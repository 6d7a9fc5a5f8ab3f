#include "Commands.h"
#include "Concerns.h"
#include "Program.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>

namespace notifyhost::app {

namespace {

std::string countsOf(const std::vector<queue::QueuedTask>& tasks)
{
    std::map<queue::TaskStatus, int> counts;
    for (const auto& task : tasks) {
        ++counts[task.status];
    }
    std::string text;
    for (const auto& [status, count] : counts) {
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " " +
                std::string(queue::toText(status));
    }
    return text.empty() ? "no tasks" : text;
}

/// What waits for the operator, a line each, with the commands to run.
class Waiting {
public:
    explicit Waiting(const PipelineSession& session) : _session(session) {}

    /// What the ledger alone can tell.
    std::string ofLedger()
    {
        return line(tasksOf(_session, Concern::held), "messages held back until you decide",
                    "--held", "why", {{"approve", "sends them"}, {"cancel", "drops them"}}) +
               line(tasksOf(_session, Concern::partial), "DONE with somebody not told", "--partial",
                    "whom and why", {});
    }

    /// What needs the queue too.
    std::string ofQueue()
    {
        return line(tasksOf(_session, Concern::failed), "FAILED", "--failed", "why",
                    {{"retry", "tries again when the cause is mended"}}) +
               line(tasksOf(_session, Concern::strayed),
                    "running here but not RUNNING in the queue, so nothing is sent", "", "",
                    {{"explain", "tells more"}, {"retry", "goes on"}}) +
               ofOthers();
    }

private:
    struct Command {
        const char* verb;
        const char* effect;
    };

    std::string ofOthers()
    {
        std::map<std::string, std::vector<ConcerningTask>> byStatus;
        for (auto& task : tasksOf(_session, Concern::foreign)) {
            byStatus[task.status].push_back(std::move(task));
        }
        return line(byStatus["CLAIMED"], "CLAIMED, and not by this host's ledger", "--foreign",
                    "since when", {{"takeover", "takes over where nobody is at work"}}) +
               line(byStatus["RUNNING"], "RUNNING on another host", "--foreign", "since when",
                    {{"takeover", "takes over where that host is gone for ever"}});
    }

    std::string line(const std::vector<ConcerningTask>& tasks, const std::string& what,
                     const std::string& flag, const std::string& shows,
                     const std::vector<Command>& commands) const
    {
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
        const auto task = tasks.size() == 1 ? shortId(tasks.front().id) : std::string("TASK");
        for (const auto& command : commands) {
            text += " `notifyhost " + std::string(command.verb) + " " + _session.pipeline.name +
                    " " + task + "` " + command.effect + ".";
        }
        return text + "\n";
    }

    const PipelineSession& _session;
};

host::ExitStatus statusOf(Program& program, const config::PipelineSettings& pipeline)
{
    auto& assembly = program.assembly();
    // Looking leaves nothing behind: a ledger is made by the first run, as whoever that runs as.
    const bool hasLedger =
        std::filesystem::exists(assembly.configuration().stateFolder() / "ledger.sqlite");
    const auto queue = assembly.openQueue(pipeline);
    auto status = host::ExitStatus::ok;
    std::string head = pipeline.name + ": ";
    std::string waiting;
    try {
        head += countsOf(queue->list(host::porchPipeline(pipeline), {})) + " (" +
                queue->describe() + ")\n";
    } catch (const queue::QueueError& error) {
        program.logger().error(pipeline.name + ": " + error.what());
        head += "its queue does not answer; this is what the ledger alone knows\n";
        status = error.kind() == queue::QueueError::Kind::storage ? host::ExitStatus::disk
                                                                  : host::ExitStatus::unavailable;
    }
    if (hasLedger) {
        const auto session = openSession(program, pipeline.name, userName());
        Waiting lines(session);
        waiting = lines.ofLedger();
        waiting += status == host::ExitStatus::ok ? lines.ofQueue() : "";
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
                   "with the commands to run.");
    return [name](Program& program) {
        if (!name->empty()) {
            return statusOf(program, program.assemblyFor(*name).pipeline(*name));
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
        return status;
    };
}

} // namespace notifyhost::app
