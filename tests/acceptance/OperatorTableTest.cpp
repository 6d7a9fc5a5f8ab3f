#include "host/OperatorTable.h"
#include "acceptance/Site.h"
#include "ledger/DeliveryKey.h"
#include "queue/PorchClient.h"
#include "support/MiniporchServer.h"
#include "support/ScriptedHttpServer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace notifyhost::test {
namespace {

using host::OperatorCommand;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const queue::Pipeline kMails{"mails", "https://example.org/mails", "1"};

/// The words of one row of the file: of a command and a state in the ledger, one for each state in
/// the queue.
using Words = std::map<std::string, std::map<std::string, std::vector<std::string>>>;

std::vector<std::string> wordsOf(const std::string& line)
{
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) {
        words.push_back(word);
    }
    return words;
}

/// docs/model/operator.table. Its columns are those of kInQueue.
const Words& tableOfTheModel()
{
    static const Words table = [] {
        Words result;
        std::string command;
        std::istringstream lines(readFile(std::string(SOURCE_ROOT) + "/docs/model/operator.table"));
        for (std::string line; std::getline(lines, line);) {
            auto words = wordsOf(line);
            if (words.empty() || words.front().starts_with('#')) {
                continue;
            }
            const std::string first = words.front();
            words.erase(words.begin());
            if (!line.starts_with(' ')) {
                command = first;
                std::vector<std::string> columns;
                for (const auto state : host::kInQueue) {
                    columns.emplace_back(toText(state));
                }
                EXPECT_EQ(words, columns) << command;
            } else {
                result[command][first] = words;
            }
        }
        return result;
    }();
    return table;
}

TEST(OperatorTable, IsTheSameInTheProgramAndInTheModel)
{
    const auto& table = tableOfTheModel();
    EXPECT_EQ(table.size(), host::kOperatorCommands.size());
    for (const auto command : host::kOperatorCommands) {
        for (const auto ledger : host::kInLedger) {
            const auto& row =
                table.at(std::string(toText(command))).at(std::string(toText(ledger)));
            ASSERT_EQ(row.size(), host::kInQueue.size());
            for (const auto queue : host::kInQueue) {
                EXPECT_EQ(row.at(static_cast<std::size_t>(queue)),
                          toText(host::operatorAnswer(command, ledger, queue)))
                    << toText(command) << " " << toText(ledger) << " " << toText(queue);
            }
        }
    }
}

/// "| `retry` | done, failed | yes | …", the rows of docs/delivery.md; states that have the same
/// answers share one.
std::vector<std::string> rowsOfThePage()
{
    std::vector<std::string> rows;
    for (const auto command : host::kOperatorCommands) {
        std::vector<std::pair<std::string, std::string>> merged;
        for (const auto ledger : host::kInLedger) {
            std::string cells;
            for (const auto queue : host::kInQueue) {
                cells += " | " + std::string(toText(host::operatorAnswer(command, ledger, queue)));
            }
            const auto same = std::find_if(merged.begin(), merged.end(),
                                           [&](const auto& row) { return row.second == cells; });
            if (same == merged.end()) {
                merged.emplace_back(toText(ledger), cells);
            } else {
                same->first += ", " + std::string(toText(ledger));
            }
        }
        const std::string name =
            command == OperatorCommand::told ? "acknowledge --told" : std::string(toText(command));
        for (const auto& [states, cells] : merged) {
            rows.push_back("| `" + name + "` | " + states + cells + " |\n");
        }
    }
    return rows;
}

TEST(OperatorTable, IsTheSameInTheProgramAndOnThePage)
{
    const std::string page = readFile(std::string(SOURCE_ROOT) + "/docs/delivery.md");
    std::string all;
    for (const auto& row : rowsOfThePage()) {
        all += row;
    }
    EXPECT_NE(page.find(all), std::string::npos) << "docs/delivery.md lacks:\n" << all;
    std::set<std::string> words;
    for (const auto& [command, rows] : tableOfTheModel()) {
        for (const auto& [state, cells] : rows) {
            words.insert(cells.begin(), cells.end());
        }
    }
    for (const auto& word : words) {
        EXPECT_NE(page.find("\n| " + word + " | "), std::string::npos)
            << "docs/delivery.md does not say what " << word << " means";
    }
}

/// One host: a state folder and a configuration of its own, on a porch that others use too.
class Host {
public:
    Host(const TemporaryFolder& folder, const std::string& name, const std::string& url,
         const std::string& tokens, const std::string& extra = "")
        : _folder(folder), _name(name)
    {
        folder.write("templates/scripted_source/subject.mustache", "{{subject}}");
        folder.write("templates/scripted_source/text.mustache", "{{subject}}");
        folder.write(name + ".ini",
                     "[host]\nstate = " + name +
                         "\ntemplates = templates\nplugin_path = " + std::string(BUILD_ROOT) +
                         "/tests/plugins\n[PORCH]\nurl = " + url + "\n" + tokens +
                         "[source.script]\nplugin = scripted_source\nmended = source.mended\n"
                         "[transport.peer]\nplugin = scripted_transport\nfile = peer.txt\n"
                         "mended = peer.mended\n[pipeline.mails]\nporch_name = mails\n"
                         "porch_uri = https://example.org/mails\nporch_version = 1\n"
                         "source = script\ntransport = peer\nworkers = 1\n" +
                         extra);
    }

    /// Another host's state folder, asked with a configuration of its own.
    Host(const Host& other, const std::string& configuration)
        : _folder(other._folder), _name(other._name), _configuration(configuration)
    {
        std::filesystem::rename(_folder / (_name + ".ini"), _folder / (_configuration + ".ini"));
    }

    ProcessResult operator()(const std::vector<std::string>& words,
                             const std::string& input = "") const
    {
        return notifyhostWith(_folder / (_configuration + ".ini"), words, input);
    }
    ProcessResult later(std::chrono::seconds ahead, const std::vector<std::string>& words) const
    {
        return notifyhostWith(_folder / (_configuration + ".ini"), words, "", ahead);
    }

    std::filesystem::path state() const { return _folder / _name; }

private:
    const TemporaryFolder& _folder;
    std::string _name;
    std::string _configuration{_name};
};

/// A miniporch with the pipeline, and what its hosts need to use it.
class Porch {
public:
    Porch()
    {
        const Host first(folder, "first", url(),
                         "admin_token = " + _server.administratorToken() + "\n");
        EXPECT_EQ(first({"register", "mails"}).status, 0);
        const auto made = first({"token", "mails"}).output;
        _token = made.substr(0, made.find('\n'));
        queue::PorchSettings settings;
        settings.url = url();
        settings.pipelineToken = {_token, "the token"};
        client = std::make_unique<queue::PorchClient>(settings);
    }

    Host host(const std::string& name, const std::string& extra = "") const
    {
        return Host(folder, name, url(), "pipeline_token = " + _token + "\n", extra);
    }

    /// A host whose queue turns it away, whatever it asks.
    Host turnedAway(const std::string& name) const
    {
        return Host(folder, name, _refusing.url(), "pipeline_token = " + _token + "\n");
    }

    std::map<std::string, queue::TaskStatus> statuses() const
    {
        std::map<std::string, queue::TaskStatus> result;
        for (const auto& task : client->list(kMails, {})) {
            result[task.id] = task.status;
        }
        return result;
    }

    std::string taken() const
    {
        const auto file = folder / "peer.txt";
        return std::filesystem::exists(file) ? readFile(file) : "";
    }

    /// How often the peer took a message for this address.
    std::size_t told(const std::string& address) const
    {
        std::istringstream lines(taken());
        std::size_t count = 0;
        for (std::string line; std::getline(lines, line);) {
            count += line.starts_with(address + " ") ? 1 : 0;
        }
        return count;
    }

    TemporaryFolder folder;
    std::unique_ptr<queue::PorchClient> client;

private:
    std::string url() const { return "http://127.0.0.1:" + std::to_string(_server.port()) + "/"; }

    MiniporchServer _server;
    ScriptedHttpServer _refusing{
        [](const ScriptedRequest&) { return answer(403, R"({"detail":"go away"})"); }};
    std::string _token;
};

using Wall = ledger::WallTime;

std::unique_ptr<ledger::Ledger> openLedger(const Host& host, Wall now)
{
    std::filesystem::create_directories(host.state());
    std::filesystem::permissions(host.state(), std::filesystem::perms::owner_all);
    return std::make_unique<ledger::Ledger>(host.state() / "ledger.sqlite", "mails", "a test",
                                            [now] {
                                                return ledger::ClaimTime{now, {}, ""};
                                            });
}

/// Brings a task into this state of the ledger, as runs at that time would have left it: one
/// recipient accepted or refused where it has ended, else one put off and one held.
void bringTo(ledger::Ledger& ledger, const queue::QueuedTask& task, host::InLedger wanted,
             Wall then)
{
    using State = ledger::DeliveryState;
    if (wanted == host::InLedger::none) {
        return;
    }
    ledger.taken({task}, {then, {}, "an earlier boot"});
    if (wanted == host::InLedger::taken) {
        return;
    }
    if (wanted == host::InLedger::released) {
        ledger.released(task.id, "let go");
        return;
    }
    ledger::DeliveryRow row;
    row.taskId = task.id;
    row.notificationKey = "study 1";
    row.key = ledger::deliveryKey({"mails", task.id, "study 1", "", "peer"});
    row.messageId = ledger::messageId(row.key, "example.org");
    row.bytes = "frozen";
    row.recipients.resize(2);
    row.recipients[0].address = "ada@x.org";
    row.recipients[1].address = "bo@x.org";
    ledger.composed(task.id, {row}, std::nullopt);
    auto recipients = row.recipients;
    if (wanted == host::InLedger::running) {
        recipients[0].state = State::deferred;
        recipients[0].nextAttempt = then + std::chrono::hours{24 * 365};
        recipients[1].state = State::held;
        ledger.outcome(row.key, recipients);
        return;
    }
    const bool done = wanted == host::InLedger::done;
    if (done) {
        ledger.sending(row.key, {"ada@x.org"});
    }
    recipients[0].state = done ? State::accepted : State::refused;
    recipients[1].state = State::refused;
    ledger.outcome(row.key, recipients,
                   ledger::Ending{done ? ledger::TaskState::done : ledger::TaskState::failed, ""});
}

/// A porch with one task for each cell of a command, and this host's ledger with its rows.
class Cells {
public:
    explicit Cells(std::chrono::hours age) : _then(std::chrono::system_clock::now() - age)
    {
        std::vector<std::string> inputs;
        for (std::size_t number = 0; number < kCells; ++number) {
            inputs.push_back(R"({"notifications":[{"key":"study 1","to":["ada@x.org"]}],"n":)" +
                             std::to_string(number) + "}");
        }
        const auto added = porch.client->add(kMails, inputs);
        const auto ledger = openLedger(here, _then);
        std::vector<ledger::WatchRow> watches;
        std::size_t number = 0;
        for (const auto inLedger : host::kInLedger) {
            for (const auto inQueue : host::kInQueue) {
                queue::QueuedTask task{kMails, added[number].id, inputs[number],
                                       queue::TaskStatus::claimed};
                ++number;
                if (inQueue == host::InQueue::absent) {
                    task.id = std::string(58, 'f') + std::to_string(100000 + number);
                }
                bringTo(*ledger, task, inLedger, _then);
                const auto status = queue::statusFromText(toText(inQueue));
                if (status) {
                    porch.client->update(task, *status);
                }
                if (status == queue::TaskStatus::claimed && early.count(inLedger) > 0) {
                    watches.push_back({task.id, *status, _then, {}, {}, true});
                }
                ids[{inLedger, inQueue}] = task.id;
            }
        }
        ledger->setWatches(watches);
    }

    /// How the task stands, in both places.
    std::string standing(const std::string& id)
    {
        const auto ledger = openLedger(here, std::chrono::system_clock::now());
        const auto row = ledger->task(id);
        std::string text = row ? std::string(toText(row->state)) : "none";
        for (const auto& delivery : ledger->deliveries(id)) {
            for (const auto& recipient : delivery.recipients) {
                text += " " + std::string(toText(recipient.state));
            }
        }
        text += row && row->acknowledged ? " acknowledged" : "";
        const auto statuses = porch.statuses();
        const auto found = statuses.find(id);
        return text + " / " +
               (found == statuses.end() ? "absent" : std::string(queue::toText(found->second)));
    }

    static constexpr std::size_t kCells = 48;
    const std::set<host::InLedger> early{host::InLedger::none, host::InLedger::released};
    Porch porch;
    Host away{porch.turnedAway("here"), "away"}; ///< with the state folder of the next
    Host here{porch.host("here")};
    std::map<std::pair<host::InLedger, host::InQueue>, std::string> ids;

private:
    Wall _then;
};

std::vector<std::string> commandLineOf(OperatorCommand command, const std::string& id)
{
    if (command == OperatorCommand::told) {
        return {"acknowledge", "mails", id, "--told"};
    }
    std::vector<std::string> words{std::string(toText(command)), "mails", id};
    if (command == OperatorCommand::retell) {
        words.emplace_back("--yes");
    }
    return words;
}

/// How a task stands after the command was given, from how it stood.
std::string follows(OperatorCommand command, const std::string& answer, std::string before)
{
    const auto queue = before.substr(before.find(" / "));
    const auto replaceAll = [&](const std::string& from, const std::string& to) {
        for (auto at = before.find(from); at != std::string::npos; at = before.find(from, at)) {
            before.replace(at, from.size(), to);
            at += to.size();
        }
        return before;
    };
    switch (command) {
    case OperatorCommand::takeover:
        return "running / RUNNING";
    case OperatorCommand::retry:
        // Nobody was told: all of it is composed anew.
        return "running / RUNNING";
    case OperatorCommand::approve:
        return replaceAll(" held", " deferred");
    case OperatorCommand::cancel:
        return (answer == "close" ? "released" : "running") + std::string(" cancelled cancelled") +
               queue;
    case OperatorCommand::retell:
        return before.starts_with("none") || before.starts_with("released")
                   ? "running composed / RUNNING"
               : before.starts_with("done") ? "running accepted superseded composed / RUNNING"
                                            : "running superseded superseded composed / RUNNING";
    case OperatorCommand::acknowledge:
        return replaceAll("none", "released").insert(before.find(" / "), " acknowledged");
    case OperatorCommand::told:
        return "done / DONE";
    }
    return "";
}

class OperatorCells : public testing::TestWithParam<OperatorCommand> {
protected:
    /// Gives the command for each cell, as it is and with --gone, and compares with the table.
    void walk(std::chrono::hours age)
    {
        const auto command = GetParam();
        const bool past = age > std::chrono::hours{24 * 6};
        Cells cells(age);
        for (const auto& [state, id] : cells.ids) {
            const auto [inLedger, inQueue] = state;
            if (inLedger == host::InLedger::none && inQueue == host::InQueue::absent) {
                EXPECT_EQ(cells.here(commandLineOf(command, id)).status, 64) << "unknown to all";
                continue;
            }
            const std::string answer = tableOfTheModel()
                                           .at(std::string(toText(command)))
                                           .at(std::string(toText(inLedger)))
                                           .at(static_cast<std::size_t>(inQueue));
            const bool isAway = inQueue == host::InQueue::away;
            SCOPED_TRACE(std::string(toText(command)) + " " + std::string(toText(inLedger)) + " " +
                         std::string(toText(inQueue)) + ": " + answer);
            const auto& host = isAway ? cells.away : cells.here;
            const auto before = cells.standing(id);
            const bool needsGone = answer == "gone" || answer == "watched" ||
                                   answer == "leftover" || (answer == "past" && past);
            const bool allowed = answer == "yes" || answer == "close" || answer == "early" ||
                                 (answer == "past" && !past);
            auto words = commandLineOf(command, id);
            const auto plain = host(words);
            if (allowed) {
                EXPECT_EQ(plain.status, 0) << plain.error;
                EXPECT_EQ(cells.standing(id), follows(command, answer, before));
                continue;
            }
            if (answer == "away" && inLedger == host::InLedger::none) {
                EXPECT_EQ(plain.status, 77) << "the queue's own error: is there such a task?";
                continue;
            }
            EXPECT_EQ(plain.status, answer == "away"      ? 69
                                    : answer == "watched" ? 75
                                                          : 1)
                << plain.error;
            EXPECT_EQ(cells.standing(id), before);
            EXPECT_THAT(plain.error, AllOf(HasSubstr("Nothing was changed"),
                                           HasSubstr("`notifyhost explain mails ")));
            EXPECT_EQ(plain.error.find("--gone") != std::string::npos, needsGone) << plain.error;
            words.emplace_back("--gone");
            const auto gone = host(words);
            EXPECT_EQ(gone.status, needsGone ? 0 : answer == "away" ? 69 : 1) << gone.error;
            EXPECT_EQ(cells.standing(id), needsGone ? follows(command, answer, before) : before);
        }
    }
};

TEST_P(OperatorCells, AreAsTheTableSaysWhileTheTaskIsYoung)
{
    walk(std::chrono::hours{1});
}

TEST_P(OperatorCells, AreAsTheTableSaysWhereAnotherHostMayHaveTakenTheTask)
{
    walk(std::chrono::hours{24 * 6 + 1});
}

INSTANTIATE_TEST_SUITE_P(Each, OperatorCells, testing::ValuesIn(host::kOperatorCommands),
                         [](const auto& command) { return std::string(toText(command.param)); });

/// Every command that a text names for this task, with --told and --gone.
std::vector<std::string> commandsIn(const std::string& text)
{
    static const std::regex pattern("`notifyhost ([a-z]+) mails [0-9a-f]{12}([^`]*)`");
    std::vector<std::string> commands;
    for (std::sregex_iterator found(text.begin(), text.end(), pattern), end; found != end; ++found)
    {
        const bool told = (*found)[2].str().find("--told") != std::string::npos;
        commands.push_back(told ? "told" : (*found)[1].str());
    }
    return commands;
}

TEST(OperatorTable, RefusesNothingThatExplainOrARefusalRecommends)
{
    std::size_t looked = 0;
    for (const auto age : {std::chrono::hours{1}, std::chrono::hours{24 * 6 + 1}}) {
        Cells cells(age);
        for (const auto& [state, id] : cells.ids) {
            const auto [inLedger, inQueue] = state;
            if (inQueue == host::InQueue::away ||
                (inLedger == host::InLedger::none && inQueue == host::InQueue::absent))
            {
                continue;
            }
            const auto explained = cells.here({"explain", "mails", id});
            const auto& text = explained.output;
            ASSERT_NE(text.find("what to do"), std::string::npos)
                << toText(inLedger) << " " << toText(inQueue) << explained.error;
            for (const auto& command : commandsIn(text.substr(text.find("what to do")))) {
                ++looked;
                const auto answer = tableOfTheModel()
                                        .at(command)
                                        .at(std::string(toText(inLedger)))
                                        .at(static_cast<std::size_t>(inQueue));
                const std::set<std::string> given{"yes",      "past", "watched", "early",
                                                  "leftover", "gone", "close"};
                EXPECT_EQ(given.count(answer), 1U) << toText(inLedger) << " " << toText(inQueue)
                                                   << ": " << command << " is " << answer << "\n"
                                                   << text;
            }
        }
    }
    EXPECT_GT(looked, 40U);
}

/// Two hosts with a ledger each on one porch.
class TwoHosts : public testing::Test {
protected:
    std::string add(const std::string& addresses) const
    {
        const auto added = porch.client->add(
            kMails, {R"({"notifications":[{"key":"study 1","to":[)" + addresses + "]}]}"});
        return added.front().id;
    }

    Porch porch;
    Host a{porch.host("a")};
    Host b{porch.host("b", "stale = report\n")};
};

TEST_F(TwoHosts, TakeNothingOverFromALiveHostThatGoesOn)
{
    const auto id = add(R"("ada@x.org","later@x.org")");
    auto task = porch.client->claim(kMails, 1).front();
    EXPECT_EQ(b({"run", "mails"}).status, 0);
    // A goes on with what was CLAIMED at B's first look.
    porch.client->update(task, queue::TaskStatus::running);
    for (const auto& words : {std::vector<std::string>{"takeover", "mails", id},
                              std::vector<std::string>{"takeover", "mails"}})
    {
        const auto result = b(words);
        EXPECT_EQ(result.status, 75) << result.error;
        EXPECT_THAT(result.error, HasSubstr("may still be at work"));
    }
    EXPECT_EQ(b({"acknowledge", "mails", id, "--told"}).status, 75);
    EXPECT_EQ(porch.taken(), "");
}

TEST_F(TwoHosts, TellOnceWhatOneOfThemTookOverAndTold)
{
    const auto id = add(R"("down@x.org")");
    EXPECT_EQ(a({"run", "mails"}).status, 69);
    porch.folder.write("peer.mended", "");
    EXPECT_EQ(b({"takeover", "mails", "--gone"}).status, 0);
    EXPECT_EQ(b({"run", "mails"}).status, 0);
    EXPECT_EQ(porch.told("down@x.org"), 1U);
    EXPECT_EQ(a({"run", "mails"}).status, 75);
    EXPECT_THAT(a({"status"}).output,
                AllOf(HasSubstr("the queue shows DONE"),
                      HasSubstr("`notifyhost cancel mails " + id.substr(0, 12) + "`"),
                      Not(HasSubstr("notifyhost retry"))));
    EXPECT_EQ(a({"retry", "mails", id}).status, 1);
    EXPECT_EQ(a({"cancel", "mails", id, "--reason", "b told them"}).status, 0);
    EXPECT_EQ(porch.statuses().at(id), queue::TaskStatus::done);
    for (int run = 0; run < 2; ++run) {
        EXPECT_EQ(a({"run", "mails"}).status, 0);
    }
    EXPECT_THAT(a({"status"}).output, Not(HasSubstr("  1 task")));
    EXPECT_EQ(a({"retry", "mails", id}).status, 1);
    EXPECT_EQ(a({"run", "mails"}).status, 0);
    EXPECT_EQ(porch.told("down@x.org"), 1U);
}

TEST_F(TwoHosts, LeaveToEachOtherWhatTheOtherEnded)
{
    const auto id = add(R"("never@x.org")");
    EXPECT_EQ(a({"run", "mails"}).status, 1);
    EXPECT_EQ(b({"run", "mails"}).status, 0);
    EXPECT_THAT(b({"status"}).output,
                AllOf(HasSubstr("1 task: FAILED"), Not(HasSubstr("notifyhost retry"))));
    for (const auto* verb : {"retry", "approve", "cancel", "retell"}) {
        EXPECT_EQ(b({verb, "mails", id}).status, 1) << verb;
    }
    EXPECT_EQ(b({"acknowledge", "mails", id}).status, 0);
    EXPECT_THAT(b({"status"}).output, Not(HasSubstr("1 task: FAILED")));
    // What was only acknowledged here is not told to the queue when the other host goes on.
    porch.folder.write("peer.mended", "");
    EXPECT_EQ(a({"retry", "mails", id}).status, 0);
    EXPECT_EQ(b({"run", "mails"}).status, 0);
    EXPECT_EQ(porch.statuses().at(id), queue::TaskStatus::running);
    EXPECT_EQ(a({"run", "mails"}).status, 0);
    EXPECT_EQ(porch.told("never@x.org"), 1U);
}

TEST_F(TwoHosts, AreToldWhichRetryIsMeantWhenTheTimeOfATaskIsLongOver)
{
    const auto untold = add(R"("later@x.org")");
    const auto inPart = add(R"("ada@x.org","later@y.org")");
    EXPECT_EQ(a({"run", "mails"}).status, 75);
    constexpr std::chrono::hours kPast{24 * 6 + 1};
    const auto says = [&](const std::string& id, const std::string& how) {
        EXPECT_THAT(a.later(kPast, {"explain", "mails", id}).output,
                    AllOf(HasSubstr("older than give_up_after and a day, so another host may have"),
                          HasSubstr("`notifyhost retry mails " + id.substr(0, 12) +
                                    " --gone` goes on with it here where no other host has, with a "
                                    "budget of its own, " +
                                    how)));
    };
    says(untold, "composed anew, with contacts, sender, templates and facts as they are then.");
    says(inPart, "with the same bytes and addresses.");
    porch.folder.write("peer.mended", "");
    EXPECT_EQ(a.later(kPast, {"run", "mails"}).status, 75);
    EXPECT_EQ(porch.told("later@x.org"), 0U);
    for (const auto& id : {untold, inPart}) {
        EXPECT_EQ(a.later(kPast, {"retry", "mails", id, "--gone"}).status, 0);
    }
    EXPECT_EQ(a.later(kPast, {"run", "mails"}).status, 0);
    for (const auto* address : {"later@x.org", "ada@x.org", "later@y.org"}) {
        EXPECT_EQ(porch.told(address), 1U) << address;
    }
}

TEST_F(TwoHosts, EndPromptlyWhatWasClosedAsTold)
{
    const auto id = add(R"("ada@x.org")");
    auto task = porch.client->claim(kMails, 1).front();
    EXPECT_EQ(a({"run", "mails"}).status, 0);
    // The queue does not answer just then: the next run tells it.
    openLedger(a, std::chrono::system_clock::now())
        ->toldElsewhere(task, {std::chrono::system_clock::now(), {}, "boot"}, "told");
    EXPECT_EQ(a({"run", "mails"}).status, 0);
    EXPECT_EQ(porch.statuses().at(id), queue::TaskStatus::done);
    EXPECT_EQ(porch.taken(), "");
}

} // namespace
} // namespace notifyhost::test
