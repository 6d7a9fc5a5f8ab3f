#include "Failures.h"

#include "Program.h"
#include "host/Adder.h"
#include "host/PluginFile.h"
#include "host/ServiceStatus.h"
#include "message/Templates.h"

namespace notifyhost::app {

namespace {

host::ExitStatus attempt(Program& program, const Action& action)
{
    const auto say = [&](const std::exception& error) { program.logger().error(error.what()); };
    try {
        program.openLog();
        return action(program);
    } catch (const host::ConfigurationError& error) {
        program.report(error.findings());
        return host::ExitStatus::configuration;
    } catch (const host::PluginRefusal& error) {
        say(error);
        return host::ExitStatus::configuration;
    } catch (const message::TemplateError& error) {
        say(error);
        return host::ExitStatus::configuration;
    } catch (const storage::StorageError& error) {
        say(error);
        return host::statusFor(error.kind());
    } catch (const queue::QueueError& error) {
        say(error);
        return host::statusFor(error.kind());
    } catch (const ServiceError& error) {
        say(error);
        return host::statusFor(error.kind());
    } catch (const host::UnreadableInput& error) {
        say(error);
        return host::ExitStatus::nothingReadable;
    } catch (const PluginFault& error) {
        say(error); // it names the plugin
        return host::ExitStatus::fault;
    } catch (const std::invalid_argument& error) {
        say(error);
        return host::ExitStatus::usage;
    } catch (const std::logic_error& error) {
        program.logger().error(std::string("a fault of notifyhost itself, please report it: ") +
                               error.what());
        return host::ExitStatus::fault;
    } catch (const std::exception& error) {
        say(error);
        return host::ExitStatus::disk;
    } catch (...) {
        program.logger().error("a fault of notifyhost itself, please report it: something was "
                               "thrown that is no exception");
        return host::ExitStatus::fault;
    }
}

} // namespace

host::ExitStatus withFailuresReported(Program& program, const Action& action)
{
    const auto status = attempt(program, action);
    const auto& output = program.output();
    if (output.trouble().empty()) {
        return status;
    }
    // `preview | head` is no trouble for anybody, but the exit status tells whoever asks.
    program.logger().write(output.readerLeft() ? Level::info : Level::error, {},
                           "standard output cannot be written: " + output.trouble() +
                               ". What the command had to say is not all there");
    return host::worse(status, output.givenUp() ? host::ExitStatus::later : host::ExitStatus::disk);
}

} // namespace notifyhost::app
