#include "acceptance/Desk.h"
#include "support/Certificates.h"
#include "support/ExamplePlugin.h"
#include "support/SecondUser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <sys/stat.h>
#include <unistd.h>

namespace notifyhost::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// The command that a refusal names.
std::string commandIn(const std::string& error)
{
    const auto begin = error.find("run: ") + 5;
    const auto end = std::min(error.find_first_of(",\n", begin), error.find(" run=", begin));
    return error.substr(begin, end - begin);
}

/// A site each of whose files lies in a folder of its own.
class OtherPeoplesFiles : public testing::Test {
protected:
    OtherPeoplesFiles()
    {
        const auto& folder = site.folder();
        fs::create_directories(folder / "plugins");
        for (const auto* name : {"scripted_source", "scripted_transport"}) {
            fs::copy_file(std::string(BUILD_ROOT) + "/tests/plugins/" + name + ".so",
                          folder / "plugins" / (std::string(name) + ".so"));
        }
        fs::create_directories(folder / "authorities");
        authority = CertificateAuthority(folder / "authorities", "Test CA").certificate();
        folder.write("secrets/token", "token-of-the-site\n");
        folder.write("conf.d/more.ini", "[SSL]\nssl_cert_file = " + authority.string() + "\n");
        site.configure("porch_token_file = secrets/token\n");
        const auto file = folder / "notifyhost.ini";
        auto text = readFile(file);
        const std::string built = std::string(BUILD_ROOT) + "/tests/plugins";
        text.replace(text.find(built), built.size(), "plugins");
        folder.write("notifyhost.ini", text);
        ::chmod((folder / "secrets/token").c_str(), 0600);
        for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
            if (entry.is_directory()) {
                ::chmod(entry.path().c_str(), 0755);
            }
        }
    }

    /// Every file that a run reads, with each folder on the site's way to it.
    std::vector<fs::path> places() const
    {
        const auto& folder = site.folder();
        return {folder.path(),
                folder / "plugins",
                folder / "plugins/scripted_source.so",
                folder / "templates",
                folder / "templates/scripted_source",
                folder / "templates/scripted_source/text.mustache",
                folder / "notifyhost.ini",
                folder / "conf.d",
                folder / "conf.d/more.ini",
                folder / "secrets",
                folder / "secrets/token",
                folder / "authorities",
                authority};
    }

    /// What `check` and `run` say; both must refuse, and accept after the command they name.
    void expectMended(const fs::path& place)
    {
        std::string said;
        for (const auto& words : {std::vector<std::string>{"check"}, {"run", "mails"}}) {
            const auto result = site.notifyhost(words);
            EXPECT_EQ(result.status, 78) << place << result.error;
            EXPECT_THAT(result.error, AllOf(HasSubstr("is not to be trusted: the "),
                                            HasSubstr(place.string() + " ")))
                << words.front();
            said = result.error;
        }
        EXPECT_EQ(run({"/bin/sh", "-c", commandIn(said)}).status, 0) << said;
        EXPECT_EQ(site.notifyhost({"check"}).error, "") << place << commandIn(said);
    }

    /// Runs a copy of the program that everybody can start, as the other user, after these commands
    /// of root's in a mount namespace of its own.
    ProcessResult asOther(const std::string& commands) const
    {
        TemporaryFolder prefix;
        ::chmod(prefix.path().c_str(), 0755);
        ::chmod(site.folder().path().c_str(), 0755);
        fs::create_directories(prefix / "bin");
        fs::copy(std::string(BUILD_ROOT) + "/bin/notifyhost", prefix / "bin/notifyhost");
        return run({"unshare", "--mount", "sh", "-c",
                    commands + "exec setpriv --reuid 61002 --regid 61002 --clear-groups " +
                        (prefix / "bin/notifyhost").string() + " -c " +
                        (site.folder() / "notifyhost.ini").string() + " check"});
    }

    Desk site;
    fs::path authority;
};

TEST_F(OtherPeoplesFiles, AreRefusedWhereOthersCanWriteUntilTheNamedCommandIsRun)
{
    ASSERT_EQ(site.notifyhost({"check"}).error, "");
    for (const auto& place : places()) {
        fs::permissions(place, fs::perms::others_write, fs::perm_options::add);
        expectMended(place);
    }
}

TEST_F(OtherPeoplesFiles, AreRefusedWhereTheyBelongToOthersUntilTheNamedCommandIsRun)
{
    if (!whyNoSecondUser().empty()) {
        GTEST_SKIP() << whyNoSecondUser();
    }
    for (const auto& place : places()) {
        ASSERT_EQ(::chown(place.c_str(), kMeddlingUser, kMeddlingUser), 0);
        expectMended(place);
    }
}

TEST_F(OtherPeoplesFiles, AreNamedAsOftenAsTheyAreSeen)
{
    for (const auto* name : {"plugins", "templates", "secrets", "authorities"}) {
        ASSERT_EQ(::chmod((site.folder() / name).c_str(), 0777), 0);
    }
    const auto error = site.notifyhost({"check"}).error;
    for (const auto* name : {"secrets", "authorities", "plugins"}) {
        EXPECT_THAT(error, HasSubstr("chmod go-w " + (site.folder() / name).string()));
    }
}

TEST_F(OtherPeoplesFiles, APrivateFileGoesIntoNoMail)
{
    const auto& folder = site.folder();
    const auto secret = folder.write("private/key", "the key of the house\n");
    ::chmod(secret.c_str(), 0600);
    folder.write("templates/scripted_source/text.mustache", "{{>key}}");
    fs::create_symlink(secret, folder / "templates/scripted_source/key.mustache");
    site.tell(R"({"address":"a@example.org"})");
    EXPECT_EQ(site.run.status, 78) << site.run.error;
    EXPECT_THAT(site.run.error, AllOf(HasSubstr("leads to " + secret.string()),
                                      HasSubstr("which not everybody may read"),
                                      Not(HasSubstr("key of the house"))));
    EXPECT_THAT(site.taken(), IsEmpty());
}

TEST_F(OtherPeoplesFiles, StayOutWhileTheyAreExchanged)
{
    if (!whyNoSecondUser().empty()) {
        GTEST_SKIP() << whyNoSecondUser();
    }
    // Root's folder below one of the other user's, who exchanges it for theirs.
    const auto& folder = site.folder();
    const auto mark = folder / "open/mark";
    folder.write("evil.h", "#include <fstream>\n__attribute__((constructor)) static void leave()\n"
                           "{ std::ofstream(\"" +
                               mark.string() + "\") << 1; }\n");
    for (const auto* name : {"theirs/slot", "theirs/evil", "open"}) {
        fs::create_directories(folder / name);
    }
    ::chmod((folder / "open").c_str(), 0777);
    ::chmod(folder.path().c_str(), 0711);
    buildExample("thirty_line_transport", folder / "theirs/slot");
    buildExample("thirty_line_transport", folder / "theirs/evil",
                 {"-include", (folder / "evil.h").string()});
    giveTo(kMeddlingUser, folder / "theirs/evil");
    ASSERT_EQ(::chown((folder / "theirs").c_str(), kMeddlingUser, kMeddlingUser), 0);
    folder.write("race.ini", "[host]\nstate = state\nplugin_path = theirs/slot\n"
                             "[transport.notes]\nplugin = thirty_line_transport\nfile = notes\n");
    const Meddler other(kMeddlingUser, [one = folder / "theirs/slot",
                                        two = folder / "theirs/evil"] { exchange(one, two); });
    for (int round = 0; round < 30; ++round) {
        const auto checked = notifyhostWith(folder / "race.ini", {"check"});
        ASSERT_EQ(checked.status, 78) << checked.error;
        ASSERT_THAT(checked.error,
                    HasSubstr("the folder " + (folder / "theirs").string() + " belongs to uid "));
        ASSERT_FALSE(fs::exists(mark)) << "code of the other user has run, in round " << round;
    }
}

TEST_F(OtherPeoplesFiles, AreAllThatAServiceHasOfRoot)
{
    if (!whyNoSecondUser().empty()) {
        GTEST_SKIP() << whyNoSecondUser();
    }
    // Program, plugins and configuration are root's; it runs as a user of its own.
    const auto& folder = site.folder();
    for (const auto* name : {"state", "secrets"}) {
        fs::create_directories(folder / name);
        ::chmod((folder / name).c_str(), 0700);
        giveTo(kMeddlingUser, folder / name);
    }
    const auto result = asOther("");
    EXPECT_EQ(result.status, 0) << result.error;
    EXPECT_EQ(result.error, "");
}

TEST_F(OtherPeoplesFiles, AreOnesOwnWhereTheGroupThatMayWriteThemHasNobodyElse)
{
    if (!whyNoSecondUser().empty()) {
        GTEST_SKIP() << whyNoSecondUser();
    }
    // As a clone or a site made with umask 002 is, on a host that has this user and its group.
    const auto& folder = site.folder();
    folder.write("passwd", readFile("/etc/passwd") + "ada:x:61002:61002::/:/bin/sh\n");
    folder.write("group", readFile("/etc/group") + "ada:x:61002:\n");
    fs::create_directories(folder / "state");
    giveTo(kMeddlingUser, folder.path());
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
        fs::permissions(entry.path(), fs::perms::group_write, fs::perm_options::add);
    }
    ::chmod((folder / "state").c_str(), 0700);
    const std::string host = "mount --bind " + (folder / "passwd").string() +
                             " /etc/passwd && mount --bind " + (folder / "group").string() +
                             " /etc/group && ";
    const auto own = asOther(host);
    EXPECT_EQ(own.status, 0) << own.error;
    const std::string add = "echo eve:x:61003:61002::/:/bin/sh >> /etc/passwd && ";
    const auto shared = asOther(host + add);
    EXPECT_EQ(shared.status, 78);
    EXPECT_THAT(shared.error, HasSubstr("can be written by the group ada (gid 61002)"));
}

} // namespace
} // namespace notifyhost::test
