#include "Commands.h"
#include "Program.h"
#include "StageLine.h"
#include "config/SectionNames.h"
#include "host/PluginCall.h"
#include "log/Logger.h"

#include <CLI/CLI.hpp>

#include <chrono>

namespace notifyhost::app {

namespace {

/// The longest a test may take: an operator waits for it.
constexpr std::chrono::minutes kLimit{5};

struct Options {
    std::string transport;
    std::string to;
    bool send{};
};

/// Prints each stage as it is reached, with the time since the beginning.
class PrintingContext : public DeliveryContext {
public:
    explicit PrintingContext(Program& program) : _program(program) {}

    std::chrono::steady_clock::time_point deadline() const override { return _start + kLimit; }
    bool cancelled() const override { return _program.stop().requested(); }
    bool commit() override { return true; }

    void stage(std::string_view name, std::string_view detail) override
    {
        _program.print(stageLine(std::chrono::steady_clock::now() - _start, name, detail));
    }

private:
    Program& _program;
    std::chrono::steady_clock::time_point _start{std::chrono::steady_clock::now()};
};

Message testMessage(Program& program, const Options& options, const std::string& domain)
{
    Message message;
    message.id = "test-" + newRunId() + newRunId() + "@" + domain;
    message.date = std::chrono::floor<std::chrono::seconds>(program.clock().wall());
    message.pipeline = "test-transport";
    message.task = std::string(64, '0');
    message.key = "test";
    message.subject = "Test message from notifyhost";
    message.text = "This is a test message. `notifyhost test-transport " + options.transport +
                   " --send` sent it by hand; nothing happened to any data, and nothing is to be "
                   "done.\n";
    if (!options.to.empty()) {
        message.recipients = {options.to};
    }
    message.facts.set("test", true);
    return message;
}

std::string_view words(Verdict verdict)
{
    switch (verdict) {
    case Verdict::delivered:
        return "delivered";
    case Verdict::tryAgain:
        return "not now";
    case Verdict::refused:
        return "refused";
    case Verdict::unknown:
        break;
    }
    return "unknown";
}

host::ExitStatus statusOf(const Outcome& outcome)
{
    if (outcome.verdict == Verdict::delivered) {
        return host::ExitStatus::ok;
    }
    if (outcome.credentials) {
        return host::ExitStatus::credentials;
    }
    switch (outcome.scope) {
    case Scope::sender:
        return host::ExitStatus::configuration;
    case Scope::connection:
    case Scope::service:
        return host::ExitStatus::unavailable;
    case Scope::message:
        break;
    }
    return host::ExitStatus::someFailed;
}

/// Errors: std::invalid_argument for a name that no section and no pipeline has.
config::PluginReference referenceOf(host::Assembly& assembly, const std::string& name)
{
    constexpr std::string_view kPrefix = "transport.";
    std::string known;
    for (const auto& reference : assembly.configuration().references()) {
        if (reference.section == std::string(kPrefix) + name) {
            return reference;
        }
        if (reference.section.starts_with(kPrefix)) {
            known += (known.empty() ? "" : ", ") + reference.section.substr(kPrefix.size());
        }
    }
    throw std::invalid_argument("test-transport " + name + ": there is no [transport." + name +
                                "]; there are: " + (known.empty() ? "none" : known));
}

host::ExitStatus test(Program& program, const Options& options)
{
    auto& assembly = program.assemblyWhere([&](const config::Finding& finding) {
        return !config::isOfPipelines(finding.section) ||
               finding.section == "transport." + options.transport;
    });
    const auto reference = referenceOf(assembly, options.transport);
    const auto transport = assembly.makeTransport(reference);
    const std::string who = "the transport '" + options.transport + "'";
    const bool addressed = host::callPlugin(who + " in addressing()", [&] {
                               return transport->addressing();
                           }) == Addressing::addressed;
    if (addressed && options.to.empty()) {
        throw std::invalid_argument("test-transport " + options.transport +
                                    ": this transport tells people: give --to ADDRESS");
    }
    PrintingContext context(program);
    Envelope envelope{std::string(64, '0'), {}};
    if (addressed) {
        envelope.recipients = {options.to};
    }
    Outcome outcome;
    if (options.send) {
        const auto domain = assembly.messageIdDomain(reference);
        const auto message = testMessage(program, options, domain);
        const auto bytes =
            host::callPlugin(who + " in encode()", [&] { return transport->encode(message); });
        outcome = host::callPlugin(who + " in deliver()",
                                   [&] { return transport->deliver(bytes, envelope, context); });
    } else {
        outcome = host::callPlugin(who + " in probe()",
                                   [&] { return transport->probe(envelope, context); });
    }
    for (const auto& recipient : outcome.perRecipient) {
        program.print(recipient.address + ": " + std::string(words(recipient.verdict)) + ": " +
                      log::escapeControls(recipient.reason) + "\n");
    }
    const bool ready = !options.send && outcome.verdict == Verdict::delivered;
    program.print(std::string(options.send ? "result: " : "probed, nothing sent: ") +
                  (ready ? "" : std::string(words(outcome.verdict)) + ": ") +
                  log::escapeControls(outcome.reason) + "\n");
    return statusOf(outcome);
}

} // namespace

Action defineTestTransport(CLI::App& command)
{
    const auto options = std::make_shared<Options>();
    command
        .add_option("NAME", options->transport,
                    "NAME of a [transport.NAME], or what a pipeline names")
        ->required();
    command.add_option("--to", options->to, "Mail address to ask for, and to send to");
    command.add_flag("--send", options->send,
                     "Send one message (default: talk to the peer up to the recipient, send "
                     "nothing)");
    return [options](Program& program) { return test(program, *options); };
}

} // namespace notifyhost::app
