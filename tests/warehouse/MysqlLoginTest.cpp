#include "Engines.h"

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace notifyhost::test {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = ServiceError::Kind;
using Tls = warehouse::WarehouseSettings::Tls;

constexpr const char* kPassword = "S3cretPassw0rd!";

/// Somebody at the warehouse's port who wants the password: greets as MySQL does, takes the login,
/// asks for another way of logging in, and hears what comes then. One connection.
class FalseServer {
public:
    /// greeting: the way of logging in that the server begins with; then: what it asks for next, as
    /// it stands in the packet.
    FalseServer(std::string greeting, std::string then)
        : _greeting(std::move(greeting)), _then(std::move(then)), _thread([this] { serve(); })
    {
    }

    ~FalseServer() { end(); }
    FalseServer(const FalseServer&) = delete;
    FalseServer& operator=(const FalseServer&) = delete;

    int port() const { return _socket.address().port(); }

    /// Everything that came, and what came after the request; both after its end.
    const std::string& heard()
    {
        end();
        return _heard;
    }
    const std::string& answer()
    {
        end();
        return _answer;
    }

private:
    void end()
    {
        if (_thread.joinable()) {
            _thread.join();
        }
    }

    static std::string packet(unsigned char number, const std::string& body)
    {
        return std::string{static_cast<char>(body.size() & 0xFF),
                           static_cast<char>(body.size() >> 8), '\0', static_cast<char>(number)} +
               body;
    }

    std::string greeting() const
    {
        using namespace std::string_literals;
        // Everything that a server may be able to do, but TLS.
        return "\x0A"
               "8.0.30\0"
               "\x07\0\0\0"
               "AAAAAAAA\0"
               "\xFF\xF7\x21\x02\0\xFF\x00\x15"
               "\0\0\0\0\0\0\0\0\0\0"
               "BBBBBBBBBBBB\0"s +
               _greeting + "\0"s;
    }

    /// Returns the next packet; nothing where the client has gone.
    static std::optional<std::string> read(Poco::Net::StreamSocket& client, std::string& heard)
    {
        std::string result;
        std::size_t wanted = 4;
        while (result.size() < wanted) {
            std::array<char, 4096> buffer{};
            const int got = client.receiveBytes(
                buffer.data(), static_cast<int>(std::min(buffer.size(), wanted - result.size())));
            if (got <= 0) {
                return std::nullopt;
            }
            result.append(buffer.data(), static_cast<std::size_t>(got));
            heard.append(buffer.data(), static_cast<std::size_t>(got));
            if (result.size() == 4) {
                wanted += static_cast<unsigned char>(result[0]) +
                          (static_cast<std::size_t>(static_cast<unsigned char>(result[1])) << 8);
            }
        }
        return result.substr(4);
    }

    void serve()
    {
        try {
            if (!_socket.poll({10, 0}, Poco::Net::Socket::SELECT_READ)) {
                return;
            }
            Poco::Net::StreamSocket client = _socket.acceptConnection();
            client.setReceiveTimeout({5, 0});
            const auto send = [&](const std::string& octets) {
                client.sendBytes(octets.data(), static_cast<int>(octets.size()));
            };
            send(packet(0, greeting()));
            if (read(client, _heard)) {
                send(packet(2, _then));
                _answer = read(client, _heard).value_or("");
            }
        } catch (const std::exception&) {
            // The client has hung up: there is nothing more to hear.
        }
    }

    Poco::Net::ServerSocket _socket{Poco::Net::SocketAddress("127.0.0.1", 0)};
    std::string _greeting;
    std::string _then;
    std::string _heard;
    std::string _answer;
    std::thread _thread; ///< last, for it uses the others
};

ServiceError failureAt(int port, Tls tls)
{
    warehouse::WarehouseSettings settings;
    settings.host = "127.0.0.1";
    settings.port = port;
    settings.user = "reader";
    settings.password = kPassword;
    settings.schema = "mlwh";
    settings.tls = tls;
    settings.connectTimeout = std::chrono::seconds{5};
    try {
        warehouse::openWarehouse(settings)->query("SELECT 1", {});
    } catch (const ServiceError& error) {
        EXPECT_THAT(error.what(), Not(HasSubstr(kPassword)));
        return error;
    }
    ADD_FAILURE() << "it logged in";
    return {Kind::unavailable, ""};
}

std::string request(const std::string& plugin, const std::string& data = "")
{
    return "\xFE" + plugin + std::string(1, '\0') + data;
}

const std::string kScramble = std::string(20, 'A') + std::string(1, '\0');

} // namespace

TEST(MysqlLogin, GivesThePasswordToNobodyWhoAsksForItInAFormThatCanBeRead)
{
    for (const auto& [name, data] :
         std::vector<std::pair<std::string, std::string>>{{"mysql_clear_password", ""},
                                                          {"dialog", "\x04Password: "},
                                                          {"sha256_password", kScramble},
                                                          {"caching_sha2_password", kScramble}})
    {
        FalseServer peer("mysql_native_password", request(name, data));
        const ServiceError error = failureAt(peer.port(), Tls::off);
        EXPECT_EQ(error.kind(), Kind::configuration) << name;
        EXPECT_THAT(error.what(),
                    AllOf(HasSubstr("asks for the password itself: it wants neither "),
                          HasSubstr("tls = required"), HasSubstr("ca_file"),
                          HasSubstr("[MySQL MLWH]")));
        EXPECT_THAT(peer.heard(), AllOf(HasSubstr("reader"), Not(HasSubstr(kPassword)))) << name;
        // Not even a question for the key that the password would be encrypted with.
        EXPECT_EQ(peer.answer(), "") << name;
    }
}

TEST(MysqlLogin, GivesThePasswordToNobodyWhoBeginsWithThat)
{
    for (const std::string name : {"mysql_clear_password", "dialog", "mysql_old_password"}) {
        FalseServer peer(name, request(name));
        EXPECT_EQ(failureAt(peer.port(), Tls::off).kind(), Kind::configuration) << name;
        EXPECT_THAT(peer.heard(), Not(HasSubstr(kPassword))) << name;
        EXPECT_EQ(peer.answer(), "") << name;
    }
}

TEST(MysqlLogin, SaysNothingAtAllWhereTlsIsRequiredAndNotOffered)
{
    FalseServer peer("mysql_native_password", request("mysql_clear_password"));
    const ServiceError error = failureAt(peer.port(), Tls::required);
    EXPECT_EQ(error.kind(), Kind::configuration);
    EXPECT_THAT(peer.heard(), Not(HasSubstr(kPassword)));
    EXPECT_THAT(peer.heard(), Not(HasSubstr("reader")));
}

} // namespace notifyhost::test
