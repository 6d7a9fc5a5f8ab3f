#include "support/RecordingContext.h"

namespace notifyhost::test {

void RecordingContext::stage(std::string_view name, std::string_view detail)
{
    stages.emplace_back(name, detail);
}

bool RecordingContext::commit()
{
    ++commits;
    return !onCommit || onCommit();
}

std::string RecordingContext::detail(const std::string& name) const
{
    std::string result;
    for (const auto& [stage, detail] : stages) {
        result = stage == name ? detail : result;
    }
    return result;
}

std::vector<std::string> RecordingContext::stageNames() const
{
    std::vector<std::string> result;
    for (const auto& [stage, detail] : stages) {
        if (result.empty() || result.back() != stage) {
            result.push_back(stage);
        }
    }
    return result;
}

void RecordingLog::write(Level, std::string_view text)
{
    const std::lock_guard lock(_mutex);
    _lines.emplace_back(text);
}

std::string RecordingLog::all() const
{
    const std::lock_guard lock(_mutex);
    std::string result;
    for (const std::string& line : _lines) {
        result += line + "\n";
    }
    return result;
}

std::string toText(Verdict verdict)
{
    switch (verdict) {
    case Verdict::unknown:
        return "unknown";
    case Verdict::delivered:
        return "delivered";
    case Verdict::tryAgain:
        return "tryAgain";
    case Verdict::refused:
        return "refused";
    }
    return "no verdict";
}

std::string toText(Scope scope)
{
    switch (scope) {
    case Scope::message:
        return "message";
    case Scope::connection:
        return "connection";
    case Scope::sender:
        return "sender";
    case Scope::service:
        return "service";
    }
    return "no scope";
}

std::string toText(const Outcome& outcome)
{
    std::string result = toText(outcome.verdict) + " (" + toText(outcome.scope) + ")" +
                         (outcome.credentials ? " (credentials)" : "") + " " +
                         std::to_string(outcome.code) + " \"" + outcome.reason + "\"";
    for (const RecipientOutcome& one : outcome.perRecipient) {
        result += "; " + one.address + ": " + toText(one.verdict) + " " + std::to_string(one.code) +
                  " \"" + one.reason + "\"";
    }
    return result;
}

} // namespace notifyhost::test
