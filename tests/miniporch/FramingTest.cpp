#include "miniporch/Miniporch.h"

using namespace notifyhost;
using namespace notifyhost::test;

namespace {

/// A request that must never be answered: it is the body of the one before, or never meant.
const std::string kSmuggled =
    "GET /pipelines/smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/// A request whose body two readers of HTTP could see differently, and what it is answered with.
struct Doubtful {
    std::string name;
    std::string text;
    int status{400};
};

std::string post(const std::string& headers, const std::string& version = "1.1")
{
    return "POST /tasks/claim HTTP/" + version + "\r\nHost: x\r\n" + headers + "\r\n";
}

std::string chunked(const std::string& rest)
{
    return post("Transfer-Encoding: chunked\r\n") + rest;
}

std::vector<Doubtful> oddCodings()
{
    std::vector<Doubtful> result;
    for (const std::string coding :
         {"xchunked", "chunked, identity", "chunked, chunked", "identity", "gzip", "\"chunked\"",
          "chunked;q=1", "chunked chunked", ",chunked", "chunked,", "", "chunked\x0b",
          "\x0b chunked", "chun ked", "chunked\xA0", "cow", "chunked, gzip"})
    {
        result.push_back({"Transfer-Encoding: " + coding,
                          post("Transfer-Encoding: " + coding + "\r\n") + "0\r\n\r\n"});
    }
    for (const std::string coding : {"gzip, chunked", "identity, chunked", "Deflate,\tChunked"}) {
        result.push_back({"Transfer-Encoding: " + coding,
                          post("Transfer-Encoding: " + coding + "\r\n") + "0\r\n\r\n", 501});
    }
    return result;
}

const std::vector<Doubtful> kDoubtful{
    {"coding twice",
     post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
    {"coding twice, one odd",
     post("Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n") + "0\r\n\r\n"},
    {"coding and length",
     post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
    {"length and coding",
     post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n"},
    {"chunks of an old client", post("Transfer-Encoding: chunked\r\n", "1.0") + "0\r\n\r\n"},
    {"blank before the colon", post("Transfer-Encoding : chunked\r\n") + "0\r\n\r\n"},
    {"tab before the colon", post("Content-Length\t: 0\r\n")},
    {"blank before the name", post(" Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
    {"folded coding", post("Transfer-Encoding:\r\n chunked\r\n") + "0\r\n\r\n"},
    {"folded header", post("A: b\r\n\tc\r\nContent-Length: 0\r\n")},
    {"two lengths", post("Content-Length: 0\r\nContent-Length: 45\r\n")},
    {"twice the same length", post("Content-Length: 0\r\nContent-Length: 0\r\n")},
    {"list of lengths", post("Content-Length: 0, 0\r\n")},
    {"length with a plus", post("Content-Length: +0\r\n")},
    {"length with a minus", post("Content-Length: -0\r\n")},
    {"length in hexadecimal", post("Content-Length: 0x0\r\n")},
    {"length with a blank in it", post("Content-Length: 0 0\r\n")},
    {"empty length", post("Content-Length:\r\n")},
    {"length beyond 64 bits", post("Content-Length: 18446744073709551616\r\n")},
    {"two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"},
    {"the same host twice", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"},
    {"two hosts of an old client", "GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n"},
    {"no host", "GET / HTTP/1.1\r\nA: b\r\n\r\n"},
    {"empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {"host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n"},
    {"host with a user", "GET / HTTP/1.1\r\nHost: a@x\r\n\r\n"},
    {"host with a blank", "GET / HTTP/1.1\r\nHost: x y\r\n\r\n"},
    {"whole url with a user", "GET http://a@x/ HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"whole url without a host", "GET http:///tasks/ HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"whole url of another kind", "GET ftp://x/tasks/ HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"whole url without the header", "GET http://x/tasks/ HTTP/1.1\r\n\r\n"},
    {"target without a slash", "GET tasks/ HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"star for GET", "GET * HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"tunnel", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"bare line feeds", "GET / HTTP/1.1\nHost: x\n\n"},
    {"one bare line feed", "GET / HTTP/1.1\r\nHost: x\nContent-Length: 0\r\n\r\n"},
    {"bare carriage return", "GET / HTTP/1.1\r\nHost: x\rContent-Length: 0\r\n\r\n"},
    {"two carriage returns", "GET / HTTP/1.1\r\nHost: x\r\r\n\r\n"},
    {"tabs in the request line", "GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n"},
    {"two blanks in the request line", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"blank behind the version", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"},
    {"version of three parts", "GET / HTTP/1.1.1\r\nHost: x\r\n\r\n"},
    {"version two", "GET / HTTP/2.0\r\nHost: x\r\n\r\n"},
    {"small version", "GET / http/1.1\r\nHost: x\r\n\r\n"},
    {"method with a colon", "GE:T / HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"header without a name", "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n"},
    {"name with a bracket", "GET / HTTP/1.1\r\nHost: x\r\nA[b]: y\r\n\r\n"},
    {"two authorizations",
     "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n"},
    {"chunk size with a minus", chunked("-1\r\n\r\n0\r\n\r\n")},
    {"chunk size with a plus", chunked("+1\r\na\r\n0\r\n\r\n")},
    {"chunk size with 0x", chunked("0x1\r\na\r\n0\r\n\r\n")},
    {"chunk size behind a blank", chunked(" 1\r\na\r\n0\r\n\r\n")},
    {"chunk size before a blank", chunked("1 \r\na\r\n0\r\n\r\n")},
    {"no chunk size", chunked("\r\na\r\n0\r\n\r\n")},
    {"chunk size beyond 64 bits", chunked("10000000000000001\r\na\r\n0\r\n\r\n")},
    {"chunk size and a bare line feed", chunked("1\na\r\n0\r\n\r\n")},
    {"extension with a bare line feed", chunked("1;a\nb\r\na\r\n0\r\n\r\n")},
    {"extension with a bare return", chunked("1;a\rb\r\na\r\n0\r\n\r\n")},
    {"empty extension", chunked("1;\r\na\r\n0\r\n\r\n")},
    {"chunk longer than it says", chunked("1\r\nab\r\n0\r\n\r\n")},
    {"chunk that ends with a bare line feed", chunked("1\r\na\n0\r\n\r\n")},
    {"last chunk without an end", chunked("0\r\nGET / HTTP/1.1\r\n\r\n")},
    {"folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n")}};

class Framing : public testing::Test {
protected:
    /// What came back, whole: the request is followed by another one on the same connection.
    std::string answersTo(const std::string& text)
    {
        HttpClient client(porch.port());
        client.send(text + kSmuggled);
        std::string statuses;
        try {
            for (;;) {
                statuses += std::to_string(client.reply().status) + " ";
            }
        } catch (const std::runtime_error&) {
            // It has hung up.
        }
        return statuses;
    }

    Miniporch porch{{"--request-seconds", "2"}};
};

} // namespace

TEST_F(Framing, ThatIsInDoubtIsRefusedAndTheConnectionEnds)
{
    std::vector<Doubtful> all = kDoubtful;
    const auto codings = oddCodings();
    all.insert(all.end(), codings.begin(), codings.end());
    for (const auto& [name, text, status] : all) {
        EXPECT_EQ(answersTo(text), std::to_string(status) + " ") << name;
    }
}

TEST_F(Framing, ThatIsRightIsTakenInEveryForm)
{
    const std::vector<std::pair<std::string, std::string>> requests{
        {"length", post("Content-Length: 3\r\n") + "abc"},
        {"no length", post("")},
        {"blanks around the length", post("Content-Length: \t 3 \t\r\n") + "abc"},
        {"zeros before the length", post("Content-Length: 0003\r\n") + "abc"},
        {"chunks", chunked("3\r\nabc\r\n0\r\n\r\n")},
        {"coding in capitals", post("TRANSFER-ENCODING:CHUNKED\r\n") + "0\r\n\r\n"},
        {"extensions", chunked("3;a;b=c;d=\"e;\"\r\nabc\r\n0;last\r\n\r\n")},
        {"blank before an extension", chunked("3 ; a=b\r\nabc\r\n0\r\n\r\n")},
        {"zeros before a chunk's size", chunked("0003\r\nabc\r\n000\r\n\r\n")},
        {"trailers", chunked("0\r\nContent-Length: 9\r\nA: b\r\n\r\n")},
        {"empty line before the request", "\r\n" + post("Content-Length: 0\r\n")},
        {"body that looks like a request",
         post("Content-Length: " + std::to_string(kSmuggled.size()) + "\r\n") + kSmuggled},
        {"body of a GET", "GET /tasks/claim HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"},
        {"whole url", "POST http://y/tasks/claim HTTP/1.1\r\nHost: x\r\n\r\n"},
        {"host with a port", "POST /tasks/claim HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"},
        {"minor version to come", "POST /tasks/claim HTTP/1.7\r\nHost: x\r\n\r\n"},
        {"star", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"}};
    for (const auto& [name, text] : requests) {
        const std::string answers = answersTo(text);
        // Both it and the next one are answered, with what a request without a token is.
        EXPECT_EQ(answers.size(), 8U) << name << ": " << answers;
        EXPECT_TRUE(answers.ends_with("404 ")) << name << ": " << answers;
        EXPECT_TRUE(answers.starts_with("40") && !answers.starts_with("400")) << name << answers;
    }
}

TEST_F(Framing, OfAWholeUrlNamesTheHostOfTheUrl)
{
    HttpClient client(porch.port());
    client.send("GET http://porch.example.org:81/tasks HTTP/1.1\r\nHost: other\r\n\r\n");
    EXPECT_EQ(client.reply().headers.at("location"), "http://porch.example.org:81/tasks/");
    client.send("GET https://porch.example.org?a=b HTTP/1.1\r\nHost: other\r\n\r\n");
    EXPECT_EQ(client.reply().status, 200);
}

TEST_F(Framing, InSingleOctetsIsTheSame)
{
    HttpClient client(porch.port());
    for (const char octet : chunked("3;a=b\r\nabc\r\n0\r\nA: b\r\n\r\n") + kSmuggled) {
        client.send(std::string(1, octet));
    }
    EXPECT_EQ(client.reply().status, 401);
    EXPECT_EQ(client.reply().status, 404);
}
