#pragma once

#include <atomic>
#include <map>
#include <string>
#include <thread>

namespace notifyhost::bench {

/// A mail server on 127.0.0.1 that takes everything and keeps nothing. It answers at once, so that
/// what is measured is the client. One thread of its own.
class SmtpSink {
public:
    SmtpSink();
    ~SmtpSink();
    SmtpSink(const SmtpSink&) = delete;
    SmtpSink& operator=(const SmtpSink&) = delete;

    int port() const { return _port; }
    int messages() const { return _messages; }
    int connections() const { return _connections; }

private:
    struct Client {
        std::string unread;
        bool inMessage{};
    };

    void serve();
    void greet();
    bool read(int descriptor, Client& client);
    std::string answer(Client& client, const std::string& line);

    int _listener{};
    int _port{};
    std::map<int, Client> _clients;
    std::atomic<int> _messages{};
    std::atomic<int> _connections{};
    std::atomic<bool> _stop{};
    std::thread _thread;
};

} // namespace notifyhost::bench
