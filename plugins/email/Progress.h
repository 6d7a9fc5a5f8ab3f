#pragma once

#include "SmtpReply.h"

#include <notifyhost/Transport.h>

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
