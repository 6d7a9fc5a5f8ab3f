#include "Commands.h"

#include "config/Secrets.h"
#include "host/OutputStream.h"
#include "host/ServiceStatus.h"
#include "storage/Database.h"

#include <CLI/CLI.hpp>

#include <charconv>
#include <csignal>
#include <functional>
#include <iostream>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace notifyhost;
using host::ExitStatus;

constexpr const char* kDefaultListen = "127.0.0.1:8081";

/// The command line as it was read.
struct Options {
    miniporch::ServeOptions serve;
    std::string listen{kDefaultListen};
    std::string generation;
    std::filesystem::path certificate;
    std::filesystem::path key;
    int idleSeconds{60};
    int requestSeconds{20};
    bool administrator{};
    std::string pipeline;
    std::string description{"issued on the command line"};
    std::int64_t token{};
};

void defineServing(CLI::App& application, Options& options)
{
    auto& server = options.serve.server;
    application.add_option("--db", options.serve.file, "The queue file; made where there is none")
        ->required();
    application.add_option("--listen", options.listen,
                           std::string("Address and port, 0 for a free one (default ") +
                               kDefaultListen + ")");
    application
        .add_option("--generation", options.generation,
                    "Which porch it behaves as, 2 or 3 (default 3); the file remembers it")
        ->check(CLI::IsMember({"2", "3"}));
    auto* certificate =
        application.add_option("--tls-cert", options.certificate, "Certificate chain, PEM");
    auto* key = application.add_option("--tls-key", options.key, "Its private key, PEM");
    certificate->needs(key);
    key->needs(certificate);
    application.add_flag("--insecure", server.beyondLoopback,
                         "Listen beyond loopback without TLS: tokens can be read on the way");
    application
        .add_option("--idle-seconds", options.idleSeconds,
                    "How long a connection may be idle (default 60)")
        ->check(CLI::Range(1, 86'400));
    application
        .add_option(
            "--request-seconds", options.requestSeconds,
            "How long sending one request may take, or taking some of its answer (default 20)")
        ->check(CLI::Range(1, 86'400));
    application.add_flag("-v,--verbose", options.serve.verbose, "Log every request");
    application.set_version_flag("--version", std::string("miniporch ") + NOTIFYHOST_VERSION);
}

void defineCommands(CLI::App& application, Options& options)
{
    application.require_subcommand(0, 1);
    application.fallthrough();
    auto* issue = application.add_subcommand("issue-token", "Make a token and print it");
    auto* kind = issue->add_option_group("kind");
    kind->add_flag("--admin", options.administrator, "For creating pipelines and tokens");
    kind->add_option("--pipeline", options.pipeline, "For the tasks of this pipeline");
    kind->require_option(1);
    issue->add_option("--description", options.description, "What it is for");
    application.add_subcommand("list-tokens", "List the tokens, without their texts");
    auto* revoke = application.add_subcommand("revoke-token", "Make a token useless");
    revoke->add_option("number", options.token, "Its number in list-tokens")->required();
}

/// Splits HOST:PORT; an IPv6 address stands in brackets.
void readListen(Options& options)
{
    auto& server = options.serve.server;
    const auto& text = options.listen;
    const auto colon = text.rfind(':');
    const char* const end = text.data() + text.size();
    const auto first = colon == std::string::npos ? end : text.data() + colon + 1;
    server.host = text.substr(0, std::min(colon, text.size()));
    if (server.host.size() > 2 && server.host.front() == '[' && server.host.back() == ']') {
        server.host = server.host.substr(1, server.host.size() - 2);
    } else if (server.host.find_first_of(":[]") != std::string::npos) {
        server.host.clear();
    }
    const auto read = std::from_chars(first, end, server.port);
    if (server.host.empty() || first == end || read.ec != std::errc() || read.ptr != end) {
        throw miniporch::ServerError(miniporch::ServerError::Kind::configuration,
                                     "--listen " + text +
                                         ": write it as ADDRESS:PORT, an IPv6 address in brackets");
    }
}

void serve(Options& options)
{
    readListen(options);
    auto& server = options.serve.server;
    if (!options.certificate.empty()) {
        server.tls = {options.certificate, options.key};
    }
    server.limits.idle = std::chrono::seconds(options.idleSeconds);
    server.limits.requestTime = std::chrono::seconds(options.requestSeconds);
    server.limits.write = server.limits.requestTime;
    miniporch::serve(options.serve);
}

/// A command takes no option of the server's that would do nothing with it.
/// Errors: CLI::ValidationError.
void refuseIdleOptions(const CLI::App& application)
{
    for (const auto* command : application.get_subcommands()) {
        const bool issues = command->get_name() == "issue-token";
        for (const auto* option : application.get_options()) {
            const std::string name = option->get_name();
            if (option->count() > 0 && name != "--db" && !(issues && name == "--generation")) {
                throw CLI::ValidationError(name, "does nothing with " + command->get_name() +
                                                     "; leave it out");
            }
        }
    }
}

/// What was to be printed could not be.
class Unprinted : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// consequence: what is to be known where it cannot be printed.
void print(std::string_view text, const std::string& consequence)
{
    host::OutputStream output(STDOUT_FILENO);
    output.write(text);
    if (!output.trouble().empty()) {
        throw Unprinted("standard output cannot be written: " + output.trouble() + consequence);
    }
}

void execute(const CLI::App& application, Options& options)
{
    const auto& file = options.serve.file;
    if (!options.generation.empty()) {
        options.serve.generation =
            options.generation == "2" ? queue::Generation::two : queue::Generation::three;
    }
    if (application.got_subcommand("issue-token")) {
        const auto token = miniporch::issueToken(
            file, options.serve.generation,
            options.administrator ? std::nullopt : std::optional(options.pipeline),
            options.description);
        print(token.text + "\n",
              ". The token was made and is lost: nobody can read it again. Make another, and "
              "revoke this one: miniporch --db " +
                  file.string() + " revoke-token " + std::to_string(token.number));
    } else if (application.got_subcommand("list-tokens")) {
        print(miniporch::listTokens(file), "");
    } else if (application.got_subcommand("revoke-token")) {
        miniporch::revokeToken(file, options.token);
    } else {
        serve(options);
    }
}

ExitStatus report(const std::exception& error, ExitStatus status)
{
    std::cerr << "miniporch: " << error.what() << "\n";
    return status;
}

ExitStatus withFailuresReported(const std::function<void()>& work)
{
    try {
        work();
        return ExitStatus::ok;
    } catch (const Unprinted& error) {
        return report(error, ExitStatus::disk);
    } catch (const storage::StorageError& error) {
        return report(error, host::statusFor(error.kind()));
    } catch (const miniporch::ServerError& error) {
        return report(error, error.kind() == miniporch::ServerError::Kind::configuration
                                 ? ExitStatus::configuration
                                 : ExitStatus::unavailable);
    } catch (const queue::QueueError& error) {
        return report(error, ExitStatus::configuration);
    } catch (const std::exception& error) {
        return report(error, ExitStatus::fault);
    }
}

} // namespace

int main(int argc, char** argv)
{
    host::occupyStandardDescriptors();
    config::keepMemoryPrivate(); // tokens pass through it
    ::umask(077);
    // A reader that leaves and a file that may not grow are errors of the write.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    CLI::App application{"Serves a queue file over porch's REST interface.", "miniporch"};
    Options options;
    defineServing(application, options);
    defineCommands(application, options);
    try {
        application.parse(argc, argv);
        refuseIdleOptions(application);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            std::ostringstream text;
            application.exit(error, text, text);
            return static_cast<int>(withFailuresReported([&] { print(text.str(), ""); }));
        }
        std::cerr << "miniporch: " << error.what() << "\nRun miniporch --help.\n";
        return static_cast<int>(ExitStatus::usage);
    }
    return static_cast<int>(withFailuresReported([&] { execute(application, options); }));
}
