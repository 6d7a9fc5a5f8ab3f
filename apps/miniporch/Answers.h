#pragma once

#include "Exchange.h"

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::miniporch {

/// {"detail": text}
Answer detail(int status, std::string_view text);

/// The answer to what nobody foresaw: plain text, as porch gives it.
Answer serverFault();

/// A request that is not going to be done. Thrown before anything of it was written.
class Refusal : public std::runtime_error {
public:
    explicit Refusal(Answer answer)
        : std::runtime_error("refused with " + std::to_string(answer.status)),
          _answer(std::move(answer))
    {
    }
    Refusal(int status, std::string_view text) : Refusal(detail(status, text)) {}
    const Answer& answer() const noexcept { return _answer; }

private:
    Answer _answer;
};

/// What is wrong with a body or a query, collected for one answer of status 422.
class Problems {
public:
    /// where: the way to the value, such as {"body", "pipeline", "name"}.
    void add(const std::vector<std::string>& where, std::string_view message,
             std::string_view type);

    /// Malformed JSON; offset in octets where it is known.
    static Answer malformed(std::string_view message);

    bool any() const { return !_entries.empty(); }
    /// Throws a Refusal if there are any.
    void check() const;

private:
    std::string _entries;
};

} // namespace notifyhost::miniporch
