#include "acceptance/Site.h"
#include "support/ScriptedHttpServer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Then = ScriptedReply::Then;

const std::string kToken = "0123456789abcdef0123456789abcdef";

/// An answer of somebody in the place of the queue's server or of LangQC.
struct HostileAnswer {
    std::string name;
    ScriptedReply reply;
    int status{};     ///< of the list command that gets it
    std::string says; ///< on standard error
};

ScriptedReply raw(std::string octets, Then then = Then::close)
{
    ScriptedReply reply;
    reply.octets = std::move(octets);
    reply.then = then;
    return reply;
}

std::string head(const std::string& fields)
{
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + fields + "\r\n";
}

std::vector<HostileAnswer> answers()
{
    const std::string many(1000, 'x');
    const std::string deep(100'000, '[');
    return {
        {"another protocol", raw("220 mail.example.org ESMTP\r\n"), 69, ""},
        {"octets without end", raw(many, Then::endless), 69, ""},
        {"a head without end", raw("HTTP/1.1 200 OK\r\nX: y\r\n", Then::endless), 69, ""},
        {"a header field without end", raw("HTTP/1.1 200 OK\r\nX: " + many, Then::endless), 69, ""},
        {"a field without a colon", raw("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n[]"), 69, ""},
        {"a version to come", raw("HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n[]"), 69, ""},
        {"a status of no meaning", raw("HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\n[]"), 69, ""},
        {"interim answers without end", raw("HTTP/1.1 100 Continue\r\n\r\n", Then::endless), 69,
         ""},
        {"a negative length", raw(head("Content-Length: -2\r\n") + "[]"), 69, ""},
        {"two lengths", raw(head("Content-Length: 2\r\nContent-Length: 4\r\n") + "[][]"), 69, ""},
        // Chunks count then (RFC 9112, section 6.3), and this is a list of nothing.
        {"a length and chunks",
         raw(head("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n") + "2\r\n[]\r\n0\r\n\r\n"),
         0, ""},
        {"a length beyond all numbers",
         raw(head("Content-Length: 99999999999999999999999\r\n") + "[]"), 69, ""},
        {"less than announced", raw(head("Content-Length: 5000\r\n") + "[]"), 69, ""},
        {"a chunk of a size that is none",
         raw(head("Transfer-Encoding: chunked\r\n") + "-1\r\n[]\r\n0\r\n\r\n"), 69, ""},
        {"a chunk beyond all memory",
         raw(head("Transfer-Encoding: chunked\r\n") + "ffffffffffffffff\r\n[]"), 69, ""},
        {"chunks without end",
         raw(head("Transfer-Encoding: chunked\r\n") + "2\r\n  \r\n", Then::endless), 69, ""},
        {"a way to somebody else",
         raw("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
         78, "a redirect is not followed"},
        {"a page for an answer",
         raw("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n"
             "<html></html>"),
         69, ""},
        {"JSON of great depth",
         raw(head("Content-Length: " + std::to_string(deep.size()) + "\r\n") + deep), 69, ""},
        {"JSON that is no UTF-8", raw(head("Content-Length: 6\r\n") + "[\"\xff\xfe\"]"), 0,
         "left where it is"},
        {"a list of something else", raw(head("Content-Length: 9\r\n") + "{\"a\":[1]}"), 69, ""},
        {"tasks of the wrong shape",
         raw(head("Content-Length: 27\r\n") + R"([{"pipeline":1,"status":7}])"), 0,
         "left where it is"},
        {"controls and our own token in a refusal",
         raw("HTTP/1.1 403 \x1b[2J\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n"
             R"({"detail":"\u001b]0;owned\u0007 )" +
             kToken + "\"}   "),
         77, ""},
        {"a reset", raw("HTTP/1.1 200", Then::reset), 69, ""},
    };
}

} // namespace

TEST(HostileQueues, ComeToNothingAndAreToldOfInOneLine)
{
    const auto all = answers();
    EXPECT_GE(all.size(), 19U);
    for (const auto& answer : all) {
        SCOPED_TRACE(answer.name);
        const ScriptedHttpServer server([&](const ScriptedRequest&) { return answer.reply; });
        Site site;
        auto text = readFile(site.folder() / "notifyhost.ini");
        const std::string embedded = "url = sqlite:queue.sqlite\n";
        text.replace(text.find(embedded), embedded.size(),
                     "url = " + server.url() + "\npipeline_token = " + kToken +
                         "\nadmin_token = " + kToken + "\nanswer_timeout_seconds = 2\n");
        site.folder().write("notifyhost.ini", text);
        std::filesystem::permissions(site.folder() / "notifyhost.ini",
                                     std::filesystem::perms::owner_read |
                                         std::filesystem::perms::owner_write);
        const auto before = server.connections();
        for (const std::string command : {"list", "run"}) {
            const auto begin = std::chrono::steady_clock::now();
            const auto result = site.notifyhost({command, "ont"});
            EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{60});
            EXPECT_EQ(result.status, answer.status) << command << result.output << result.error;
            EXPECT_THAT(result.error, AllOf(HasSubstr(answer.says), Not(HasSubstr(kToken))));
            EXPECT_EQ(result.error.find_first_of("\x1b\x07\r"), std::string::npos);
            EXPECT_LT(result.error.size(), 4'000U);
        }
        EXPECT_GT(server.connections(), before);
        EXPECT_TRUE(site.mails().empty());
    }
}

} // namespace notifyhost::test
