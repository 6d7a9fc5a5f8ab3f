#pragma once

#include "SmtpReply.h"
#include "SmtpText.h"

#include <notifyhost/Transport.h>

#include <chrono>
#include <exception>
#include <string>
#include <string_view>

namespace notifyhost::email {

/// How far the dialogue is, told to the host as it goes.
class Progress {
public:
    /// server: "mail.example.org:587".
    Progress(DeliveryContext& context, std::string server)
        : _context(context), _server(std::move(server)), _step("connect")
    {
    }

    /// What is tried next: resolve, connect, greeting, EHLO, STARTTLS, certificate, AUTH, sender,
    /// recipient, data, final answer or RSET.
    void begin(std::string_view step) { _step = step; }

    /// What came of it.
    void told(std::string_view detail) { _context.stage(_step, detail); }

    const std::string& step() const { return _step; }
    DeliveryContext& context() const { return _context; }

    /// A step's own limit or the end of the whole call, whichever comes first; the operator's wish
    /// to end ends it as well.
    Limit within(std::chrono::milliseconds stage) const
    {
        Limit limit = whateverHappens(stage);
        limit.cancelled = [&context = _context] { return context.cancelled(); };
        return limit;
    }

    /// The same after the point of no return: only time ends it, because the answer must be known.
    Limit whateverHappens(std::chrono::milliseconds stage) const
    {
        const auto end = std::chrono::steady_clock::now() + stage;
        return end < _context.deadline()
                   ? Limit{end, {}, "no answer within " + inSeconds(stage)}
                   : Limit{_context.deadline(), {}, "the time for the whole delivery was over"};
    }

    /// "mail.example.org:587, STARTTLS: " and the text.
    std::string reason(std::string_view text) const
    {
        return _server + ", " + _step + ": " + std::string(text);
    }

private:
    DeliveryContext& _context;
    std::string _server;
    std::string _step;
};

/// The dialogue ended in an answer that has nothing to do with the message. How far that reaches,
/// the outcome's scope says: service, unless the caller knows better.
class Trouble : public std::exception {
public:
    explicit Trouble(Outcome outcome) : _outcome(std::move(outcome)) {}

    /// From a reply, with advice for the operator.
    Trouble(const Progress& progress, const SmtpReply& reply, const std::string& advice = {},
            Scope scope = Scope::service)
        : Trouble(Outcome{
              Verdict::tryAgain, reply.code, progress.reason(reply.text() + advice), {}, {}, scope})
    {
    }

    /// From what we found ourselves.
    Trouble(const Progress& progress, const std::string& text, Scope scope = Scope::service)
        : Trouble(Outcome{Verdict::tryAgain, 0, progress.reason(text), {}, {}, scope})
    {
    }

    const Outcome& outcome() const { return _outcome; }
    const char* what() const noexcept override { return _outcome.reason.c_str(); }

private:
    Outcome _outcome;
};

} // namespace notifyhost::email
