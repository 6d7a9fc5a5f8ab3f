#pragma once

#include <notifyhost/Abi.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

NOTIFYHOST_NAMESPACE_BEGIN

/// What became of a delivery. The zero value is the honest one: nobody said what happened.
enum class Verdict {
    unknown,   ///< it may or may not have left: the link broke after the point of no return
    delivered, ///< the peer took it and said so
    tryAgain,  ///< it certainly did not leave; later may be better
    refused    ///< it certainly did not leave and never will
};

/// How far a failure reaches, as the transport observed it. Whose fault it is the host concludes,
/// from more than one message.
enum class Scope {
    message,    ///< the peer answered about this message; the connection is good
    connection, ///< the connection broke (421, hang-up, silence) once the peer had heard of this
                ///< message; the next message gets a new one
    sender,     ///< the peer refuses for good whom messages come from; the reason names the key
    service     ///< the peer failed before it heard of any message: connect, greeting, TLS, login
};

/// One recipient's share of an outcome.
struct RecipientOutcome {
    std::string address;  ///< exactly as it stood in Envelope::recipients
    Verdict verdict{};    ///< as Outcome::verdict, for this recipient
    int code{};           ///< the peer's number (SMTP reply, HTTP status); 0: none
    std::string reason{}; ///< the peer's words, or ours; one line, UTF-8, without secrets
};

/// What deliver() and probe() answer. Expected failures are outcomes, never exceptions.
struct Outcome {
    Verdict verdict{};    ///< for the whole; with perRecipient filled, for all it does not name
    int code{};           ///< the peer's number; 0: none
    std::string reason{}; ///< on success the peer's answer, else what was tried and what it said
    std::optional<std::chrono::seconds> retryAfter{}; ///< the peer's own wish, if it voiced one
    std::vector<RecipientOutcome> perRecipient{};     ///< who fared differently; may be empty
    Scope scope{};                                    ///< how far a failure reaches
    bool credentials{}; ///< with scope service: the peer refused who we are; exit status 77
};

NOTIFYHOST_NAMESPACE_END
