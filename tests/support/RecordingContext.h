#pragma once

#include <notifyhost/Services.h>
#include <notifyhost/Transport.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace notifyhost::test {

/// What the host lends to a delivery; remembers what the transport makes of it.
class RecordingContext : public DeliveryContext {
public:
    std::chrono::steady_clock::time_point deadline() const override { return end; }
    bool cancelled() const override { return stop; }
    void stage(std::string_view name, std::string_view detail) override;
    bool commit() override;

    /// The last detail of a stage; empty where it was not reached.
    std::string detail(const std::string& name) const;

    /// The names in their order; one that comes several times in a row stands once.
    std::vector<std::string> stageNames() const;

    std::chrono::steady_clock::time_point end{std::chrono::steady_clock::now() +
                                              std::chrono::minutes{5}};
    std::atomic<bool> stop{};
    std::function<bool()> onCommit; ///< its answer is commit()'s; unset: true
    int commits{};
    std::vector<std::pair<std::string, std::string>> stages;
};

class RecordingLog : public Log {
public:
    void write(Level level, std::string_view text) override;

    /// All lines, one below the other.
    std::string all() const;

private:
    mutable std::mutex _mutex;
    std::vector<std::string> _lines;
};

std::string toText(Verdict verdict);
std::string toText(Scope scope);

/// One line, for a failed expectation.
std::string toText(const Outcome& outcome);

} // namespace notifyhost::test
