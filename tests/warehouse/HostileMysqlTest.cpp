#include "Engines.h"

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

namespace notifyhost::test {

namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPassword = "S3cretPassw0rd!";

/// What somebody in the warehouse's place says, and what he must not get.
struct HostileServer {
    std::string name;
    std::string greeting; ///< octets, packet head included; empty: a good one
    std::string login{};  ///< to the login; empty: it is accepted
    std::string answer{}; ///< to each command after that; empty: as good as nothing
    bool endless{};       ///< the last of these is sent for as long as it is taken
};

std::string packet(unsigned number, const std::string& body)
{
    return std::string{static_cast<char>(body.size() & 0xFF),
                       static_cast<char>(body.size() >> 8 & 0xFF),
                       static_cast<char>(body.size() >> 16), static_cast<char>(number)} +
           body;
}

/// As a server greets that can do everything but TLS.
std::string greeting()
{
    return packet(0, "\x0A"
                     "8.0.30\0"
                     "\x07\0\0\0"
                     "AAAAAAAA\0"
                     "\xFF\xF7\x21\x02\0\xFF\x00\x15"
                     "\0\0\0\0\0\0\0\0\0\0"
                     "BBBBBBBBBBBB\0"
                     "mysql_native_password\0"s);
}

const std::string kAccepted = "\0\0\0\x02\0\0\0"s;

std::vector<HostileServer> servers()
{
    const std::string controls = "\x1b[2J\x07\r\n owned";
    return {
        {"wants a file of ours", "", "", packet(1, "\xFB/etc/hostname"s)},
        {"wants another file of ours", "", "", packet(1, "\xFB/proc/self/environ"s)},
        {"wants a file instead of accepting the login", "", packet(2, "\xFB/etc/hostname"s)},
        {"greets without end", std::string(1000, 'x'), "", "", true},
        {"greets in another protocol", "220 mail.example.org ESMTP\r\n"},
        {"greets in half a packet", "\x40\0\0\0\x0A"
                                    "8.0"s},
        {"greets with a packet of 16 MiB", "\xFF\xFF\xFF\0\x0A"s, "", "", true},
        {"greets as of 1998", packet(0, "\x09"
                                        "3.20\0\0\0\0\0AAAAAAAA\0"s)},
        {"greets with an error full of controls", packet(0, "\xFF\x15\x04"s + controls)},
        {"refuses the login with controls", "",
         packet(2, "\xFF\x15\x04#28000"s + controls + "'reader'")},
        {"answers nothing to the login", "", "\0"s},
        {"has more columns than a packet can name", "", "",
         packet(1, "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s)},
        {"refuses every command with controls", "", "",
         packet(1, "\xFF\x15\x04#42000"s + controls)},
        {"hangs up at the first command", "", "", "\x01"s},
    };
}

/// One connection at a time, up to three.
class Pretender {
public:
    explicit Pretender(HostileServer server)
        : _server(std::move(server)), _thread([this] { serve(); })
    {
    }
    ~Pretender() { end(); }
    Pretender(const Pretender&) = delete;
    Pretender& operator=(const Pretender&) = delete;

    int port() const { return _port; }
    /// Takes no more connections; returns what came, when the last has ended.
    std::string end()
    {
        if (_thread.joinable()) {
            _ended = true;
            _thread.join();
        }
        return _heard;
    }

private:
    void serve()
    {
        for (int connection = 0; connection < 3 && !_ended;) {
            if (!_socket.poll({0, 50'000}, Poco::Net::Socket::SELECT_READ)) {
                continue;
            }
            ++connection;
            try {
                auto client = _socket.acceptConnection();
                client.setReceiveTimeout({3, 0});
                client.setSendTimeout({3, 0});
                talk(client);
            } catch (const std::exception&) {
                // The client has gone.
            }
        }
    }

    void talk(Poco::Net::StreamSocket& client)
    {
        say(client, _server.greeting.empty() ? greeting() : _server.greeting,
            _server.endless && !_server.greeting.empty());
        if (!hear(client)) {
            return;
        }
        say(client, _server.login.empty() ? packet(2, kAccepted) : _server.login,
            _server.endless && !_server.login.empty());
        while (hear(client)) {
            say(client, _server.answer.empty() ? packet(1, kAccepted) : _server.answer,
                _server.endless);
        }
    }

    static void say(Poco::Net::StreamSocket& client, const std::string& octets, bool isEndless)
    {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        do {
            client.sendBytes(octets.data(), static_cast<int>(octets.size()));
        } while (isEndless && std::chrono::steady_clock::now() < limit);
    }

    bool hear(Poco::Net::StreamSocket& client)
    {
        std::array<char, 4096> buffer{};
        const int got = client.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
        _heard.append(buffer.data(), static_cast<std::size_t>(std::max(got, 0)));
        return got > 0;
    }

    Poco::Net::ServerSocket _socket{Poco::Net::SocketAddress("127.0.0.1", 0)};
    int _port{_socket.address().port()};
    HostileServer _server;
    std::string _heard;
    std::atomic<bool> _ended{};
    std::thread _thread; ///< last, for it uses the others
};

} // namespace

TEST(HostileMysql, GetsNoFileAndNoPasswordAndKeepsNobodyWaiting)
{
    for (const auto& server : servers()) {
        SCOPED_TRACE(server.name);
        std::string said;
        std::string heard;
        const auto begin = std::chrono::steady_clock::now();
        {
            Pretender peer(server);
            warehouse::WarehouseSettings settings;
            settings.host = "127.0.0.1";
            settings.port = peer.port();
            settings.user = "reader";
            settings.password = kPassword;
            settings.schema = "mlwh";
            settings.tls = warehouse::WarehouseSettings::Tls::off;
            settings.connectTimeout = std::chrono::seconds{2};
            settings.readTimeout = std::chrono::seconds{2};
            try {
                const auto rows = warehouse::openWarehouse(settings)->query(
                    "SELECT id_sample_tmp FROM sample WHERE id_sample_tmp = ?", {"0"});
                ADD_FAILURE() << "it answered with " << rows.size() << " rows";
            } catch (const ServiceError& error) {
                said = error.what();
            }
            EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{15});
            heard = peer.end();
        }
        EXPECT_THAT(said, HasSubstr("127.0.0.1"));
        EXPECT_THAT(said + heard, Not(HasSubstr(kPassword)));
        EXPECT_THAT(heard, Not(HasSubstr("PATH="))) << "it got a file";
        if (server.name.find("file") != std::string::npos) {
            std::string content;
            std::getline(std::ifstream("/etc/hostname"), content);
            EXPECT_TRUE(content.empty() || heard.find(content) == std::string::npos)
                << "it got a file";
        }
    }
}

} // namespace notifyhost::test
