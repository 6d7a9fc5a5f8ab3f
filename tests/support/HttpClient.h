#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::test {

struct HttpReply {
    int status{};
    std::map<std::string, std::string> headers; ///< by their names in lower case
    std::string body;
};

/// One connection to 127.0.0.1, in plain. What is sent is sent as it is, so it may be no HTTP.
/// Errors: std::runtime_error, also where nothing comes for 30 s.
class HttpClient {
public:
    using Headers = std::vector<std::pair<std::string, std::string>>;
    enum class Body { expected, none }; ///< none: the reply to HEAD

    explicit HttpClient(int port);
    ~HttpClient();
    HttpClient(HttpClient&& other) noexcept;
    HttpClient& operator=(HttpClient&&) = delete;
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// False where the peer has hung up.
    bool send(std::string_view octets);
    /// The next reply. Its body has a Content-Length or comes in chunks without trailers.
    HttpReply reply(Body body = Body::expected);
    /// Whether the peer hangs up without another octet.
    bool ends();

    /// One whole request and its reply. Content-Length and Host are added.
    HttpReply exchange(const std::string& method, const std::string& target,
                       const Headers& headers = {}, const std::string& body = {});

private:
    bool receive();
    std::string chunks();

    int _socket;
    std::string _received;
};

/// The octets that exchange() sends.
std::string requestText(const std::string& method, const std::string& target,
                        const HttpClient::Headers& headers, const std::string& body);

} // namespace notifyhost::test
