#pragma once

#include <chrono>
#include <memory>

namespace Poco::Net {
class TCPServer;
}

namespace notifyhost::bench {

/// Stands between clients and a server of this machine and keeps each answer back for some time, as
/// a server would that has more to do. One request at a time on each connection.
class SlowProxy {
public:
    SlowProxy(int server, std::chrono::milliseconds delay);
    ~SlowProxy();
    SlowProxy(const SlowProxy&) = delete;
    SlowProxy& operator=(const SlowProxy&) = delete;

    int port() const;

private:
    std::unique_ptr<Poco::Net::TCPServer> _server;
};

} // namespace notifyhost::bench
