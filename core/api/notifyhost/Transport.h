#pragma once

#include <notifyhost/Outcome.h>
#include <notifyhost/Services.h>
#include <notifyhost/Setting.h>

#include <Poco/JSON/Object.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

NOTIFYHOST_NAMESPACE_BEGIN

/// An encoded message: octets, not text.
using Bytes = std::string;

/// Whom one delivery is for.
enum class Addressing {
    addressed, ///< one delivery per recipient (or one for all, where the operator wants that)
    channel    ///< one delivery per notification, also where nobody is a contact
};

/// A rendered notification. Everything in it is frozen before the first attempt.
struct Message {
    std::string id; ///< Message-ID without the angle brackets, from the delivery key
    std::chrono::system_clock::time_point date; ///< when it was composed; whole seconds
    std::string pipeline;                       ///< the queue's pipeline name
    std::string task;                           ///< the task's id
    std::string key;                            ///< the notification's key within the task
    std::vector<std::string> recipients; ///< bare addresses, as to be shown; empty for a channel
    std::string subject;                 ///< one line, UTF-8
    std::string text;                    ///< UTF-8, lines end with \n
    std::string html;                    ///< UTF-8; empty: there is none
    Poco::JSON::Object facts;            ///< what the text was made from, for structured transports
};

/// What deliver() is asked to do with the bytes.
struct Envelope {
    std::string
        deliveryKey; ///< 64 hex digits; the same at every attempt: a peer may refuse a second
    std::vector<std::string> recipients; ///< not yet final; may be fewer than in the message.
                                         ///< Empty for a channel
};

/// What the host lends to one delivery. Owner: the host; valid during the call only.
class NOTIFYHOST_PUBLIC DeliveryContext {
public:
    virtual ~DeliveryContext() = default;

    /// When the whole call must have ended, connecting included.
    virtual std::chrono::steady_clock::time_point deadline() const = 0;

    /// Whether the operator wants the program to end. Before commit() give up with tryAgain.
    virtual bool cancelled() const = 0;

    /// Notes how far the delivery is, for the record and test-transport: a name ("connect", "AUTH")
    /// and what the peer said. Never a secret.
    virtual void stage(std::string_view name, std::string_view detail) = 0;

    /// Asked right before the point of no return: the moment after which the peer may have the
    /// message. True: it is on record, go on. False: send nothing more and answer tryAgain.
    /// May block while the record reaches the disk. Call it once per deliver().
    [[nodiscard]] virtual bool commit() = 0;
};

/// Delivers messages to one kind of peer.
/// Owner: the host creates and deletes instances. Threads: each worker has an instance of its own,
/// so one call at a time per instance; instances run side by side.
/// Only the host waits and tries again: no transport sleeps or repeats.
class NOTIFYHOST_PUBLIC Transport {
public:
    virtual ~Transport() = default;

    /// The settings table: the same at every call, before and after configure(). A setting `from`
    /// of kind mailbox gives the message ids their domain.
    virtual std::vector<Setting> settings() const = 0;

    /// Takes the settings; returns all that is wrong with them. Called once, before all that
    /// follows. Connects to nothing.
    virtual std::vector<Problem> configure(const Settings& settings, Services& services) = 0;

    /// Whom one delivery is for. Constant.
    virtual Addressing addressing() const { return Addressing::addressed; }

    /// Turns a message into the bytes to deliver. Pure: the same message gives the same bytes. No
    /// secret may be in them: deliver() adds authorisation and signatures.
    /// Errors: std::invalid_argument for a message that can never be encoded: it is refused.
    virtual Bytes encode(const Message& message) const = 0;

    /// Sends one encoded message and waits for the peer's answer.
    /// Units: context.deadline() covers the whole call.
    /// Errors: a refusal or a dead peer is an Outcome; throws only for a bug, which the host takes
    ///         for tryAgain before commit() and for unknown after it.
    virtual Outcome deliver(const Bytes& bytes, const Envelope& envelope,
                            DeliveryContext& context) = 0;

    /// Greets the peer, logs in, asks for the sender and the envelope's recipients as far as the
    /// protocol allows, and takes that back. Sends nothing, never calls commit().
    virtual Outcome probe(const Envelope&, DeliveryContext&)
    {
        return {Verdict::unknown, 0, "this transport has nothing that could be probed", {}, {}};
    }
};

NOTIFYHOST_NAMESPACE_END
