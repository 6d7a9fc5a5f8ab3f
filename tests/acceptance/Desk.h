#pragma once

#include "acceptance/Site.h"
#include "ledger/Ledger.h"
#include "queue/EmbeddedQueue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <sstream>
#include <string>

namespace notifyhost::test {

/// A site whose source composes what its tasks say, and whose transport does what addresses say.
class Desk : public Site {
public:
    explicit Desk(const std::string& extra = "")
    {
        folder().write("templates/scripted_source/subject.mustache", "{{subject}}");
        folder().write("templates/scripted_source/text.mustache", "{{subject}}");
        configure(extra);
    }

    /// The configuration, with these lines in the pipeline's section.
    void configure(const std::string& extra) const
    {
        folder().write("notifyhost.ini",
                       "[host]\nstate = state\ntemplates = templates\nplugin_path = " +
                           std::string(BUILD_ROOT) + "/tests/plugins:" + BUILD_ROOT +
                           "/lib/notifyhost\n[PORCH]\nurl = sqlite:queue.sqlite\n"
                           "[source.script]\nplugin = scripted_source\nmended = source.mended\n"
                           "[transport.peer]\nplugin = scripted_transport\nfile = peer.txt\n"
                           "mended = peer.mended\n"
                           "[pipeline.mails]\nporch_name = mails\n"
                           "porch_uri = https://example.org/mails\nporch_version = 1\n"
                           "source = script\ntransport = peer\nworkers = 1\n" +
                           extra);
    }

    /// Adds a task with one notification to these, runs the pipeline, and returns the task's id.
    std::string tell(const std::string& addresses)
    {
        return work(R"({"notifications":[{"key":"study 1","to":[)" + addresses + "]}]}");
    }
    /// The same for a notification that cannot be made.
    std::string failing(const std::string& word)
    {
        return work(R"({"notifications":[{"key":"study 1","fail":")" + word + R"(","to":[]}]})");
    }
    std::string work(const std::string& input)
    {
        add(input);
        run = notifyhost({"run", "mails"});
        return lastId();
    }
    void add(const std::string& input)
    {
        const auto added = notifyhost({"add", "mails"}, input + "\n");
        EXPECT_EQ(added.status, 0) << added.error;
    }
    std::string lastId()
    {
        std::istringstream lines(notifyhost({"list", "mails"}).output);
        std::string line;
        std::string id;
        while (std::getline(lines, line)) {
            id = line.substr(line.find('\t') + 1, 64);
        }
        return id;
    }

    std::string listed(const std::string& flag)
    {
        const auto result = notifyhost({"list", "mails", flag});
        EXPECT_EQ(result.status, 0) << result.error;
        return result.output;
    }
    std::string explained(const std::string& id)
    {
        const auto result = notifyhost({"explain", "mails", id});
        EXPECT_EQ(result.status, 0) << result.error;
        return result.output;
    }
    std::string status()
    {
        const auto result = notifyhost({"status", "mails"});
        EXPECT_EQ(result.status, 0) << result.error;
        return result.output;
    }
    /// Sets a status as another program would.
    void put(const std::string& id, queue::TaskStatus wanted) const
    {
        queue::EmbeddedQueue queue(folder() / "queue.sqlite");
        for (const auto& task : queue.list({"mails", "https://example.org/mails", "1"}, {})) {
            if (task.id == id) {
                queue.update(task, wanted);
            }
        }
    }
    /// Leaves the task RUNNING, as a run of this host left it so long ago, with nothing composed.
    void leaveRunning(const std::string& id, std::chrono::hours ago) const
    {
        put(id, queue::TaskStatus::running);
        const auto then = std::chrono::system_clock::now() - ago;
        std::filesystem::create_directories(folder() / "state");
        std::filesystem::permissions(folder() / "state", std::filesystem::perms::owner_all);
        ledger::Ledger ledger(folder() / "state/ledger.sqlite", "mails", "a test", [&] {
            return ledger::ClaimTime{then, {}, "an earlier boot"};
        });
        queue::EmbeddedQueue queue(folder() / "queue.sqlite");
        for (const auto& task : queue.list({"mails", "https://example.org/mails", "1"}, {})) {
            if (task.id == id) {
                ledger.adopt(task, {then, {}, "an earlier boot"});
            }
        }
    }
    /// What the transport's peer has taken.
    std::string taken() const
    {
        const auto file = folder() / "peer.txt";
        return std::filesystem::exists(file) ? readFile(file) : "";
    }

    ProcessResult run;
};

/// "`notifyhost VERB mails ID`" as messages name it.
inline std::string command(const std::string& verb, const std::string& id)
{
    return "`notifyhost " + verb + " mails " + id.substr(0, 12) + "`";
}

} // namespace notifyhost::test
