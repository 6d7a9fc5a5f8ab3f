#include "log/Logger.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

namespace notifyhost::log {

namespace {

struct LevelStyle {
    std::string_view text;
    std::string_view json;
    std::string_view colour; ///< of the terminal: ECMA-48 SGR
};

const LevelStyle& styleOf(Level level)
{
    static constexpr std::array<LevelStyle, 4> kStyles{{{"DEBUG", "debug", "\x1b[2m"},
                                                        {"INFO", "info", "\x1b[32m"},
                                                        {"WARNING", "warning", "\x1b[33m"},
                                                        {"ERROR", "error", "\x1b[1;31m"}}};
    return kStyles.at(static_cast<std::size_t>(level));
}

/// One named part of a line, already fit to be seen.
using Parts = std::vector<std::pair<std::string_view, std::string>>;

std::string toText(const std::string& time, const LevelStyle& level, bool colour,
                   const std::string& text, const Parts& ids)
{
    std::string line = time + " ";
    if (colour) {
        line.append(level.colour).append(level.text).append("\x1b[0m");
    } else {
        line.append(level.text);
    }
    line.append(" ").append(text);
    for (const auto& [name, value] : ids) {
        line.append(" ").append(name).append("=").append(value);
    }
    return line + "\n";
}

/// Appends `"name":"value",`; the value is UTF-8 without control characters.
void appendMember(std::string& line, std::string_view name, std::string_view value)
{
    line.append("\"").append(name).append("\":\"");
    for (const char character : value) {
        if (character == '"' || character == '\\') {
            line += '\\';
        }
        line += character;
    }
    line.append("\",");
}

std::string toJson(const std::string& time, const LevelStyle& level, const std::string& text,
                   const Parts& ids)
{
    std::string line = "{";
    appendMember(line, "time", time);
    appendMember(line, "level", level.json);
    appendMember(line, "message", text);
    for (const auto& [name, value] : ids) {
        appendMember(line, name, value);
    }
    line.back() = '}';
    return line + "\n";
}

/// Whether the stream took it.
bool put(std::ostream& stream, const std::string& line)
{
    stream.write(line.data(), static_cast<std::streamsize>(line.size()));
    stream.flush();
    return stream.good();
}

} // namespace

Logger::Logger(std::ostream& output, Style style, const Clock& clock, const Redactor& redactor)
    : _first{&output, style}, _outputs{_first}, _clock(clock), _redactor(redactor)
{
}

void Logger::setRun(std::string run)
{
    const std::lock_guard lock(_mutex);
    _run = std::move(run);
}

void Logger::setOutputs(std::vector<Output> outputs)
{
    const std::lock_guard lock(_mutex);
    _outputs = std::move(outputs);
}

std::size_t Logger::written(Level least) const
{
    const std::lock_guard lock(_mutex);
    return std::accumulate(_written.begin() + static_cast<std::ptrdiff_t>(least), _written.end(),
                           std::size_t{0});
}

bool Logger::isWanted(Level level) const
{
    return std::any_of(_outputs.begin(), _outputs.end(),
                       [level](const Output& output) { return level >= output.style.threshold; });
}

void Logger::write(Level level, const Ids& ids, std::string_view text)
{
    const std::lock_guard lock(_mutex);
    if (!isWanted(level)) {
        return;
    }
    ++_written.at(static_cast<std::size_t>(level));
    const auto visible = [&](std::string_view part) {
        return escapeControls(_redactor.redact(part));
    };
    Parts parts;
    for (const auto& [name, value] :
         {std::pair<std::string_view, std::string_view>{"run", ids.run.empty() ? _run : ids.run},
          {"task", ids.task},
          {"delivery", ids.delivery}})
    {
        if (!value.empty()) {
            parts.emplace_back(name, visible(value));
        }
    }
    const std::string time = toIsoTime(_clock.wall());
    const LevelStyle& look = styleOf(level);
    const std::string shown = visible(text);
    for (const Output& output : _outputs) {
        if (level < output.style.threshold) {
            continue;
        }
        const auto& style = output.style;
        const std::string line = style.format == Format::json
                                     ? toJson(time, look, shown, parts)
                                     : toText(time, look, style.colour, shown, parts);
        if (!put(*output.stream, line)) {
            output.stream->clear();
            put(*_first.stream, line);
        }
    }
}

std::string toIsoTime(std::chrono::system_clock::time_point time)
{
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<milliseconds>(time) - day};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()),
                  static_cast<int>(clock.subseconds().count()));
    return text.data();
}

} // namespace notifyhost::log
