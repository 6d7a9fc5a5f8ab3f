#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace notifyhost::test {

/// A message that the server took.
struct RecordedMail {
    std::vector<std::string> recipients; ///< of the envelope
    std::string messageId;
    std::string date;
    std::string subject;
    std::string sha256; ///< of the octets as they came, dots doubled
    bool answered{};    ///< false: taken, but the connection was closed without a word
};

/// A mail server on 127.0.0.1 for many short-lived clients. What it takes is on the disk before it
/// says so; that record alone tells what has arrived. One thread. Errors: std::runtime_error.
class RecordingSmtpServer {
public:
    /// cutEvery: of so many messages one is taken without an answer; 0: none.
    explicit RecordingSmtpServer(const std::filesystem::path& recordFile, int cutEvery = 0);
    ~RecordingSmtpServer();
    RecordingSmtpServer(const RecordingSmtpServer&) = delete;
    RecordingSmtpServer& operator=(const RecordingSmtpServer&) = delete;

    int port() const;

    /// From now on messages with these subjects, and no others, are refused after their dot. Any
    /// thread.
    void refuse(const std::set<std::string>& subjects);

    /// Everything taken so far, read from the record.
    std::vector<RecordedMail> record() const;

private:
    class Server;
    std::unique_ptr<Server> _server;
};

} // namespace notifyhost::test
