#include "miniporch/Miniporch.h"

using namespace notifyhost;
using namespace notifyhost::test;

namespace {

const std::string kPipeline = pipelineText("mails");

class BadInput : public testing::Test {
protected:
    /// Sends octets, perhaps hangs up, and expects the server to be in good order afterwards.
    void TearDown() override
    {
        EXPECT_EQ(porch.call("POST", "/tasks/", token, taskText(kPipeline, R"({"last":1})")).status,
                  201);
        EXPECT_EQ(porch.stop(), 0);
        EXPECT_EQ(porch.log().find("500"), std::string::npos) << porch.log();
    }

    std::string post(const std::string& headers, const std::string& body)
    {
        return "POST /tasks/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
               "Authorization: Bearer " +
               token + "\r\n" + headers + "\r\n" + body;
    }
    std::size_t tasks() { return sizeOf(porch.call("GET", "/tasks/").body); }

    Miniporch porch{{"--request-seconds", "1", "--idle-seconds", "30"}};
    std::string token = porch.tokenFor("mails");
    std::string task = taskText(kPipeline, R"({"n":1})");
};

/// The reply of a connection that ends with it.
int lastStatus(HttpClient& client)
{
    const int status = client.reply().status;
    EXPECT_TRUE(client.ends());
    return status;
}

} // namespace

TEST_F(BadInput, ThatIsNoJsonIs422)
{
    const std::vector<std::string> bodies{"{",
                                          "nonsense",
                                          "{}{}",
                                          "{'a':1}",
                                          "[1,]",
                                          "\xEF\xBB\xBF{}",
                                          "{\"a\":\"\xFF\"}",
                                          "{\"a\":\"\xED\xA0\x80\"}",
                                          std::string("{}\0", 3),
                                          "01",
                                          "\"\n\"",
                                          " "};
    for (const auto& body : bodies) {
        const auto reply = porch.call("POST", "/tasks/", token, body);
        EXPECT_EQ(reply.status, 422) << body;
        const json::Value answer = json::parse(reply.body);
        EXPECT_EQ(answer.find("detail")->elements.at(0).find("loc")->elements.at(0).text, "body");
    }
}

TEST_F(BadInput, ThatIsDeepIs422)
{
    const std::string deep(200'000, '[');
    EXPECT_EQ(porch.call("POST", "/tasks/", token, deep).status, 422);
    EXPECT_EQ(porch
                  .call("POST", "/tasks/", token,
                        taskText(kPipeline,
                                 "{\"a\":" + std::string(500, '[') + std::string(500, ']') + "}"))
                  .status,
              422);
    std::string objects;
    for (int level = 0; level < 50'000; ++level) {
        objects += "{\"a\":";
    }
    EXPECT_EQ(porch.call("POST", "/tasks/", token, objects).status, 422);
}

TEST_F(BadInput, ThatIsNotSaidToBeJsonIs422)
{
    for (const std::string type : {"text/plain", "application/x-www-form-urlencoded", "json", ""}) {
        HttpClient::Headers headers{{"Authorization", "Bearer " + token}};
        if (!type.empty()) {
            headers.emplace_back("Content-Type", type);
        }
        EXPECT_EQ(HttpClient(porch.port()).exchange("POST", "/tasks/", headers, task).status, 422)
            << type;
    }
    for (const std::string type :
         {"application/json; charset=utf-8", "Application/JSON", "application/vnd.task+json"})
    {
        EXPECT_LT(HttpClient(porch.port())
                      .exchange("POST", "/tasks/",
                                {{"Authorization", "Bearer " + token}, {"Content-Type", type}},
                                task)
                      .status,
                  202)
            << type;
    }
}

TEST_F(BadInput, ThatIsNoHttpIs400AndTheEnd)
{
    const std::vector<std::string> texts{
        "nonsense\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA\x01: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\x01\r\n\r\n",
        std::string("GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 36),
        "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        "\x16\x03\x01\x02\x01\x01",
        "POST /tasks/ HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /tasks/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n",
        "POST /tasks/ HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST /tasks/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /tasks/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"};
    for (const auto& text : texts) {
        HttpClient client(porch.port());
        client.send(text);
        EXPECT_EQ(lastStatus(client), 400) << text;
    }
}

TEST_F(BadInput, InChunksIsTakenWhereTheyAreRight)
{
    const auto chunk = [](std::string_view text) {
        std::ostringstream size;
        size << std::hex << text.size() << ";name=value\r\n" << text << "\r\n";
        return size.str();
    };
    HttpClient client(porch.port());
    client.send(post("Transfer-Encoding: chunked\r\n",
                     chunk(task.substr(0, 10)) + chunk(task.substr(10)) + "0\r\nX: y\r\n\r\n"));
    EXPECT_EQ(client.reply().status, 201);
    client.send(post("Transfer-Encoding: chunked\r\n", "zz\r\n" + task + "\r\n0\r\n\r\n"));
    EXPECT_EQ(lastStatus(client), 400);
    HttpClient another(porch.port());
    another.send(post("Transfer-Encoding: chunked\r\n", "5\r\n" + task + "\r\n0\r\n\r\n"));
    EXPECT_EQ(lastStatus(another), 400);
    HttpClient endless(porch.port());
    endless.send(post("Transfer-Encoding: chunked\r\n",
                      "fffffffffffffffffffff\r\n" + task + "\r\n0\r\n\r\n"));
    EXPECT_EQ(lastStatus(endless), 400);
    EXPECT_EQ(tasks(), 1U);
}

TEST_F(BadInput, ThatIsHugeIs413)
{
    HttpClient announced(porch.port());
    announced.send(post("Content-Length: 104857600\r\n", std::string(100'000, ' ')));
    EXPECT_EQ(lastStatus(announced), 413);
    // The client need not stop sending to be told.
    HttpClient sent(porch.port());
    sent.send(post("Content-Length: 10485760\r\n", std::string(10'485'760, ' ')));
    EXPECT_EQ(lastStatus(sent), 413);
    HttpClient chunked(porch.port());
    std::string chunks;
    for (int count = 0; count < 100; ++count) {
        chunks += "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
    }
    chunked.send(post("Transfer-Encoding: chunked\r\n", chunks));
    EXPECT_EQ(lastStatus(chunked), 413);
    const std::string large =
        taskText(kPipeline, R"({"text":")" + std::string(1'000'000, 'x') + R"("})");
    EXPECT_EQ(porch.call("POST", "/tasks/", token, large).status, 201);
}

TEST_F(BadInput, WithAHugeHeaderIs431)
{
    const std::vector<std::string> texts{
        "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(100'000, 'a') + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n" + std::string(100'000, 'a')};
    for (const auto& text : texts) {
        HttpClient client(porch.port());
        client.send(text);
        EXPECT_EQ(lastStatus(client), 431);
    }
    std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
    for (int count = 0; count < 10'000; ++count) {
        many += "A: b\r\n";
    }
    HttpClient client(porch.port());
    client.send(many + "\r\n");
    EXPECT_EQ(lastStatus(client), 431);
}

TEST_F(BadInput, ThatComesTooSlowlyIs408)
{
    HttpClient head(porch.port());
    head.send("POST /tasks/ HTTP/1.1\r\n");
    HttpClient body(porch.port());
    body.send(post("Content-Length: " + std::to_string(task.size()) + "\r\n", task.substr(0, 20)));
    // Drips do not prolong it.
    HttpClient drips(porch.port());
    std::thread dripping([&] {
        while (drips.send("G")) {
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
        }
    });
    EXPECT_EQ(lastStatus(head), 408);
    EXPECT_EQ(lastStatus(body), 408);
    EXPECT_EQ(drips.reply().status, 408);
    dripping.join();
    EXPECT_EQ(tasks(), 0U);
}

TEST_F(BadInput, ThatEndsHalfwayDoesNothing)
{
    const std::string whole = post("Content-Length: " + std::to_string(task.size()) + "\r\n", task);
    for (std::size_t size = 1; size < whole.size(); size += 37) {
        HttpClient(porch.port()).send(whole.substr(0, size));
    }
    HttpClient cut(porch.port());
    cut.send(whole.substr(0, whole.size() - 1));
    EXPECT_EQ(lastStatus(cut), 408);
    EXPECT_EQ(tasks(), 0U);
}

TEST_F(BadInput, OneRequestBehindTheOtherIsAnsweredInOrder)
{
    HttpClient client(porch.port());
    std::string requests;
    for (int number = 0; number < 100; ++number) {
        requests += requestText("POST", "/tasks/", headersWith(token),
                                taskText(kPipeline, "{\"n\":" + std::to_string(number) + "}"));
        requests += requestText("GET", "/nothing", {}, "");
    }
    client.send(requests);
    for (int number = 0; number < 100; ++number) {
        const auto reply = client.reply();
        EXPECT_EQ(reply.status, 201);
        EXPECT_NE(reply.body.find("{\"n\":" + std::to_string(number) + "}"), std::string::npos);
        EXPECT_EQ(client.reply().status, 404);
    }
}

TEST_F(BadInput, SentAfterAskingIsWaitedFor)
{
    HttpClient client(porch.port());
    client.send(post(
        "Expect: 100-continue\r\nContent-Length: " + std::to_string(task.size()) + "\r\n", ""));
    EXPECT_EQ(client.reply(HttpClient::Body::none).status, 100);
    client.send(task);
    EXPECT_EQ(client.reply().status, 201);
    HttpClient tooLarge(porch.port());
    tooLarge.send(post("Expect: 100-continue\r\nContent-Length: 100000000\r\n", ""));
    EXPECT_EQ(tooLarge.reply().status, 413);
}

TEST_F(BadInput, OfAnOldClientEndsTheConnection)
{
    HttpClient old(porch.port());
    old.send("GET /tasks/ HTTP/1.0\r\n\r\n");
    EXPECT_EQ(lastStatus(old), 200);
    HttpClient closing(porch.port());
    closing.send("GET /tasks/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(lastStatus(closing), 200);
}

TEST_F(BadInput, FromManyIdleClientsKeepsNobodyOut)
{
    std::vector<HttpClient> idle;
    for (int count = 0; count < 450; ++count) {
        idle.emplace_back(porch.port());
    }
    EXPECT_EQ(porch.call("GET", "/tasks/").status, 200);
}
