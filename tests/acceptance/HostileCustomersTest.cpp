#include "acceptance/Site.h"
#include "support/ScriptedSmtpServer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace notifyhost::test {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing::Not;

/// A text as SQL writes it, whatever stands in it.
std::string sql(const std::string& text)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (const char octet : text) {
        hex += kDigits[static_cast<unsigned char>(octet) >> 4];
        hex += kDigits[static_cast<unsigned char>(octet) & 15U];
    }
    return "CAST(X'" + hex + "' AS TEXT)";
}

/// What a customer has written in the field for an address, and who is told.
struct HostileContact {
    std::string text;
    std::vector<std::string> told{};
};

std::vector<HostileContact> contacts()
{
    return {
        {"a@evil.example, honest2@example.org", {"a@evil.example", "honest2@example.org"}},
        {"a@evil.example>\r\nRCPT TO:<victim@example.org"},
        {"a@evil.example\r\nBcc: v@example.org"},
        {"\"a b\"@evil.example", {"\"a b\"@evil.example"}},
        {"<b@evil.example>", {"b@evil.example"}},
        {"Name <c@evil.example>", {"c@evil.example"}},
        {"=?utf-8?q?x?= <d@evil.example>", {"d@evil.example"}},
        {"e@evil.example (comment)"},
        {"f@[127.0.0.1]", {"f@[127.0.0.1]"}},
        {"g@evil.example;h@evil.example", {"g@evil.example", "h@evil.example"}},
        {"\"x\\\" y\"@evil.example", {"\"x\\\" y\"@evil.example"}},
        {"@evil.example"},
        {"j@evil.example."},
        {"k@éxample.org", {"k@xn--xample-9ua.org"}},
        {"ünï@evil.example", {"ünï@evil.example"}},
        {"l%victim@relay.example", {"l%victim@relay.example"}},
        {"victim!m@evil.example", {"victim!m@evil.example"}},
        {"@relay.example:n@evil.example"},
        {"o@evil.example SIZE=1 NOTIFY=NEVER"},
        {std::string(300, 'p') + "@evil.example"},
        {"q@" +
         [] {
             std::string labels;
             for (int count = 0; count < 200; ++count) {
                 labels += "a.";
             }
             return labels;
         }() +
         "example"},
        {"\u202er@evil.example", {}},
        // The honest one of the other study, who is told once.
        {"HONEST@EXAMPLE.ORG", {"HONEST@EXAMPLE.ORG"}},
        {"honest@example.org "},
        {"-s@evil.example", {"-s@evil.example"}},
        {"|t@evil.example", {"|t@evil.example"}},
        {"/etc/passwd@evil.example", {"/etc/passwd@evil.example"}},
        {"\"\"@evil.example"},
        {"u@evil.example\0"s},
        {"v@evil.example\u200b", {"v@evil.example"}},
        {"group:w@evil.example,x@evil.example;", {"x@evil.example"}},
        {".y@evil.example"},
        {"z..z@evil.example"},
        {"postmaster"},
        {"root@localhost", {"root@localhost"}},
        {"\"honest@example.org\"@evil.example", {"\"honest@example.org\"@evil.example"}},
        {"honest@example.org <aa@evil.example>", {"aa@evil.example"}},
        {"\"\r\n x\"@evil.example"},
    };
}

/// The names a customer gives to samples, and how mails show them.
struct HostileName {
    std::string name;
    std::string shown;
};

std::vector<HostileName> names()
{
    const std::string no = "\uFFFD";
    const auto same = [](const std::string& name) { return HostileName{name, name}; };
    return {
        same("ok"),
        same("=cmd()|x"),
        same("<img src=x onerror=a>"),
        same("\"><b>"),
        same("'\"`"),
        same("&lt;script&gt;"),
        same("{{sample_name}}"),
        same("{{{secret}}}"),
        {"a\r\n.\r\nMAIL FROM:<x>", "a" + no + no + "." + no + no + "MAIL FROM:<x>"},
        same("."),
        same("From me"),
        same("--=_boundary"),
        {"\u202eevil\u2069", no + "evil" + no},
        {"\x1b[31m", no + "[31m"},
        {"\0nul"s, no + "nul"},
        {"\xed\x9f\xbf", "\xed\x9f\xbf"},
        same(std::string(255, 'x')),
        same("http://evil.example/login"),
        same("https://\u0435vil.example"),
        {"\u2028line", no + "line"},
        {"\u2029para", no + "para"},
        {"\u0085nel", no + "nel"},
        {"\u200b\u200c\u200d", no + no + no},
        {"\U000e0041tag", no + "tag"},
        same("javascript:alert(1)"),
    };
}

const std::string kStudy =
    "Evil {{> secret}} {{{html}}} </table><script>alert(1)</script>\r\n"
    "Bcc: x@evil.example\r\n\r\nBODY \u202emoc.live\u2066 \u200f\u061c\ufeff";

/// A site whose warehouse has one run, of an honest study and of one that is not.
class Customers {
public:
    explicit Customers(const std::string& extra = "") : site(extra)
    {
        std::string script =
            "DELETE FROM oseq_flowcell; DELETE FROM study_users; "
            "DELETE FROM stock_resource; DELETE FROM sample; DELETE FROM study; "
            "INSERT INTO study (id_study_tmp, id_lims, id_study_lims, name) VALUES "
            "(50, 'SQSCP', '7050', 'Honest study'), (51, 'SQSCP', '7051', " +
            sql(kStudy) + ");";
        const auto person = [&](int study, const std::string& address) {
            script += "INSERT INTO study_users (id_study_tmp, role, email) VALUES (" +
                      std::to_string(study) + ", 'owner', " + sql(address) + ");";
        };
        person(50, "honest@example.org");
        person(50, "second@example.org");
        for (const auto& contact : contacts()) {
            person(51, contact.text);
        }
        int id = 900;
        for (const auto& name : names()) {
            const auto number = std::to_string(++id);
            script += "INSERT INTO sample (id_sample_tmp, id_lims, id_sample_lims, name) VALUES (" +
                      number + ", 'SQSCP', '" + number + "', " + sql(name.name) +
                      "); INSERT INTO oseq_flowcell (id_sample_tmp, id_study_tmp, id_lims, "
                      "experiment_name, instrument_name, instrument_slot, flowcell_id, "
                      "tag_identifier, tag_sequence) VALUES (" +
                      number + ", " + (id == 901 ? "50" : "51") +
                      ", 'SQSCP', 'RUN-X', 'inst', 1, 'FCX', '" + number + "', 'ACGT');";
        }
        const auto loaded = run({"sqlite3", (site.folder() / "warehouse.sqlite").string()},
                                {script, {}, {}, std::chrono::seconds{60}});
        if (loaded.status != 0 || !loaded.error.empty()) {
            throw std::runtime_error("the warehouse could not be changed: " + loaded.error);
        }
    }

    void sendTo(int port) const
    {
        auto text = readFile(site.folder() / "notifyhost.ini");
        const std::string maildir = "plugin = maildir\npath = mail\n";
        text.replace(text.find(maildir), maildir.size(),
                     "plugin = email\nhost = 127.0.0.1\ntls = off\nport = " + std::to_string(port) +
                         "\n");
        site.folder().write("notifyhost.ini", text);
    }

    ProcessResult tell()
    {
        const auto added = site.notifyhost(
            {"add", "ont"},
            R"({"collection":"/seq/ont/RUN-X","avus":[{"attribute":"ont:experiment_name",)"
            R"("value":"RUN-X"},{"attribute":"ont:instrument_slot","value":"1"},)"
            R"({"attribute":"ont:flowcell_id","value":"FCX"}]})"
            "\n");
        EXPECT_EQ(added.status, 0) << added.error;
        return site.notifyhost({"run", "ont"});
    }

    Site site;
};

using Addresses = std::multiset<std::string>;

/// Everybody who is to be told, once.
Addresses expected()
{
    Addresses all{"second@example.org"};
    for (const auto& contact : contacts()) {
        all.insert(contact.told.begin(), contact.told.end());
    }
    return all;
}

/// Those whom the server was asked to take the messages for, which must be all that it was told.
Addresses asked(const ScriptedSmtpServer& server)
{
    Addresses all;
    for (const auto& message : server.messages()) {
        for (const auto& command : message.recipients) {
            const auto begin = command.find('<') + 1;
            const auto end = command.find('>', begin);
            EXPECT_EQ(command.find("RCPT TO:<"), 0U) << command;
            all.insert(command.substr(begin, end - begin));
        }
        EXPECT_THAT(message.mail, HasSubstr("MAIL FROM:<sequencing@example.org>"));
    }
    return all;
}

} // namespace

TEST(HostileCustomers, AreToldWhereTheirAddressIsOneAndKeepNobodyFromBeingTold)
{
    EXPECT_EQ(contacts().size(), 38U);
    for (const std::string addressing : {"individual", "together"}) {
        SCOPED_TRACE(addressing);
        const ScriptedSmtpServer server;
        Customers customers("addressing = " + addressing + "\n");
        customers.sendTo(server.port());
        const auto result = customers.tell();
        EXPECT_EQ(result.status, 1) << result.error;
        EXPECT_EQ(asked(server), expected());
        EXPECT_EQ(result.error.find_first_of("\x1b\x07\r"), std::string::npos);
        EXPECT_EQ(result.error.find('\0'), std::string::npos);
        for (int connection = 1; connection <= server.connections(); ++connection) {
            const auto heard = server.received(connection);
            EXPECT_THAT(heard, Not(HasSubstr("victim@example.org")));
            EXPECT_THAT(heard, Not(HasSubstr("\nBcc:")));
            EXPECT_THAT(heard, Not(HasSubstr("\nMAIL FROM:<x>")));
        }
    }
}

TEST(HostileCustomers, NameTheirSamplesAsTheyLikeAndMailsShowItHarmlessly)
{
    EXPECT_EQ(names().size(), 25U);
    Customers customers;
    EXPECT_EQ(customers.tell().status, 1);
    const auto mails = customers.site.mails();
    ASSERT_EQ(mails.size(), expected().size());
    for (const auto& mail : mails) {
        EXPECT_EQ(mail.headers.count("bcc"), 0U);
        for (const auto& [name, value] : mail.headers) {
            EXPECT_EQ(value.find_first_of("\r\n\x1b"), std::string::npos) << name << ": " << value;
        }
        for (const auto* part : {&mail.text, &mail.html}) {
            for (const auto* hidden : {"\u202e", "\u2066", "\u2069", "\u200b", "\u2028", "\u2029",
                                       "\u0085", "\u061c", "\ufeff", "\x1b", "\U000e0041"})
            {
                EXPECT_THAT(*part, Not(HasSubstr(hidden)));
            }
        }
        for (const auto* markup : {"<script", "<img", "<x>", "</table><script"}) {
            EXPECT_THAT(mail.html, Not(HasSubstr(markup)));
        }
        EXPECT_THAT(mail.text, HasSubstr("Evil {{> secret}} {{{html}}} </table>"));
        for (const auto& name : names()) {
            EXPECT_THAT(mail.text, HasSubstr(name.shown));
        }
    }
}

} // namespace notifyhost::test
