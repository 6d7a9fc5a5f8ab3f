#include "SlowProxy.h"

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Net/TCPServerConnection.h>

#include <array>
#include <thread>

namespace notifyhost::bench {

namespace {

using Poco::Net::Socket;
using Poco::Net::StreamSocket;

class Relay : public Poco::Net::TCPServerConnection {
public:
    Relay(const StreamSocket& client, int server, std::chrono::milliseconds delay)
        : TCPServerConnection(client),
          _server(Poco::Net::SocketAddress("127.0.0.1", static_cast<Poco::UInt16>(server))),
          _delay(delay)
    {
        _server.setNoDelay(true);
    }

    void run() override
    {
        StreamSocket client = socket();
        client.setNoDelay(true);
        bool asked = false;
        for (;;) {
            Socket::SocketList readable{client, _server};
            Socket::SocketList none;
            Socket::SocketList failed;
            if (Socket::select(readable, none, failed, Poco::Timespan(60, 0)) == 0) {
                return;
            }
            const bool fromClient = readable.front() == client;
            if (!fromClient && asked) {
                std::this_thread::sleep_for(_delay);
            }
            asked = fromClient;
            if (!pass(fromClient ? client : _server, fromClient ? _server : client)) {
                return;
            }
        }
    }

private:
    static bool pass(StreamSocket& from, StreamSocket& to)
    {
        std::array<char, 65'536> octets{};
        const int count = from.receiveBytes(octets.data(), static_cast<int>(octets.size()));
        return count > 0 && to.sendBytes(octets.data(), count) == count;
    }

    StreamSocket _server;
    std::chrono::milliseconds _delay;
};

class Relays : public Poco::Net::TCPServerConnectionFactory {
public:
    Relays(int server, std::chrono::milliseconds delay) : _server(server), _delay(delay) {}

    Poco::Net::TCPServerConnection* createConnection(const StreamSocket& client) override
    {
        return new Relay(client, _server, _delay);
    }

private:
    int _server;
    std::chrono::milliseconds _delay;
};

} // namespace

SlowProxy::SlowProxy(int server, std::chrono::milliseconds delay)
{
    Poco::Net::ServerSocket socket(Poco::Net::SocketAddress("127.0.0.1", 0));
    Poco::Net::TCPServerParams::Ptr parameters = new Poco::Net::TCPServerParams;
    parameters->setMaxThreads(16);
    _server = std::make_unique<Poco::Net::TCPServer>(new Relays(server, delay), socket, parameters);
    _server->start();
}

SlowProxy::~SlowProxy()
{
    _server->stop();
}

int SlowProxy::port() const
{
    return _server->port();
}

} // namespace notifyhost::bench
