#include "support/RecordingSmtpServer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <fstream>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace notifyhost::test {

namespace {

std::string sha256(std::string_view octets)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(octets.data(), octets.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::string text;
    for (unsigned at = 0; at < size; ++at) {
        text += "0123456789abcdef"[digest[at] >> 4];
        text += "0123456789abcdef"[digest[at] & 15];
    }
    return text;
}

/// A header field's value as it stands on its one line.
std::string headerOf(std::string_view octets, std::string_view name)
{
    const auto headers = octets.substr(0, octets.find("\r\n\r\n") + 2);
    const std::string start = "\r\n" + std::string(name) + ": ";
    auto at = headers.find(start);
    if (headers.starts_with(std::string_view(start).substr(2))) {
        at = 0;
    } else if (at == std::string_view::npos) {
        return "";
    } else {
        at += 2;
    }
    at += start.size() - 2;
    return std::string(headers.substr(at, headers.find("\r\n", at) - at));
}

/// The file of what was taken: one line each, its fields with tabs between.
class Record {
public:
    explicit Record(std::filesystem::path file)
        : _file(std::move(file)),
          _descriptor(::open(_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600))
    {
        if (_descriptor < 0) {
            throw std::runtime_error("cannot write " + _file.string());
        }
    }
    ~Record() { ::close(_descriptor); }
    Record(const Record&) = delete;
    Record& operator=(const Record&) = delete;

    void add(const RecordedMail& mail) const
    {
        std::string line = mail.sha256 + '\t' + mail.messageId + '\t' + mail.date + '\t' +
                           mail.subject + '\t' + (mail.answered ? "answered" : "cut");
        for (const auto& recipient : mail.recipients) {
            line += '\t' + recipient;
        }
        line += '\n';
        if (::write(_descriptor, line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
            ::fdatasync(_descriptor) != 0)
        {
            throw std::runtime_error("cannot write " + _file.string());
        }
    }

    std::vector<RecordedMail> read() const
    {
        std::vector<RecordedMail> mails;
        std::ifstream input(_file);
        std::string line;
        while (std::getline(input, line)) {
            std::istringstream fields(line);
            RecordedMail mail;
            std::string answered;
            for (auto* field :
                 {&mail.sha256, &mail.messageId, &mail.date, &mail.subject, &answered}) {
                std::getline(fields, *field, '\t');
            }
            mail.answered = answered == "answered";
            std::string recipient;
            while (std::getline(fields, recipient, '\t')) {
                mail.recipients.push_back(recipient);
            }
            mails.push_back(std::move(mail));
        }
        return mails;
    }

private:
    std::filesystem::path _file;
    int _descriptor;
};

std::string addressIn(const std::string& command)
{
    const auto from = command.find('<') + 1;
    return command.substr(from, command.find('>') - from);
}

/// The subjects that are refused.
class Unwanted {
public:
    void set(const std::set<std::string>& subjects)
    {
        const std::lock_guard lock(_mutex);
        _subjects = subjects;
    }
    bool holds(const std::string& subject) const
    {
        const std::lock_guard lock(_mutex);
        return _subjects.contains(subject);
    }

private:
    mutable std::mutex _mutex;
    std::set<std::string> _subjects;
};

/// One client's dialogue, octets in and octets out.
class Conversation {
public:
    Conversation(const Record& record, const Unwanted& unwanted, int& taken, int cutEvery)
        : _record(record), _unwanted(unwanted), _taken(taken), _cutEvery(cutEvery)
    {
    }

    /// The answer to what has come; nullopt: hang up without one.
    std::optional<std::string> hear(std::string_view octets)
    {
        _buffer += octets;
        std::string answers;
        for (;;) {
            const std::string_view ending = _inMessage ? "\r\n.\r\n" : "\r\n";
            const auto at = _buffer.find(ending);
            if (at == std::string::npos) {
                return answers;
            }
            const std::string part = _buffer.substr(0, at);
            _buffer.erase(0, at + ending.size());
            const auto answer = _inMessage ? take(part) : obey(part);
            if (!answer) {
                return std::nullopt;
            }
            answers += *answer;
        }
    }

    bool over() const { return _over; }

private:
    std::string obey(const std::string& command)
    {
        std::string verb = command.substr(0, 4);
        std::transform(verb.begin(), verb.end(), verb.begin(), [](unsigned char letter) {
            return static_cast<char>(std::toupper(letter));
        });
        if (verb == "EHLO") {
            return "250-recording.example.org\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n";
        }
        if (verb == "MAIL") {
            _mail = {};
        } else if (verb == "RCPT") {
            _mail.recipients.push_back(addressIn(command));
        } else if (verb == "DATA") {
            _inMessage = true;
            return "354 go ahead\r\n";
        } else if (verb == "QUIT") {
            _over = true;
            return "221 2.0.0 bye\r\n";
        }
        return "250 2.0.0 ok\r\n";
    }

    std::optional<std::string> take(const std::string& octets)
    {
        _inMessage = false;
        _mail.subject = headerOf(octets, "Subject");
        if (_unwanted.holds(_mail.subject)) {
            return "550 5.7.1 not wanted now\r\n";
        }
        ++_taken;
        _mail.messageId = headerOf(octets, "Message-ID");
        _mail.date = headerOf(octets, "Date");
        _mail.sha256 = sha256(octets);
        _mail.answered = _cutEvery == 0 || _taken % _cutEvery != 0;
        _record.add(_mail);
        if (!_mail.answered) {
            return std::nullopt;
        }
        return "250 2.0.0 on the disk\r\n";
    }

    const Record& _record;
    const Unwanted& _unwanted;
    int& _taken;
    int _cutEvery;
    std::string _buffer;
    RecordedMail _mail;
    bool _inMessage{};
    bool _over{};
};

} // namespace

class RecordingSmtpServer::Server {
public:
    Server(const std::filesystem::path& recordFile, int cutEvery)
        : _record(recordFile), _cutEvery(cutEvery)
    {
        _listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (_listener < 0 || ::bind(_listener, generic, size) != 0 ||
            ::listen(_listener, SOMAXCONN) != 0 || ::getsockname(_listener, generic, &size) != 0 ||
            ::pipe2(_wake.data(), O_CLOEXEC) != 0)
        {
            throw std::runtime_error("cannot listen on 127.0.0.1");
        }
        _port = ntohs(address.sin_port);
        _thread = std::thread([this] { serve(); });
    }

    ~Server()
    {
        ::close(_wake[1]); // the thread sees the end of the pipe
        _thread.join();
        ::close(_wake[0]);
        ::close(_listener);
    }

    int port() const { return _port; }
    void refuse(const std::set<std::string>& subjects) { _unwanted.set(subjects); }
    std::vector<RecordedMail> record() const { return _record.read(); }

private:
    struct Client {
        int descriptor;
        Conversation conversation;
    };

    void serve()
    {
        for (;;) {
            std::vector<pollfd> waiting{{_wake[0], POLLIN, 0}, {_listener, POLLIN, 0}};
            for (const auto& client : _clients) {
                waiting.push_back({client.descriptor, POLLIN, 0});
            }
            ::poll(waiting.data(), waiting.size(), -1);
            if (waiting[0].revents != 0) {
                break;
            }
            auto client = _clients.begin();
            for (std::size_t at = 2; at < waiting.size(); ++at) {
                const bool stays = waiting[at].revents == 0 || converse(*client);
                if (!stays) {
                    ::close(client->descriptor);
                }
                client = stays ? std::next(client) : _clients.erase(client);
            }
            if (waiting[1].revents != 0) {
                greet();
            }
        }
        for (const auto& client : _clients) {
            ::close(client.descriptor);
        }
    }

    void greet()
    {
        const int descriptor = ::accept4(_listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor < 0) {
            return;
        }
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        _clients.push_back({descriptor, Conversation(_record, _unwanted, _taken, _cutEvery)});
        say(descriptor, "220 recording.example.org ESMTP\r\n");
    }

    static bool say(int descriptor, std::string_view text)
    {
        // Answers are short: they fit into the socket's buffer.
        return ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(text.size());
    }

    bool converse(Client& client)
    {
        std::array<char, 65536> buffer;
        const auto size = ::recv(client.descriptor, buffer.data(), buffer.size(), 0);
        if (size <= 0) {
            return false;
        }
        const auto answer =
            client.conversation.hear({buffer.data(), static_cast<std::size_t>(size)});
        return answer && say(client.descriptor, *answer) && !client.conversation.over();
    }

    Record _record;
    Unwanted _unwanted;
    int _cutEvery;
    int _taken{};
    int _listener{};
    int _port{};
    std::array<int, 2> _wake{};
    std::list<Client> _clients;
    std::thread _thread;
};

RecordingSmtpServer::RecordingSmtpServer(const std::filesystem::path& recordFile, int cutEvery)
    : _server(std::make_unique<Server>(recordFile, cutEvery))
{
}

RecordingSmtpServer::~RecordingSmtpServer() = default;

int RecordingSmtpServer::port() const
{
    return _server->port();
}

void RecordingSmtpServer::refuse(const std::set<std::string>& subjects)
{
    _server->refuse(subjects);
}

std::vector<RecordedMail> RecordingSmtpServer::record() const
{
    return _server->record();
}

} // namespace notifyhost::test
