#include "Engines.h"

#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace notifyhost::test {

namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = ServiceError::Kind;
using Tls = warehouse::WarehouseSettings::Tls;

void openssl(std::vector<std::string> words, const std::filesystem::path& folder)
{
    words.insert(words.begin(), "openssl");
    ProcessOptions options;
    options.folder = folder;
    const ProcessResult result = run(words, options);
    if (result.status != 0) {
        throw std::runtime_error("openssl failed: " + result.error);
    }
}

/// A certificate authority in a folder of its own, which vouches for servers.
class Authority {
public:
    explicit Authority(const std::string& name)
    {
        openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                 "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout", "ca.key", "-out",
                 "ca.pem"},
                _folder.path());
    }

    std::filesystem::path certificate() const { return _folder / "ca.pem"; }

    /// Makes that certificate and returns the options of a server that shows it: for
    /// `subject`, such as IP:127.0.0.1.
    std::vector<std::string> serverOptions(const std::string& subject) const
    {
        openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-subj", "/CN=server", "-addext", "subjectAltName=" + subject, "-keyout",
                 "server.key", "-out", "server.csr"},
                _folder.path());
        openssl({"x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                 "-CAcreateserial", "-days", "2", "-copy_extensions", "copy", "-out", "server.pem"},
                _folder.path());
        return {"--ssl-cert=" + (_folder / "server.pem").string(),
                "--ssl-key=" + (_folder / "server.key").string()};
    }

private:
    TemporaryFolder _folder;
};

void restart(const std::vector<std::string>& options)
{
    server().stop();
    server().start(options);
}

class MysqlTls : public ::testing::Test {
protected:
    static void SetUpTestSuite()
    {
        server().execute("CREATE OR REPLACE USER careful@'127.0.0.1' IDENTIFIED BY 'kept-secret'"
                         " REQUIRE SSL; GRANT SELECT ON mlwh.* TO careful@'127.0.0.1'");
        restart(ours().serverOptions("IP:127.0.0.1"));
    }

    static void TearDownTestSuite() { restart({}); }

    static const Authority& ours()
    {
        static const Authority authority("The authority we trust");
        return authority;
    }

    void SetUp() override
    {
        settings.user = "careful";
        settings.password = "kept-secret";
        settings.tls = Tls::required;
        settings.caFile = ours().certificate();
    }

    std::unique_ptr<Warehouse> open() const { return warehouse::openWarehouse(settings); }

    ServiceError failureOf(Warehouse& warehouse, const std::string& sql = "SELECT 1") const
    {
        try {
            warehouse.query(sql, {});
        } catch (const ServiceError& error) {
            EXPECT_THAT(error.what(),
                        AllOf(HasSubstr("127.0.0.1:" + std::to_string(settings.port)),
                              HasSubstr("schema mlwh"), Not(HasSubstr(settings.password))));
            return error;
        }
        ADD_FAILURE() << "no ServiceError from: " << sql;
        return {Kind::unavailable, ""};
    }

    static std::string sessionOf(Warehouse& warehouse)
    {
        return warehouse.query("SELECT CAST(connection_id() AS CHAR)", {}).at(0).at(0).value();
    }

    warehouse::WarehouseSettings settings = settingsOf(Engine::mariaDb);
};

TEST_F(MysqlTls, EncryptsFromTheLoginOn)
{
    const auto warehouse = open();
    EXPECT_EQ(warehouse->contacts({"7102"}).at(0).addresses.size(), 3u);
    EXPECT_THAT(warehouse->query("SELECT variable_value FROM information_schema.session_status"
                                 " WHERE variable_name = 'SSL_VERSION'",
                                 {}),
                ElementsAre(ElementsAre("TLSv1.3")));
}

TEST_F(MysqlTls, RefusesACertificateOfAnotherAuthority)
{
    const Authority other("Another authority");
    settings.caFile = other.certificate();
    const ServiceError error = failureOf(*open());
    EXPECT_EQ(error.kind(), Kind::configuration);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("TLS failed"), HasSubstr("ca_file")));
}

TEST_F(MysqlTls, RefusesACertificateThatTheSystemDoesNotTrust)
{
    settings.caFile.clear();
    const ServiceError error = failureOf(*open());
    EXPECT_EQ(error.kind(), Kind::configuration);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("TLS failed"), HasSubstr("ca_file")));
}

TEST_F(MysqlTls, NamesAnAuthorityFileThatIsMissing)
{
    settings.caFile = "/nonexistent/authority.pem";
    const ServiceError error = failureOf(*open());
    EXPECT_EQ(error.kind(), Kind::configuration);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("/nonexistent/authority.pem"), HasSubstr("ca_file")));
}

TEST_F(MysqlTls, SaysWhatAnAccountThatRequiresItNeeds)
{
    settings.tls = Tls::off;
    const ServiceError error = failureOf(*open());
    EXPECT_EQ(error.kind(), Kind::credentials);
    EXPECT_THAT(error.what(), HasSubstr("tls = required"));
}

TEST_F(MysqlTls, SaysWhatAServerThatRequiresItNeeds)
{
    server().execute("SET GLOBAL require_secure_transport = ON");
    settings = settingsOf(Engine::mariaDb);
    settings.tls = Tls::off;
    const ServiceError error = failureOf(*open());
    server().execute("SET GLOBAL require_secure_transport = OFF");
    EXPECT_EQ(error.kind(), Kind::credentials); // MySQL has a number of its own for it
    EXPECT_THAT(error.what(), HasSubstr("tls = required"));
}

TEST_F(MysqlTls, LetsAnAccountOfPamLogInWhereTheServerIsVerified)
{
    // PAM asks for the password itself. It knows no such user here, so the server refuses the
    // login, having been given it.
    server().execute("INSTALL SONAME 'auth_pam'; CREATE OR REPLACE USER pamela@'127.0.0.1' "
                     "IDENTIFIED VIA pam");
    settings.user = "pamela";
    const ServiceError covered = failureOf(*open());
    settings.tls = Tls::off;
    const ServiceError bare = failureOf(*open());
    server().execute("DROP USER pamela@'127.0.0.1'; UNINSTALL SONAME 'auth_pam'");
    EXPECT_EQ(covered.kind(), Kind::credentials) << covered.what();
    EXPECT_EQ(bare.kind(), Kind::configuration) << bare.what();
    EXPECT_THAT(bare.what(),
                AllOf(HasSubstr("asks for the password"), HasSubstr("tls = required")));
}

TEST_F(MysqlTls, LetsAnAccountProveItsPasswordInPlainText)
{
    server().execute("INSTALL SONAME 'auth_ed25519'; CREATE OR REPLACE USER edwin@'127.0.0.1' "
                     "IDENTIFIED VIA ed25519 USING PASSWORD('kept-secret');"
                     "GRANT SELECT ON mlwh.* TO edwin@'127.0.0.1'");
    settings.user = "edwin";
    settings.tls = Tls::off;
    EXPECT_EQ(open()->contacts({"7101"}).at(0).addresses.size(), 2u);
}

TEST_F(MysqlTls, ReplacesAKilledIdleSessionWithoutAWord)
{
    const auto warehouse = open();
    const std::string first = sessionOf(*warehouse);
    server().execute("KILL " + first);
    EXPECT_EQ(warehouse->contacts({"7101"}).at(0).addresses.size(), 2u);
    EXPECT_NE(sessionOf(*warehouse), first);
}

TEST_F(MysqlTls, KeepsTheReadLimit)
{
    settings.readTimeout = std::chrono::seconds{1};
    const ServiceError error = failureOf(*open(), "SELECT sleep(30)");
    EXPECT_EQ(error.kind(), Kind::request);
    EXPECT_THAT(error.what(), HasSubstr("read_timeout_seconds"));
}

TEST_F(MysqlTls, ReportsAServerThatStops)
{
    const auto warehouse = open();
    sessionOf(*warehouse);
    server().stop();
    EXPECT_EQ(failureOf(*warehouse).kind(), Kind::unavailable);
    server().start(ours().serverOptions("IP:127.0.0.1"));
    EXPECT_EQ(warehouse->contacts({"7101"}).at(0).addresses.size(), 2u);
}

TEST_F(MysqlTls, RefusesACertificateForAnotherName)
{
    ours().serverOptions("DNS:elsewhere.example.org");
    server().execute("FLUSH SSL");
    const ServiceError error = failureOf(*open());
    ours().serverOptions("IP:127.0.0.1");
    server().execute("FLUSH SSL");
    EXPECT_EQ(error.kind(), Kind::configuration);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("TLS failed"), HasSubstr("dbhost")));
    EXPECT_EQ(open()->contacts({"7101"}).at(0).addresses.size(), 2u);
}

} // namespace

} // namespace notifyhost::test
