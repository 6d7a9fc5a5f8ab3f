#pragma once

#include "net/HttpExchange.h"
#include "net/Url.h"
#include "queue/PorchSettings.h"
#include "queue/TaskQueue.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace notifyhost::queue {

/// What to do about a 404 where pipeline and version should be there.
inline constexpr const char* kNotRegistered =
    "the pipeline or its version is not registered there (`notifyhost register` does that), or the "
    "url is not that of a porch";

/// One request to porch and how it may be dealt with.
struct PorchRequest {
    /// Whether sending it twice does no harm.
    enum class Repeat { safe, never };
    /// brief: a healthy porch answers in no time, so that a long silence tells that it is dead.
    enum class Work { brief, lengthy };

    std::string doing; ///< for messages: "claiming from pipeline ont-event-email"
    std::string method;
    std::string path;          ///< relative to the base URL, encoded: "tasks/claim?num_tasks=5"
    const PorchToken* token{}; ///< nullptr: none is needed
    std::string body{};
    Repeat repeat{Repeat::safe};
    Work work{Work::brief};
};

/// Sends requests to one porch over a few connections that are kept, each borrowed for one
/// exchange, and repeats what may be repeated: on trouble with the connection and on 502, 503, 504,
/// a few times with growing pauses, within a quarter of a minute.
/// Errors: QueueError naming action, request, URL and what came; never with a token in it.
/// Threads: any; waits while all connections are lent.
class PorchExchange {
public:
    explicit PorchExchange(const PorchSettings& settings);

    /// The answer, whatever its status.
    /// Errors: credentials where the token that it needs is not there or cannot be sent;
    ///         configuration for a certificate that is not accepted, or proxy trouble; lost where
    ///         no answer came to what must not be repeated; unavailable otherwise.
    HttpResponse send(const PorchRequest& request);

    /// Throws what an answer means that is no success. hint: what to do about it, for 404.
    [[noreturn]] void refuse(const PorchRequest& request, const HttpResponse& response,
                             const std::string& hint = "") const;

    /// Checks that an answer of success says it is JSON.
    void requireJson(const PorchRequest& request, const HttpResponse& response) const;

    /// Throws that the body of an answer of success is not what it should be. The body is not
    /// repeated: it may hold a token.
    [[noreturn]] void unreadable(const PorchRequest& request, const HttpResponse& response,
                                 const std::string& why) const;

    /// A refusal in one line: the request, its URL, and the answer.
    std::string describe(const PorchRequest& request, const HttpResponse& response) const;

    const PorchSettings& settings() const { return _settings; }

private:
    class Loan;

    std::string urlOf(const PorchRequest& request) const;
    HttpRequest toHttp(const PorchRequest& request) const;
    HttpResponse exchange(const HttpRequest& http, const PorchRequest& request);
    std::chrono::milliseconds limitFor(const PorchRequest& request) const;
    std::string scrubbed(const PorchRequest& request, std::string text) const;

    PorchSettings _settings;
    net::Url _base;
    std::atomic<bool> _heard{}; ///< porch has answered something
    std::mutex _mutex;
    std::condition_variable _returned;
    int _lent{};
    std::vector<std::unique_ptr<Http>> _idle; ///< the last one was used last
};

} // namespace notifyhost::queue
