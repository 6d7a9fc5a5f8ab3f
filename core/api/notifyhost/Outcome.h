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

/// How far a failure reaches.
enum class Scope {
    message, ///< this message alone; the next one may fare better
    service  ///< the peer as a whole (cannot connect, log in, or it said 421): the host stops the
             ///< run
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
    Scope scope{};      ///< service: the other messages would fare the same
    bool credentials{}; ///< with scope service: the peer refused who we are; exit status 77
};

NOTIFYHOST_NAMESPACE_END
