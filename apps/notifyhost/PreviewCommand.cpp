#include "Commands.h"
#include "Program.h"
#include "host/Adder.h"
#include "host/Composer.h"
#include "host/InputStream.h"
#include "host/PluginCall.h"
#include "log/Counted.h"
#include "queue/TaskIdentity.h"
#include "json/Json.h"

#include <CLI/CLI.hpp>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <unistd.h>

namespace notifyhost::app {

namespace {

struct Options {
    std::string pipeline;
    std::string task;
    bool next{};
};

/// No queue takes a larger task.
constexpr std::size_t kLargestTask = json::Limits{}.size;

/// Errors: host::UnreadableInput; host::InputStopped.
std::string readText(const Program& program, const std::string& file)
{
    const auto closeFile = [](std::FILE* opened) { std::fclose(opened); };
    const std::unique_ptr<std::FILE, decltype(closeFile)> opened(
        file == "-" ? nullptr : std::fopen(file.c_str(), "re"), closeFile);
    if (file != "-" && !opened) {
        throw host::UnreadableInput(file + ": cannot be opened: " + std::strerror(errno));
    }
    host::InputBuffer input(
        opened ? ::fileno(opened.get()) : STDIN_FILENO, [] {},
        [&] { return program.stop().requested(); });
    std::string text;
    std::array<char, 1 << 16> part{};
    try {
        while (const auto count = input.sgetn(part.data(), part.size())) {
            text.append(part.data(), static_cast<std::size_t>(count));
            if (text.size() > kLargestTask) {
                throw host::UnreadableInput(file + ": is larger than the " +
                                            std::to_string(kLargestTask) +
                                            " octets a task may have");
            }
        }
    } catch (const host::InputError& error) {
        throw host::UnreadableInput(file + ": cannot be read: " + error.what());
    }
    return text;
}

/// What people read.
void show(Program& program, const Message& message)
{
    program.print("=== notification " + message.key + "\nsubject: " + message.subject +
                  "\ntext:\n\n" + message.text + "\n");
}

/// What is sent.
void show(Program& program, const ledger::DeliveryRow& row)
{
    program.print("=== delivery " + row.key + "\n");
    for (const auto& recipient : row.recipients) {
        program.print(
            "recipient: " + (recipient.address.empty() ? "(none)" : recipient.address) +
            (ledger::isFinal(recipient.state)
                 ? ", " + std::string(ledger::toText(recipient.state)) + ": " + recipient.reason
                 : "") +
            "\n");
    }
    if (!row.bytes.empty()) {
        program.print("the exact message, " + log::counted(row.bytes.size(), "octet") + ":\n\n" +
                      row.bytes + "\n");
    }
}

/// Composes a task for real and shows what would be sent.
host::ExitStatus previewTask(Program& program, host::Composer& composer,
                             const queue::QueuedTask& task)
{
    const auto composition = composer.compose(task, {}, {"", task.id, ""});
    for (const auto& row : composition.deliveries) {
        show(program, row);
    }
    for (const auto& failed : composition.failed) {
        program.logger().error("task " + task.id + ": " +
                               (failed.failure == ComposeFailure::tryAgain
                                    ? "cannot be composed yet: "
                                    : "cannot be composed, ever: ") +
                               failed.reason);
    }
    return composition.failed.empty() ? host::ExitStatus::ok : host::ExitStatus::someFailed;
}

/// Shows the source's own examples, to a recipient who does not exist.
host::ExitStatus previewExamples(Program& program, host::Composer& composer, EventSource& source,
                                 const config::PipelineSettings& pipeline)
{
    const auto examples = host::callPlugin("the source '" + pipeline.source + "' in examples()",
                                           [&] { return source.examples(); });
    for (const auto& example : examples) {
        queue::QueuedTask task;
        task.pipeline = host::porchPipeline(pipeline);
        task.id = std::string(64, '0');
        const Notification notification{example.name, {"recipient@example.org"}, example.facts};
        for (const auto& row : composer.deliveriesFor(task, notification, {})) {
            show(program, row);
        }
    }
    return host::ExitStatus::ok;
}

/// The task that the next claim would give, as far as that can be known.
host::ExitStatus previewNext(Program& program, host::Composer& composer,
                             const config::PipelineSettings& pipeline)
{
    const auto queue = program.assemblyFor(pipeline.name).openQueue(pipeline);
    const auto waiting = queue->list(host::porchPipeline(pipeline), queue::TaskStatus::pending);
    if (waiting.empty()) {
        program.logger().warning("no task waits in " + queue->describe());
        return host::ExitStatus::ok;
    }
    return previewTask(program, composer, waiting.front());
}

host::ExitStatus preview(Program& program, const Options& options)
{
    auto& assembly = program.assemblyFor(options.pipeline);
    const auto& pipeline = assembly.pipeline(options.pipeline);
    auto source = assembly.makeSource(pipeline);
    auto transport = assembly.makeTransport(pipeline);
    host::Composer composer(assembly, pipeline, *source.instance, *transport.instance);
    composer.watch([&](const Message& message) { show(program, message); });
    if (options.next) {
        return previewNext(program, composer, pipeline);
    }
    if (options.task.empty()) {
        return previewExamples(program, composer, *source.instance, pipeline);
    }
    queue::QueuedTask task;
    task.pipeline = host::porchPipeline(pipeline);
    try {
        task.inputText = readText(program, options.task);
        task.id = queue::taskInputId(task.inputText);
    } catch (const host::InputStopped& stopped) {
        program.logger().warning(stopped.what());
        return host::ExitStatus::later;
    } catch (const json::JsonError& error) {
        program.logger().error(options.task + ": not a task input: " + error.what());
        return host::ExitStatus::nothingReadable;
    }
    return previewTask(program, composer, task);
}

} // namespace

Action definePreview(CLI::App& command)
{
    const auto options = std::make_shared<Options>();
    command.add_option("PIPELINE", options->pipeline, "Name of a [pipeline.NAME] section")
        ->required();
    auto* next =
        command.add_flag("--next", options->next, "The oldest task that waits in the queue");
    command
        .add_option("--task", options->task,
                    "File with a task's input as JSON, - for standard input (default: the "
                    "source's examples)")
        ->excludes(next);
    return [options](Program& program) { return preview(program, *options); };
}

} // namespace notifyhost::app
