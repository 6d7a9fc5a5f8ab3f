#include "config/SettingValues.h"
#include "sdk/MailReader.h"
#include "sdk/SampleMessage.h"
#include "support/SecondUser.h"
#include "support/TemporaryFolder.h"

#include <notifyhost/Plugin.h>

#include <Poco/Manifest.h>

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kName = "0123456789abcdef0123456789abcdef.notifyhost";

/// The transport as the host gets it: from the library's manifest.
std::unique_ptr<Transport> makeTransport()
{
    Poco::Manifest<Transport> manifest;
    if (!pocoBuildManifest(&manifest) || manifest.empty()) {
        throw std::runtime_error("the manifest holds no transport");
    }
    return std::unique_ptr<Transport>(manifest.begin()->create());
}

class NoServices : public Services {
public:
    Http& http() override { throw std::logic_error("not expected"); }
    Warehouse& warehouse() override { throw std::logic_error("not expected"); }
    Log& log() override { throw std::logic_error("not expected"); }
    const Clock& clock() override { throw std::logic_error("not expected"); }
    Network& network() override { throw std::logic_error("not expected"); }
};

/// What the host answers when it is asked for permission; a test may do something at that moment.
class Context : public DeliveryContext {
public:
    explicit Context(std::function<bool()> answer = [] { return true; })
        : _answer(std::move(answer))
    {
    }
    std::chrono::steady_clock::time_point deadline() const override
    {
        return std::chrono::steady_clock::now() + std::chrono::minutes{1};
    }
    bool cancelled() const override { return false; }
    void stage(std::string_view, std::string_view) override {}
    bool commit() override
    {
        ++asked;
        return _answer();
    }

    int asked{};

private:
    std::function<bool()> _answer;
};

class MaildirTransport : public testing::Test {
protected:
    MaildirTransport() { EXPECT_THAT(configure({}), IsEmpty()); }

    std::vector<Problem> configure(std::map<std::string, std::string> values)
    {
        values.insert({"path", root.string()});
        values.insert({"from", "Sequencing <sequencing@example.org>"});
        return transport->configure(config::SettingValues(transport->settings(), values), services);
    }

    Outcome deliver(Context& context, const std::string& key = kKey)
    {
        return transport->deliver(bytes, {key, {"ada@example.org"}}, context);
    }

    Outcome deliver()
    {
        Context context;
        return deliver(context);
    }

    std::vector<std::string> in(const std::string& name) const
    {
        std::vector<std::string> result;
        for (const auto& entry : std::filesystem::directory_iterator(root / name)) {
            result.push_back(entry.path().filename().string());
        }
        return result;
    }

    TemporaryFolder folder;
    const std::filesystem::path root = folder / "a" / "Maildir";
    NoServices services;
    std::unique_ptr<Transport> transport = makeTransport();
    const Bytes bytes = "From: a@example.org\n\nbytes\n";
};

using Names = std::vector<std::string>;

TEST_F(MaildirTransport, PutsTheMailIntoNewAsItWasEncoded)
{
    Context context;
    const Outcome outcome = deliver(context);
    EXPECT_EQ(outcome.verdict, Verdict::delivered);
    EXPECT_EQ(outcome.reason, "written to " + (root / "new" / kName).string());
    EXPECT_EQ(context.asked, 1);
    EXPECT_EQ(in("new"), Names{kName});
    EXPECT_EQ(readFile(root / "new" / kName), bytes);
    EXPECT_THAT(in("tmp"), IsEmpty());
    EXPECT_THAT(in("cur"), IsEmpty());
}

TEST_F(MaildirTransport, RefusesAPathWhereNoFolderCanBe)
{
    folder.write("file", "");
    std::filesystem::create_symlink("absent", folder / "nowhere");
    for (const auto* name : {"file", "file/a/b", "nowhere", "nowhere/a"}) {
        transport = makeTransport();
        const auto problems = configure({{"path", (folder / name).string()}});
        ASSERT_EQ(problems.size(), 1U) << name;
        EXPECT_EQ(problems[0].setting, "path");
        EXPECT_THAT(problems[0].text, HasSubstr("no Maildir can be there"));
    }
}

TEST_F(MaildirTransport, StopsWhereAFolderCannotBeMadeThoughTheOneAboveIsThere)
{
    for (const auto* path : {"/proc/nope", "/proc/nope/a/b", "/proc/self/fd/nope"}) {
        transport = makeTransport();
        EXPECT_THAT(configure({{"path", path}}), IsEmpty());
        const auto outcome = deliver();
        EXPECT_EQ(outcome.verdict, Verdict::tryAgain);
        EXPECT_EQ(outcome.scope, Scope::service);
        EXPECT_THAT(outcome.reason, StartsWith("cannot create /proc/"));
    }
}

TEST_F(MaildirTransport, MakesPrivateFolders)
{
    deliver();
    for (const auto& path : {folder / "a", root, root / "tmp", root / "new", root / "cur"}) {
        struct stat status {};
        ASSERT_EQ(::stat(path.c_str(), &status), 0) << path;
        EXPECT_EQ(status.st_mode & 0777U, 0700U) << path;
    }
}

TEST_F(MaildirTransport, IsReadByAnIndependentParser)
{
    configure({{"reply_to", "Help Desk <help@example.org>"}});
    Message message = sampleMessage();
    message.recipients = {"ada@example.org", "bob@example.org"};
    message.subject = "Läufe 🧬";
    message.text = "Grüße,\n.\nEnde\n";
    message.html = "<p>Grüße</p>\n";
    const Bytes encoded = transport->encode(message);
    EXPECT_EQ(transport->encode(message), encoded);
    EXPECT_EQ(encoded.find('\r'), Bytes::npos);
    Context context;
    ASSERT_EQ(transport->deliver(encoded, {kKey, message.recipients}, context).verdict,
              Verdict::delivered);
    const auto mails = readMails(root / "new");
    ASSERT_EQ(mails.size(), 1U);
    const auto& mail = mails.at(kName);
    EXPECT_EQ(mail.one("from-name"), "Sequencing");
    EXPECT_EQ(mail.one("from"), "sequencing@example.org");
    EXPECT_EQ(mail.one("reply-to-name"), "Help Desk");
    EXPECT_EQ(mail.one("reply-to"), "help@example.org");
    EXPECT_EQ(mail.all("to"), message.recipients);
    EXPECT_EQ(mail.one("subject"), message.subject);
    EXPECT_EQ(mail.one("text/plain"), message.text);
    EXPECT_EQ(mail.one("text/html"), message.html);
    EXPECT_THAT(mail.all("defect"), IsEmpty());
}

TEST_F(MaildirTransport, LeavesNothingWithoutPermission)
{
    Context context([] { return false; });
    EXPECT_EQ(deliver(context).verdict, Verdict::tryAgain);
    EXPECT_EQ(context.asked, 1);
    EXPECT_THAT(in("new"), IsEmpty());
    EXPECT_THAT(in("tmp"), IsEmpty());
}

TEST_F(MaildirTransport, WritesADeliveryOnce)
{
    deliver();
    Context context;
    const Outcome again = deliver(context);
    EXPECT_EQ(again.verdict, Verdict::delivered);
    EXPECT_THAT(again.reason, StartsWith("there since an earlier attempt, not written again: "));
    EXPECT_EQ(context.asked, 1) << "the ledger must know before it hears of success";
    EXPECT_EQ(in("new"), Names{kName});
}

TEST_F(MaildirTransport, FindsADeliveryThatAReaderHasSeen)
{
    deliver();
    std::filesystem::rename(root / "new" / kName, root / "cur" / (kName + ":2,S"));
    EXPECT_EQ(deliver().verdict, Verdict::delivered);
    EXPECT_THAT(in("new"), IsEmpty());
    EXPECT_EQ(in("cur"), Names{kName + ":2,S"});
}

TEST_F(MaildirTransport, KeepsDeliveriesOfOtherKeysApart)
{
    deliver();
    Context context;
    EXPECT_EQ(deliver(context, std::string(64, 'a')).verdict, Verdict::delivered);
    EXPECT_EQ(in("new").size(), 2U);
}

TEST_F(MaildirTransport, AsksPermissionAlsoForADeliveryThatIsThere)
{
    deliver();
    Context context([] { return false; });
    EXPECT_EQ(deliver(context).verdict, Verdict::tryAgain);
}

TEST_F(MaildirTransport, DeliversAfterAProcessDiedBeforeTheRename)
{
    const pid_t child = ::fork();
    if (child == 0) {
        Context context([]() -> bool { ::_exit(9); });
        deliver(context);
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(WEXITSTATUS(status), 9);
    EXPECT_THAT(in("new"), IsEmpty());
    EXPECT_EQ(deliver().verdict, Verdict::delivered);
    EXPECT_EQ(in("new"), Names{kName});
}

TEST_F(MaildirTransport, TriesAgainWhereTheFolderCannotBeMade)
{
    folder.write("a", "a file");
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain);
    EXPECT_EQ(outcome.scope, Scope::service);
    EXPECT_THAT(outcome.reason, AllOf(HasSubstr(root.string()), HasSubstr("Not a directory")));
}

TEST_F(MaildirTransport, TriesAgainWhereANamedFolderIsAFile)
{
    folder.write("a/Maildir/new", "a file");
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain);
    EXPECT_EQ(outcome.reason, (root / "new").string() + " is not a folder");
}

TEST_F(MaildirTransport, TriesAgainWhereTheDiskTakesOnlyAPart)
{
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{10, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    Context context;
    const Outcome outcome = deliver(context);
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain);
    EXPECT_EQ(outcome.scope, Scope::service);
    EXPECT_THAT(outcome.reason, HasSubstr((root / "tmp").string()));
    EXPECT_THAT(outcome.reason, HasSubstr("File too large"));
    EXPECT_EQ(context.asked, 0);
    EXPECT_THAT(in("tmp"), IsEmpty());
}

TEST_F(MaildirTransport, TriesAgainWhereTheRenameFails)
{
    Context context([this] { return std::filesystem::remove(root / "new"); });
    const Outcome outcome = deliver(context);
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain);
    EXPECT_THAT(outcome.reason, HasSubstr((root / "new").string()));
    EXPECT_THAT(in("tmp"), IsEmpty());
    EXPECT_EQ(deliver().verdict, Verdict::delivered);
}

/// Another process was faster: it is not known whether its file is whole and on the disk.
TEST_F(MaildirTransport, DoesNotKnowWhereAFileAppearedMeanwhile)
{
    Context context([this] {
        std::ofstream(root / "new" / kName) << bytes;
        return true;
    });
    EXPECT_EQ(deliver(context).verdict, Verdict::unknown);
    EXPECT_EQ(deliver().verdict, Verdict::delivered);
    EXPECT_EQ(in("new"), Names{kName});
}

TEST_F(MaildirTransport, TakesAForeignDeliveryKeyForABug)
{
    Context context;
    for (const char* key : {"", "0123", "../../../../../../../../../../../etc/passwd"}) {
        EXPECT_THROW(deliver(context, key), std::invalid_argument) << key;
    }
    EXPECT_FALSE(std::filesystem::exists(root));
}

TEST_F(MaildirTransport, ProbesByLookingAlone)
{
    Context context;
    const Outcome absent = transport->probe({}, context);
    EXPECT_EQ(absent.verdict, Verdict::delivered);
    EXPECT_EQ(absent.reason, root.string() + " is not there yet and can be made");
    EXPECT_FALSE(std::filesystem::exists(folder / "a")) << "a look makes no folder";
    deliver();
    const auto before = lookOf(root);
    const Outcome there = transport->probe({}, context);
    EXPECT_EQ(there.verdict, Verdict::delivered);
    EXPECT_EQ(there.reason, root.string() + " can be written to");
    EXPECT_EQ(lookOf(root), before);
    EXPECT_EQ(context.asked, 0);
}

TEST_F(MaildirTransport, ProbesInVainWhereItCannotWrite)
{
    folder.write("a/Maildir/tmp", "a file");
    Context context;
    const Outcome outcome = transport->probe({}, context);
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain);
    EXPECT_EQ(outcome.scope, Scope::service);
    EXPECT_EQ(outcome.reason, (root / "tmp").string() + " is not a folder");
}

/// One of its folders, or itself, is a link, wherever that leads.
TEST_F(MaildirTransport, WritesThroughNoLink)
{
    for (const std::string name : {"", "tmp", "new", "cur"}) {
        for (const bool isDangling : {false, true}) {
            const TemporaryFolder place;
            const auto box = place / "Maildir";
            for (const auto* part : {"tmp", "new", "cur"}) {
                std::filesystem::create_directories(place / "elsewhere" / part);
                if (!name.empty() && name != part) {
                    std::filesystem::create_directories(box / part);
                }
            }
            const auto target = isDangling ? place / "absent" : place / "elsewhere";
            std::filesystem::create_symlink(target, name.empty() ? box : box / name);
            const auto before = lookOf(place.path());
            transport = makeTransport();
            const auto problems = configure({{"path", box.string()}});
            ASSERT_EQ(problems.size(), 1U) << name << isDangling;
            EXPECT_EQ(problems[0].setting, "path");
            EXPECT_THAT(
                problems[0].text,
                AllOf(HasSubstr((name.empty() ? box : box / name).string()), HasSubstr("link")));
            // It may become one after the settings were looked at.
            const auto outcome = deliver();
            EXPECT_EQ(outcome.verdict, Verdict::tryAgain) << name << isDangling;
            EXPECT_EQ(outcome.scope, Scope::service);
            Context context;
            EXPECT_EQ(transport->probe({}, context).verdict, Verdict::tryAgain);
            EXPECT_EQ(lookOf(place.path()), before) << name << isDangling;
        }
    }
}

TEST_F(MaildirTransport, WritesWhereNobodyElseCan)
{
    for (const std::string name : {"", "tmp", "new", "cur"}) {
        const TemporaryFolder place;
        const auto box = place / "Maildir";
        for (const auto* part : {"tmp", "new", "cur"}) {
            std::filesystem::create_directories(box / part);
        }
        ASSERT_EQ(::chmod((box / name).c_str(), 0777), 0);
        const auto before = lookOf(place.path());
        transport = makeTransport();
        const auto problems = configure({{"path", box.string()}});
        ASSERT_EQ(problems.size(), 1U) << name;
        EXPECT_THAT(problems[0].text, AllOf(HasSubstr((name.empty() ? box : box / name).string()),
                                            HasSubstr("chmod go-w ")));
        EXPECT_EQ(deliver().verdict, Verdict::tryAgain) << name;
        EXPECT_EQ(lookOf(place.path()), before) << name;
        if (!whyNoSecondUser().empty()) {
            continue;
        }
        ASSERT_EQ(::chmod((box / name).c_str(), 0700), 0);
        ASSERT_EQ(::chown((box / name).c_str(), kMeddlingUser, kMeddlingUser), 0);
        const auto his = lookOf(place.path());
        transport = makeTransport();
        EXPECT_EQ(configure({{"path", box.string()}}).size(), 1U) << name;
        EXPECT_EQ(deliver().verdict, Verdict::tryAgain) << name;
        EXPECT_EQ(lookOf(place.path()), his) << name;
    }
}

/// Somebody puts links and Maildirs of his own where one is about to be made.
TEST_F(MaildirTransport, IsNeverLedElsewhereInAThousandRaces)
{
    if (const auto why = whyNoSecondUser(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
    const auto shared = folder / "shared";
    std::filesystem::create_directory(shared);
    ASSERT_EQ(::chmod(shared.c_str(), 01777), 0);
    const auto victim = folder / "victim";
    const auto his = folder / "his";
    for (const auto* part : {"tmp", "new", "cur"}) {
        std::filesystem::create_directories(victim / part);
        std::filesystem::create_directories(his / part);
        ASSERT_EQ(::chmod((his / part).c_str(), 0777), 0);
    }
    giveTo(kMeddlingUser, his);
    const auto box = shared / "Maildir";
    ASSERT_THAT(configure({}), IsEmpty());
    transport = makeTransport();
    ASSERT_THAT(configure({{"path", box.string()}}), IsEmpty());
    const auto before = lookOf(victim) + lookOf(his);
    const Meddler meddler(kMeddlingUser, [&] {
        static_cast<void>(!::symlink(victim.c_str(), box.c_str()));
        ::unlink(box.c_str());
        static_cast<void>(!::symlink(his.c_str(), box.c_str()));
        ::unlink(box.c_str());
        static_cast<void>(!::mkdir(box.c_str(), 0777));
        static_cast<void>(!::symlink((victim / "new").c_str(), (box / "new").c_str()));
        ::unlink((box / "new").c_str());
        ::rmdir(box.c_str());
    });
    int accepted = 0;
    int refused = 0;
    for (int round = 0; round < 1000; ++round) {
        const bool isDelivered = deliver().verdict == Verdict::delivered;
        ++(isDelivered ? accepted : refused);
        struct stat status {};
        if (::lstat(box.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == 0) {
            ASSERT_EQ(std::filesystem::exists(box / "new" / kName), isDelivered);
            std::filesystem::remove_all(box);
        } else {
            ASSERT_FALSE(isDelivered);
        }
    }
    EXPECT_GT(accepted, 0);
    EXPECT_GT(refused, 0);
    EXPECT_GT(meddler.deeds(), 1000);
    EXPECT_EQ(lookOf(victim) + lookOf(his), before);
}

TEST_F(MaildirTransport, ReportsAllThatIsWrongWithItsSettings)
{
    const auto problems = configure({{"from", "nobody"}, {"reply_to", "a@b, c@d"}});
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(problems[0].setting, "from");
    EXPECT_THAT(problems[0].text, HasSubstr("'nobody'"));
    EXPECT_EQ(problems[1].setting, "reply_to");
    EXPECT_THAT(problems[1].text, HasSubstr("'a@b, c@d'"));
}

TEST_F(MaildirTransport, RefusesAMessageThatForgesAHeader)
{
    Message message = sampleMessage();
    message.subject = "a\nBcc: evil@example.org";
    EXPECT_THROW(transport->encode(message), std::invalid_argument);
}

} // namespace
} // namespace notifyhost::test
