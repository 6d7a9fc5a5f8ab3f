#include "miniporch/Miniporch.h"

#include "support/Stranger.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <thread>

#include <sys/resource.h>

using namespace notifyhost;
using namespace notifyhost::test;

namespace {

using std::chrono::milliseconds;

/// Nobody's time runs out here: who is hung up on was in the way.
const std::vector<std::string> kPatient{"--request-seconds", "3600", "--idle-seconds", "3600"};

class UnderAttack : public testing::Test {
protected:
    void SetUp() override { allowManyDescriptors(); }

    void TearDown() override
    {
        strangers.clear();
        EXPECT_EQ(porch.stop(), 0) << porch.log();
    }

    /// Requests of somebody who has a token, each on a connection of its own.
    void expectService(int requests = 20)
    {
        for (int number = 0; number < requests; ++number) {
            EXPECT_EQ(porch.call("POST", "/tasks/claim", token, pipelineText("mails")).status, 200);
        }
    }

    void expectLittleMemory()
    {
        // A sanitizer has a memory of its own.
        if (std::string(TEST_SANITIZE).empty()) {
            EXPECT_LT(peakMemory(porch.process().id()), 200);
        }
    }

    void come(int count, std::string_view saying, const std::string& from = "127.0.0.1")
    {
        for (int number = 0; number < count; ++number) {
            strangers.emplace_back(porch.port(), from);
            if (!saying.empty()) {
                strangers.back().say(saying);
            }
        }
    }

    void addTasks(int count, std::size_t octets)
    {
        for (int number = 0; number < count; ++number) {
            const std::string input = R"({"n":)" + std::to_string(number) + R"(,"text":")" +
                                      std::string(octets, 'x') + "\"}";
            ASSERT_EQ(porch.call("POST", "/tasks/", token, taskText(pipelineText("others"), input))
                          .status,
                      201);
        }
    }

    Miniporch porch{kPatient};
    std::string unused = porch.tokenFor("mails");
    std::string token = unused;
    std::deque<Stranger> strangers;
};

} // namespace

TEST_F(UnderAttack, OfSilentConnectionsItServes)
{
    come(800, "");
    expectService();
    expectLittleMemory();
}

TEST_F(UnderAttack, OfTenThousandConnectionsItServes)
{
    come(std::min(10'000, allowManyDescriptors() - 100), "");
    expectService();
    expectLittleMemory();
    EXPECT_NE(porch.log().find("hanging up on the most silent connection"), std::string::npos)
        << porch.log();
    EXPECT_LT(porch.log().size(), 2'000U);
}

TEST_F(UnderAttack, OfHalfRequestsThatAreRenewedItServes)
{
    std::atomic<bool> over{false};
    std::atomic<int> renewed{0};
    std::thread attack([&] {
        std::deque<Stranger> own;
        const auto renew = [&] {
            own.emplace_back(porch.port()).say("G");
            ++renewed;
        };
        while (own.size() < 399) {
            renew();
        }
        while (!over) {
            const std::size_t before = own.size();
            // The oldest go first, so nobody behind one that is still there has gone.
            while (!own.empty() && own.front().isGone()) {
                own.pop_front();
            }
            while (own.size() < before) {
                renew();
            }
        }
    });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (renewed < 500 && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(milliseconds{1});
    }
    expectService(100);
    over = true;
    attack.join();
    EXPECT_GE(renewed, 500);
    expectLittleMemory();
}

TEST_F(UnderAttack, OfListingsThatNobodyReadsItServes)
{
    token = porch.tokenFor("others");
    addTasks(18, 500'000);
    token = unused;
    come(100, "GET /tasks/ HTTP/1.1\r\nHost: x\r\n\r\n");
    expectService();
    come(100, "GET /tasks/ HTTP/1.0\r\n\r\n");
    expectService();
    expectLittleMemory();
    const auto whole = porch.call("GET", "/tasks/");
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(sizeOf(whole.body), 18U);
}

TEST_F(UnderAttack, OfHalfBodiesItServes)
{
    const std::string half = "POST /tasks/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" +
                             std::string(1'900'000, ' ');
    come(150, "");
    std::vector<std::size_t> sent(strangers.size());
    for (int round = 0; round < 200; ++round) {
        for (std::size_t number = 0; number < strangers.size(); ++number) {
            sent[number] += strangers[number].say(std::string_view(half).substr(sent[number]));
        }
        std::this_thread::sleep_for(milliseconds{5});
    }
    expectService();
    expectLittleMemory();
    EXPECT_GT(*std::max_element(sent.begin(), sent.end()), 1'000'000U);
}

TEST_F(UnderAttack, WithoutFreeDescriptorsItServes)
{
    const rlimit few{40, 40};
    ASSERT_EQ(::prlimit(porch.process().id(), RLIMIT_NOFILE, &few, nullptr), 0);
    come(300, "");
    expectService();
    come(300, "G");
    expectService();
    EXPECT_NE(porch.log().find("shortage"), std::string::npos) << porch.log();
}

TEST_F(UnderAttack, TheMostSilentGoesFirstAndNeverWhoSpeaks)
{
    HttpClient first(porch.port());
    ASSERT_EQ(first.exchange("GET", "/about").status, 200);
    HttpClient silent(porch.port());
    ASSERT_EQ(silent.exchange("GET", "/about").status, 200);
    for (int round = 0; round < 6; ++round) {
        come(100, "G");
        expectService(1);
        EXPECT_EQ(first.exchange("GET", "/about").status, 200) << round;
    }
    EXPECT_TRUE(silent.ends());
    // The newest 100 are there still.
    const auto gone = std::count_if(strangers.end() - 100, strangers.end(),
                                    [](Stranger& stranger) { return stranger.isGone(); });
    EXPECT_EQ(gone, 0);
}

TEST_F(UnderAttack, FromOneAddressTheOthersAreLeftAlone)
{
    come(100, "", "127.0.0.2");
    expectService(1);
    come(1'000, "");
    expectService();
    EXPECT_TRUE(std::none_of(strangers.begin(), strangers.begin() + 100,
                             [](Stranger& stranger) { return stranger.isGone(); }));
    // All together have a limit too.
    come(200, "", "127.0.0.3");
    come(200, "", "127.0.0.4");
    expectService();
    EXPECT_TRUE(std::all_of(strangers.begin(), strangers.begin() + 100,
                            [](Stranger& stranger) { return stranger.isGone(); }));
}

TEST_F(UnderAttack, AListingThatIsReadSlowlyComesWhole)
{
    token = porch.tokenFor("others");
    addTasks(300, 10'000);
    token = unused;
    come(150, "GET /tasks/?status=PENDING HTTP/1.1\r\nHost: x\r\n\r\n");
    HttpClient old(porch.port());
    old.send("GET /tasks/?pipeline_name=others HTTP/1.1\r\nHost: x\r\n\r\n");
    expectService();
    EXPECT_EQ(sizeOf(old.reply().body), 300U);
    EXPECT_EQ(sizeOf(old.exchange("GET", "/tasks/?status=DONE").body), 0U);
    EXPECT_EQ(sizeOf(old.exchange("GET", "/tasks/").body), 300U);
}
