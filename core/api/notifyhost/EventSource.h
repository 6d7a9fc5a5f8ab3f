#pragma once

#include <notifyhost/Services.h>
#include <notifyhost/Setting.h>

#include <Poco/JSON/Object.h>

#include <chrono>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

NOTIFYHOST_NAMESPACE_BEGIN

/// One unit of work of the queue.
struct Task {
    std::string id;           ///< SHA-256 of the input, 64 hex digits: the same in every queue
    std::string inputText;    ///< the input as exact JSON text; never re-written
    Poco::JSON::Object input; ///< the same, parsed; a number that cannot be held exactly is a text
};

/// One thing to tell: who and what, never in which words.
struct Notification {
    std::string key; ///< stable and unique within the task, such as a study number
    std::vector<std::string>
        recipients;           ///< as stored; the host reads them, what is unusable is refused
    Poco::JSON::Object facts; ///< what templates and structured transports get; null: not known
    /// What it is about, such as one run's upload: the same text for all that is ever told of one
    /// thing, in whichever task. With it nobody is told an older word after a newer one, nor the
    /// same twice. Empty: it stands alone.
    std::string about{};
    /// When what it says was so, such as the date of a decision. Of two about one thing the later
    /// counts; nullopt: nobody can say which is newer.
    std::optional<std::chrono::system_clock::time_point> asOf{};
    /// Names of facts that tell nobody anything more, such as how a word was spelt where it came
    /// from: of two about one thing that differ in these alone, the second says the same.
    std::vector<std::string> incidental{};
};

/// A sample of what compose() makes, for check, preview, describe and test-transport.
struct Example {
    std::string name; ///< "full", or "sparse" where every optional fact is null
    Poco::JSON::Object facts;
};

/// An event found by discover().
struct FoundEvent {
    std::string inputJson; ///< the task's input, one JSON object; its identity in the queue
    std::string origin;    ///< where it came from, for messages: "line 12", a product id
    std::optional<std::string> echo; ///< bytes to pass on once the queue holds the task durably
};

/// Where discover() reads from. Owner: the host.
class NOTIFYHOST_PUBLIC DiscoverContext {
public:
    virtual ~DiscoverContext() = default;

    /// Standard input or the file of --input, opened at the first call.
    /// Errors: std::runtime_error where the file cannot be opened.
    virtual std::istream& input() = 0;

    /// Whether the operator wants the program to end. Ask between events.
    virtual bool cancelled() const = 0;
};

/// Where discover() puts what it finds. Owner: the host.
class NOTIFYHOST_PUBLIC DiscoverSink {
public:
    virtual ~DiscoverSink() = default;

    /// Hands over one event. May block while the queue takes a group of them.
    /// Errors: ServiceError where the queue is gone: let it pass.
    virtual void add(FoundEvent event) = 0;

    /// Reports one item that is no event, and goes on: the program ends with status 1.
    virtual void bad(std::string origin, std::string reason) = 0;
};

/// What a failed notification deserves.
enum class ComposeFailure { tryAgain, refused };

/// Where compose() puts its notifications. Owner: the host.
class NOTIFYHOST_PUBLIC ComposeSink {
public:
    virtual ~ComposeSink() = default;

    /// Whether this notification is still to be made. False for one that an earlier attempt froze:
    /// the costly part may be left out (it is ignored otherwise).
    virtual bool wanted(std::string_view key) const = 0;

    /// Hands over one notification.
    virtual void notify(Notification notification) = 0;

    /// One notification cannot be made now (tryAgain) or ever (refused). The others are told.
    /// Shape: key as notify() would have had it; empty: the task as a whole.
    virtual void failed(std::string key, ComposeFailure failure, std::string reason) = 0;
};

/// Finds events, and turns a task into notifications.
/// Owner: the host creates and deletes instances. Threads: each worker has an instance of its own.
/// Errors: an exception other than ServiceError is a fault of the plugin.
class NOTIFYHOST_PUBLIC EventSource {
public:
    virtual ~EventSource() = default;

    /// The settings table: the same at every call, before and after configure().
    virtual std::vector<Setting> settings() const = 0;

    /// Takes the settings; returns all that is wrong with them. Called once, before all that
    /// follows. Connects to nothing.
    virtual std::vector<Problem> configure(const Settings& settings, Services& services) = 0;

    /// At least a full and a sparse example.
    virtual std::vector<Example> examples() const = 0;

    /// Finds events until there are no more. Streams: memory does not grow with the input. Blocks.
    virtual void discover(DiscoverContext& context, DiscoverSink& sink) = 0;

    /// Makes the notifications of one task; every key is either notified or failed. Blocks.
    virtual void compose(const Task& task, ComposeSink& sink) = 0;
};

NOTIFYHOST_NAMESPACE_END
