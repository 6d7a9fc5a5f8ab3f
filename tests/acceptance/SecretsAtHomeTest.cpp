#include "acceptance/Desk.h"

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <set>
#include <thread>

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Names = std::set<std::string>;

/// Sees which files of a folder are opened, from its making on.
class Watch {
public:
    explicit Watch(const std::filesystem::path& folder)
        : _queue(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC))
    {
        if (_queue < 0 || ::inotify_add_watch(_queue, folder.c_str(), IN_OPEN) < 0) {
            throw std::runtime_error("the folder cannot be watched");
        }
    }
    ~Watch() { ::close(_queue); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// Since the last question.
    Names opened()
    {
        Names result;
        alignas(inotify_event) std::array<char, 65536> buffer{};
        ssize_t length = 0;
        while ((length = ::read(_queue, buffer.data(), buffer.size())) > 0) {
            for (ssize_t at = 0; at < length;) {
                const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
                if (event->len > 0) {
                    result.insert(event->name);
                }
                at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            }
        }
        return result;
    }

private:
    int _queue;
};

constexpr const char* kSecrets[] = {"own", "queue", "admin", "theirs", "theirqueue", "mail", "old"};

/// Two pipelines with a secret in each place that can hold one.
std::string lines(const std::string& ofFirst)
{
    return ofFirst +
           "queue = near\n"
           "[queue.near]\nurl = sqlite:queue.sqlite\nadmin_token_file = secrets/admin\n"
           "pipeline_token_file = secrets/queue\n"
           "[queue.far]\nurl = sqlite:far.sqlite\npipeline_token_file = secrets/theirqueue\n"
           "[transport.mail]\nplugin = email\nhost = 127.0.0.1\nfrom = a@example.org\nuser = u\n"
           "password_file = secrets/mail\n"
           "[MAIL]\nhost = 127.0.0.1\nuser = u\npassword_file = secrets/old\n"
           "[pipeline.second]\nporch_name = second\nporch_uri = https://example.org/s\n"
           "porch_version = 1\nsource = script\ntransport = mail\nqueue = far\n"
           "porch_token_file = secrets/theirs\n";
}

void writeSecrets(const Desk& desk)
{
    for (const char* name : kSecrets) {
        const auto file = desk.folder().write(std::string("secrets/") + name, "0123456789abcdef\n");
        ::chmod(file.c_str(), 0600);
    }
}

} // namespace

TEST(SecretsAtHome, ARunOpensThoseThatItUses)
{
    Desk desk(lines("porch_token_file = secrets/own\n"));
    writeSecrets(desk);
    Watch watch(desk.folder() / "secrets");
    desk.tell("\"ann@example.org\"");
    EXPECT_EQ(desk.run.status, 0) << desk.run.error;
    EXPECT_EQ(watch.opened(), Names{"own"});
    for (const std::string command : {"list", "status", "preview", "token"}) {
        const auto result = desk.notifyhost({command, "mails"});
        EXPECT_EQ(result.status, 0) << command << result.error;
        const Names expected = command == "token" ? Names{"admin", "own"} : Names{"own"};
        EXPECT_EQ(watch.opened(), expected) << command;
    }
    // A check looks at everything.
    desk.notifyhost({"check"});
    EXPECT_EQ(watch.opened(), Names(std::begin(kSecrets), std::end(kSecrets)));
}

TEST(SecretsAtHome, ARunWithoutATokenOfItsOwnOpensItsQueues)
{
    Desk desk(lines(""));
    writeSecrets(desk);
    Watch watch(desk.folder() / "secrets");
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(watch.opened(), Names{"queue"});
    EXPECT_EQ(desk.notifyhost({"list", "second"}).status, 0);
    EXPECT_EQ(watch.opened(), (Names{"theirs"}));
}

TEST(SecretsAtHome, ARunDoesNotMissThoseOfOthers)
{
    Desk desk(lines("porch_token_file = secrets/own\n"));
    writeSecrets(desk);
    for (const char* name : {"queue", "admin", "theirs", "theirqueue", "mail", "old"}) {
        std::filesystem::remove(desk.folder() / "secrets" / name);
    }
    // Whoever opened this one would wait for its other end.
    ASSERT_EQ(::mkfifo((desk.folder() / "secrets/admin").c_str(), 0600), 0);
    desk.tell("\"ann@example.org\"");
    EXPECT_EQ(desk.run.status, 0) << desk.run.error;
    EXPECT_EQ(desk.run.error, "");
    EXPECT_THAT(desk.taken(), HasSubstr("ann@example.org"));
    const auto other = desk.notifyhost({"run", "second"});
    EXPECT_EQ(other.status, 78) << other.error;
    EXPECT_THAT(other.error, AllOf(HasSubstr("secrets/theirs"), Not(HasSubstr("secrets/admin"))));
    EXPECT_EQ(desk.notifyhost({"token", "mails"}).status, 78);
}

TEST(SecretsAtHome, NoTokenGoesOverPlainHttpToAnotherHostUnlessThatIsWritten)
{
    const std::string queue = "queue = far\n[queue.far]\nurl = http://porch.example.org:8081/\n"
                              "admin_token = 0123456789abcdef\n";
    Desk desk(queue);
    for (const auto& words : std::vector<std::vector<std::string>>{{"check"}, {"token", "mails"}}) {
        const auto result = desk.notifyhost(words);
        EXPECT_EQ(result.status, 78) << testing::PrintToString(words) << result.error;
        EXPECT_THAT(result.error + result.output,
                    AllOf(testing::ContainsRegex("notifyhost\\.ini:[0-9]+: \\[queue\\.far\\] url"),
                          HasSubstr("porch.example.org over plain http"),
                          HasSubstr("insecure = yes in [queue.far]"),
                          Not(HasSubstr("0123456789abcdef"))));
    }
    Desk meant(queue + "insecure = yes\n");
    const auto checked = meant.notifyhost({"check"});
    EXPECT_EQ(checked.status, 0) << checked.error;
}

/// Where a process that holds secrets dies of a signal that leaves a core behind.
TEST(SecretsAtHome, NoMemoryIsLeftBehindByACrash)
{
    Poco::Net::ServerSocket queue(Poco::Net::SocketAddress("127.0.0.1", 0));
    Desk desk("queue = far\nporch_token = 0123456789abcdef\n[queue.far]\nurl = http://127.0.0.1:" +
              std::to_string(queue.address().port()) + "/\n");
    const std::string program = std::string(BUILD_ROOT) + "/bin/notifyhost";
    const auto coresOf = [&](const std::string& command, const auto& ready) {
        const TemporaryFolder folder;
        ProcessOptions options;
        options.folder = folder.path();
        BackgroundProcess process({"sh", "-c", "ulimit -c unlimited; exec " + command},
                                  folder / "log", options);
        ready();
        process.signal(SIGQUIT);
        EXPECT_EQ(process.wait(std::chrono::seconds{20}), 128 + SIGQUIT);
        std::ptrdiff_t files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
            files += entry.path().filename().string().starts_with("core") ? 1 : 0;
        }
        return files;
    };
    const auto started = [] { std::this_thread::sleep_for(std::chrono::milliseconds{300}); };
    if (coresOf("sleep 60", started) == 0) {
        GTEST_SKIP() << "this system writes no core into the folder of a process";
    }
    Poco::Net::StreamSocket peer;
    const auto asked = [&] {
        ASSERT_TRUE(queue.poll({20, 0}, Poco::Net::Socket::SELECT_READ));
        peer = queue.acceptConnection();
    };
    EXPECT_EQ(coresOf(program + " -c " + (desk.folder() / "notifyhost.ini").string() + " run mails",
                      asked),
              0);
    const int port = freePort();
    EXPECT_EQ(coresOf(std::string(BUILD_ROOT) +
                          "/bin/miniporch --db queue.sqlite --listen "
                          "127.0.0.1:" +
                          std::to_string(port),
                      [&] { waitForPort(port, std::chrono::seconds{20}); }),
              0);
}

} // namespace notifyhost::test
