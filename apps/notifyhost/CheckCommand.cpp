#include "Commands.h"
#include "LiveCheck.h"
#include "NobodysRows.h"
#include "Program.h"
#include "log/Counted.h"

#include <CLI/CLI.hpp>

namespace notifyhost::app {

Action defineCheck(CLI::App& command)
{
    const auto live = std::make_shared<bool>();
    command.add_flag("--live", *live,
                     "Also try queues, warehouse, sources and transports, sending and changing "
                     "nothing");
    command.footer("Without --live it connects to nothing. Every problem is a line FILE:LINE: "
                   "[section] key: what.");
    return [live](Program& program) {
        config::Findings findings;
        auto& assembly = program.assembly(findings);
        program.judgeState(findings);
        const auto status = assembly.check(findings);
        for (const auto& finding : nobodysRows(assembly.configuration())) {
            findings.add(finding);
        }
        program.report(findings);
        if (findings.hasErrors()) {
            return status;
        }
        const auto& configuration = assembly.configuration();
        const auto count = configuration.pipelines().size();
        program.print("configuration " + configuration.file().string() +
                      " is good: " + log::counted(count, "pipeline") +
                      "\nstate folder: " + configuration.stateFolder().string() + "\n");
        return *live ? checkLive(program) : host::ExitStatus::ok;
    };
}

} // namespace notifyhost::app
