#include "config/Secrets.h"
#include "LoadedText.h"

#include <notifyhost/TrustedFile.h>

#include <cstdlib>

#include <sys/stat.h>

namespace notifyhost::config {
namespace {

constexpr auto kWarning = Finding::Severity::warning;

/// A [transport.mail] with these lines, the first of which is line 3, read by a table with a
/// secret and an open setting.
struct Mail : LoadedText {
    explicit Mail(const std::string& lines, Grammar grammar = Grammar::ours)
        : LoadedText("[transport.mail]\nplugin = email\n" + lines, grammar)
    {
    }

    SettingValues values(const std::map<std::string, std::string>& overrides = {})
    {
        return configuration.settings(
            configuration.reference("transport", "mail"),
            {{"password", Kind::text, "", "password", Need::optional, Secrecy::secret},
             {"user", Kind::text, "", "user"}},
            overrides, redactor, findings);
    }
};

/// The credentials folder of systemd, with one credential, for the length of a test.
struct Credentials {
    Credentials()
    {
        folder.write("smtp-password", "from-credential\n");
        ::setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
    }
    ~Credentials() { ::unsetenv("CREDENTIALS_DIRECTORY"); }

    test::TemporaryFolder folder;
};

TEST(Secrets, StandInTheFileItself)
{
    Mail mail("password = p%s;w#o\"rd\n");
    EXPECT_EQ(mail.values().text("password"), "p%s;w#o\"rd");
    EXPECT_EQ(mail.report(), "");
    EXPECT_EQ(mail.redactor.redact("p%s;w#o\"rd"), "***");
}

TEST(Secrets, StandInAFileOfTheirOwnBesideTheOneThatNamesIt)
{
    Mail mail("password_file = secrets/smtp\n");
    const auto file = mail.folder.write("secrets/smtp", " hunter2 \n\n");
    ::chmod(file.c_str(), 0600);
    EXPECT_EQ(mail.values().text("password"), " hunter2 \n");
    EXPECT_EQ(mail.report(), "");
    EXPECT_EQ(mail.redactor.redact("x hunter2 \ny"), "x***y");
}

TEST(Secrets, LoseOneLineEndOfEitherKind)
{
    const test::TemporaryFolder folder;
    EXPECT_EQ(readSecretFile(folder.write("a", "hunter2\r\n")).content, "hunter2");
    EXPECT_EQ(readSecretFile(folder.write("b", "hunter2")).content, "hunter2");
    EXPECT_EQ(readSecretFile(folder.write("c", "two\nlines\n")).content, "two\nlines");
}

TEST(Secrets, AreWarnedOfWhereEveryoneCanReadThem)
{
    Mail mail("password_file = smtp\n");
    const auto file = mail.folder.write("smtp", "hunter2\n");
    ::chmod(file.c_str(), 0644);
    EXPECT_EQ(mail.values().text("password"), "hunter2");
    expectOnly(mail, 3, "transport.mail", "password_file", "chmod o-r " + file.string(), kWarning);
}

TEST(Secrets, InAConfigurationThatEveryoneCanReadAreWarnedOf)
{
    Mail mail("password = hunter2\nuser = ada\n");
    ::chmod(mail.file.c_str(), 0644);
    ::chmod(mail.folder.path().c_str(), 0711);
    if (!TrustedFile::open(mail.file, FileUse::configuration).isPublic()) {
        GTEST_SKIP() << "others cannot come to this user's folders";
    }
    mail.load();
    mail.values();
    expectOnly(mail, 0, "", "", "holds secrets, and can be read by everyone", kWarning);
    expectFinding(mail, "notify.ini", 0, "", "", "chmod o-r " + mail.file.string(), kWarning);
    ::chmod(mail.folder.path().c_str(), 0700); // nobody gets there
    mail.load();
    mail.values();
    EXPECT_EQ(mail.report(), "");
}

TEST(Secrets, InAConfigurationMayBeNamedThereAndStandElsewhere)
{
    const Credentials credentials;
    for (const std::string line : {"password = ${cred:smtp-password}\n", "password =\n", ""}) {
        Mail mail(line);
        ::chmod(mail.file.c_str(), 0644);
        ::chmod(mail.folder.path().c_str(), 0711);
        mail.load();
        mail.values();
        EXPECT_EQ(mail.report(), "") << line;
    }
}

TEST(Secrets, AreNotReadFromAFileThatOthersCanWrite)
{
    Mail mail("password_file = smtp\n");
    const auto file = mail.folder.write("smtp", "hunter2\n");
    ::chmod(file.c_str(), 0602);
    EXPECT_EQ(mail.values().text("password"), "");
    expectOnly(mail, 3, "transport.mail", "password_file", "run: chmod go-w " + file.string());
}

TEST(Secrets, AreRefusedWhereTheirFileCannotBeRead)
{
    {
        Mail mail("password_file = gone\n");
        mail.values();
        expectOnly(mail, 3, "transport.mail", "password_file", "gone does not exist");
    }
    {
        Mail mail("password_file = .\n");
        mail.values();
        expectOnly(mail, 3, "transport.mail", "password_file", "is a folder");
    }
    {
        Mail mail("password_file = pipe\n");
        ASSERT_EQ(::mkfifo((mail.folder / "pipe").c_str(), 0600), 0);
        mail.values();
        expectOnly(mail, 3, "transport.mail", "password_file", "not a regular file");
    }
    {
        Mail mail("password_file = empty\n");
        mail.folder.write("empty", "\n");
        mail.values();
        expectOnly(mail, 3, "transport.mail", "password_file", "empty is empty");
    }
    {
        Mail mail("password_file =\n");
        mail.values();
        expectOnly(mail, 3, "transport.mail", "password_file", "is empty");
    }
}

TEST(Secrets, AreRefusedWhenGivenTwice)
{
    Mail mail("password = hunter2\npassword_file = smtp\n");
    mail.folder.write("smtp", "hunter3");
    EXPECT_FALSE(mail.values().has("password"));
    expectOnly(mail, 4, "transport.mail", "password_file",
               "password is given as well, at " + mail.file.string() + ":3");
}

TEST(Secrets, AreTheOnlySettingsThatTakeAFile)
{
    Mail mail("user_file = x\n");
    mail.values();
    expectOnly(mail, 3, "transport.mail", "user_file", "did you mean user?");
}

TEST(Secrets, OfTheHostTakeFilesToo)
{
    LoadedText loaded("[PORCH]\nurl = https://a.example.org\nadmin_token_file = admin\n"
                      "npg_porch_token_file = npg\n[MySQL MLWH]\ndbhost = h\ndbuser = u\n"
                      "dbschema = s\ndbpassword_file = db\n[pipeline.a]\nporch_name = a\n"
                      "porch_uri = u\nporch_version = 1\nporch_token_file = own\nsource = ont\n"
                      "transport = m\n[queue.b]\nurl = sqlite:x\npipeline_token_file = npg\n");
    for (const char* name : {"admin", "npg", "db", "own"}) {
        ::chmod(loaded.folder.write(name, std::string("secret-of-") + name + "\n").c_str(), 0600);
    }
    loaded.load();
    EXPECT_EQ(loaded.report(), "");
    const Configuration& configuration = loaded.configuration;
    EXPECT_EQ(configuration.queue({}).adminToken, "secret-of-admin");
    EXPECT_EQ(configuration.queue({}).pipelineToken, "secret-of-npg");
    EXPECT_EQ(configuration.warehouse().password, "secret-of-db");
    EXPECT_EQ(configuration.pipelines().front().porchToken, "secret-of-own");
    EXPECT_EQ(loaded.redactor.redact("secret-of-admin secret-of-npg secret-of-db secret-of-own"),
              "*** *** *** ***");
}

TEST(Secrets, OfTheHostAreRegistered)
{
    const LoadedText loaded("[PORCH]\nurl = https://a.example.org\nadmin_token = hunter-a\n"
                            "pipeline_token = hunter-b\nnpg_porch_token = hunter-c\n"
                            "[MySQL MLWH]\ndbfile = f\ndbpassword = hunter-d\n"
                            "[pipeline.x]\nporch_token = hunter-e\n");
    EXPECT_EQ(loaded.redactor.redact("hunter-a hunter-b hunter-c hunter-d hunter-e hunter-f"),
              "*** *** *** *** *** hunter-f");
}

TEST(Secrets, OfAQueueStayOnThisHostWithoutTls)
{
    const auto loaded = [](const std::string& url, const std::string& more = "") {
        return LoadedText("[PORCH]\nurl = " + url +
                          "\n[queue.b]\nurl = sqlite:x\n[pipeline.a]\nporch_name = a\n"
                          "porch_uri = u\nporch_version = 1\nsource = ont\ntransport = m\n" +
                          more);
    };
    const std::string own = "porch_token = own\n";
    for (const std::string url :
         {"http://127.0.0.1:8081", "http://127.8.9.1/x", "http://localhost:80/", "http://LocalHost",
          "http://[::1]:8081/", "http://[0:0::1]/", "https://porch.example.org"})
    {
        EXPECT_EQ(loaded(url, own).report(), "") << url;
    }
    for (const std::string url :
         {"http://porch.example.org", "HTTP://porch.example.org", "http://127.0.0.1.example.org/",
          "http://localhost.example.org", "http://128.0.0.1", "http://[::2]/", "http://10.0.0.1"})
    {
        expectOnly(loaded(url, own), 2, "PORCH", "url", "insecure = yes in [PORCH]");
        EXPECT_EQ(loaded(url).report(), "") << url << " without any token";
        EXPECT_EQ(loaded(url + "\ninsecure = yes", own).report(), "") << url;
        EXPECT_EQ(loaded(url, own + "queue = b\n").report(), "") << url << " of another queue";
        for (const std::string key : {"admin_token", "pipeline_token", "npg_porch_token"}) {
            expectOnly(loaded(url + "\n" + key + " = t", own + "queue = b\n"), 2, "PORCH", "url",
                       "over plain http");
        }
    }
    expectOnly(LoadedText("[queue.c]\nurl = http://a.example.org\npipeline_token = t\n"), 2,
               "queue.c", "url", "insecure = yes in [queue.c]");
    expectOnly(LoadedText("[PORCH]\napi_url = http://a.example.org\nadmin_token = t\n"), 2, "PORCH",
               "api_url", "over plain http, where");
}

TEST(References, AreReplacedInEveryValue)
{
    const Credentials credentials;
    ::setenv("NOTIFYHOST_TEST_WORD", "word ${env:X}", 1);
    Mail mail("password = ${cred:smtp-password}\nuser = a${env:NOTIFYHOST_TEST_WORD}z$${env:B}$\n");
    const SettingValues values = mail.values();
    EXPECT_EQ(mail.report(), "");
    EXPECT_EQ(values.text("password"), "from-credential");
    EXPECT_EQ(values.text("user"), "aword ${env:X}z${env:B}$");
    ::unsetenv("NOTIFYHOST_TEST_WORD");
}

TEST(References, AreReplacedInTheHostsSections)
{
    ::setenv("NOTIFYHOST_TEST_WORD", "there", 1);
    const LoadedText loaded("[host]\nstate = ${env:NOTIFYHOST_TEST_WORD}/state\n"
                            "[transport.x]\nplugin = ${env:NOTIFYHOST_TEST_WORD}\n");
    EXPECT_EQ(loaded.report(), "");
    EXPECT_EQ(loaded.configuration.host().state, loaded.folder / "there/state");
    EXPECT_EQ(loaded.configuration.reference("transport", "x").plugin, "there");
    ::unsetenv("NOTIFYHOST_TEST_WORD");
}

TEST(References, ToCredentialsAreSecretsWhereverTheyStand)
{
    const Credentials credentials;
    Mail mail("user = ${cred:smtp-password}\n");
    mail.values();
    EXPECT_EQ(mail.redactor.redact("from-credential"), "***");
    const LoadedText loaded("[host]\nledger_keep_days = ${cred:smtp-password}\n");
    expectOnly(loaded, 2, "host", "ledger_keep_days", "is not a whole number");
    EXPECT_EQ(loaded.report().find("from-credential"), std::string::npos);
}

/// What is said of a reference in an open setting.
void expectRefused(const std::string& value, const std::string& words)
{
    Mail mail("user = " + value + "\n");
    EXPECT_FALSE(mail.values().has("user"));
    expectOnly(mail, 3, "transport.mail", "user", words);
}

TEST(References, ThatCannotBeResolvedAreRefused)
{
    ::unsetenv("CREDENTIALS_DIRECTORY");
    expectRefused("${env:NOTIFYHOST_TEST_GONE}",
                  "${env:NOTIFYHOST_TEST_GONE}: this environment variable is not set");
    expectRefused("${cred:x}", "CREDENTIALS_DIRECTORY is not set");
    expectRefused("${env:}", "name of an environment variable");
    expectRefused("${env:A B}", "name of an environment variable");
    expectRefused("${HOME}", "must be ${env:NAME} or ${cred:NAME}");
    expectRefused("a${", "a plain ${ is written $${");
    expectRefused("${env:HOME", "a plain ${ is written $${");
    const Credentials credentials;
    expectRefused("${cred:gone}", "gone does not exist");
    expectRefused("${cred:../x}", "name of a file in $CREDENTIALS_DIRECTORY");
    expectRefused("${cred:}", "name of a file in $CREDENTIALS_DIRECTORY");
    expectRefused("${cred:..}", "name of a file in $CREDENTIALS_DIRECTORY");
}

TEST(References, OfOtherKindsArePlainTextToThePythonTools)
{
    ::setenv("NOTIFYHOST_TEST_WORD", "word", 1);
    Mail mail("user = a${b}c${d ${env:NOTIFYHOST_TEST_WORD}\n", Grammar::python);
    EXPECT_EQ(mail.values().text("user"), "a${b}c${d word");
    EXPECT_EQ(mail.report(), "");
    ::unsetenv("NOTIFYHOST_TEST_WORD");
}

} // namespace
} // namespace notifyhost::config
