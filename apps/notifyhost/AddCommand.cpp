#include "Actions.h"
#include "Commands.h"
#include "Program.h"

#include <CLI/CLI.hpp>

#include <map>

namespace notifyhost::app {

namespace {

struct Options {
    std::string pipeline;
    host::AddFiles files;
    std::vector<std::string> settings;
};

/// `--name value` and `--name=value` for settings of the source. Which names there are is known
/// only when the pipeline's source is.
std::map<std::string, std::string> overridesFrom(const std::vector<std::string>& words)
{
    std::map<std::string, std::string> result;
    for (std::size_t index = 0; index < words.size(); ++index) {
        std::string word = words[index];
        if (!word.starts_with("--")) {
            throw CLI::ExtrasError({word});
        }
        word.erase(0, 2);
        const auto equals = word.find('=');
        if (equals != std::string::npos) {
            result[word.substr(0, equals)] = word.substr(equals + 1);
        } else if (index + 1 < words.size()) {
            result[word] = words[++index];
        } else {
            throw CLI::ArgumentMismatch("--" + word + " needs a value");
        }
    }
    return result;
}

host::ExitStatus add(Program& program, const Options& options)
{
    try {
        return addEvents(program,
                         {options.pipeline, options.files, overridesFrom(options.settings)});
    } catch (const CLI::ParseError& error) {
        program.logger().error(std::string("add: ") + error.what());
        return host::ExitStatus::usage;
    }
}

} // namespace

host::ExitStatus addEvents(Program& program, const AddRequest& request)
{
    auto& assembly = program.assemblyFor(request.pipeline);
    const auto& pipeline = assembly.pipeline(request.pipeline);
    const auto source = assembly.makeSource(pipeline, request.overrides);
    const auto queue = assembly.openQueue(pipeline);
    host::Adder adder(*queue, host::porchPipeline(pipeline), request.files, program.logger(),
                      program.stop());
    return adder.run(*source.instance).status;
}

Action defineAdd(CLI::App& command)
{
    const auto options = std::make_shared<Options>();
    command.add_option("PIPELINE", options->pipeline, "Name of a [pipeline.NAME] section")
        ->required();
    command.add_option("--input", options->files.input,
                       "Where to read events (default -, standard "
                       "input)");
    command.add_option("--output", options->files.output,
                       "Where to pass them on once the queue holds them (default -, standard "
                       "output); an existing file is replaced");
    command.allow_extras();
    command.fallthrough(false);
    command.footer("Every setting of the pipeline's source can be given as --name VALUE; "
                   "`notifyhost describe PLUGIN` lists them.");
    return [options, &command](Program& program) {
        options->settings = command.remaining();
        return add(program, *options);
    };
}

} // namespace notifyhost::app
