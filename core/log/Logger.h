#pragma once

#include <notifyhost/Services.h>

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::log {

/// Blots out secrets. All text that leaves the program, log lines and error messages alike, goes
/// through redact(). Threads: any.
class Redactor {
public:
    /// Registers a secret; texts under four characters are not, since they would blot out words.
    void add(const std::string& secret);

    /// The text with every registered secret, plain or percent- or base64-encoded, replaced by ***.
    /// Of base64 the whole word goes, also where the secret is only a part of what was encoded.
    std::string redact(std::string_view text) const;

private:
    mutable std::mutex _mutex;
    std::vector<std::string> _secrets;
    std::vector<std::string> _base64; ///< what every base64 text that holds a secret contains
};

enum class Format { text, json };

struct Style {
    Level threshold{Level::warning};
    Format format{Format::text};
    bool colour{};
};

/// What a line belongs to; empty members are left out.
struct Ids {
    std::string run;
    std::string task;
    std::string delivery;
};

/// Escapes what could forge a line or a terminal: control characters as \n, \t, \xNN; likewise,
/// octet by octet, what turns the reading direction or is not UTF-8. The result is valid UTF-8.
std::string escapeControls(std::string_view text);

/// A place where lines go. Owner: the stream is the caller's and outlives the logger.
struct Output {
    std::ostream* stream{};
    Style style;
};

/// The program's log. A line is UTC time, level, text, then run=… task=… delivery=…; in JSON an
/// object with time, level, message and the ids. Text and ids are redacted and escaped in both.
/// Each line is one write. A line that an output does not take goes to the one given first.
/// Threads: any.
class Logger {
public:
    Logger(std::ostream& output, Style style, const Clock& clock, const Redactor& redactor);

    void setRun(std::string run);

    /// From now on lines go to these outputs, and to no other that takes them.
    void setOutputs(std::vector<Output> outputs);

    /// How many lines of this level or a graver one were written.
    std::size_t written(Level least) const;

    void write(Level level, const Ids& ids, std::string_view text);
    void debug(std::string_view text) { write(Level::debug, {}, text); }
    void info(std::string_view text) { write(Level::info, {}, text); }
    void warning(std::string_view text) { write(Level::warning, {}, text); }
    void error(std::string_view text) { write(Level::error, {}, text); }

private:
    bool isWanted(Level level) const;

    mutable std::mutex _mutex;
    Output _first;
    std::vector<Output> _outputs;
    std::array<std::size_t, 4> _written{}; ///< by level
    const Clock& _clock;
    const Redactor& _redactor;
    std::string _run;
};

/// UTC, ISO 8601 with milliseconds: 2026-11-24T18:57:05.123Z.
std::string toIsoTime(std::chrono::system_clock::time_point time);

} // namespace notifyhost::log
