#pragma once

#include "queue/EmbeddedQueue.h"

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace notifyhost::host::test {

/// A stand-in for porch as one host sees it: a real embedded queue, which other hosts use too,
/// behind a line that can be made to fail. A call's name is "list", "claim", "add", or for update()
/// the status word. Threads: as the queue; what is asked about it afterwards, from any.
class TroubledQueue : public queue::TaskQueue {
public:
    enum class Trouble {
        loseRequest, ///< it does not arrive; the caller cannot know
        loseAnswer,  ///< it is done; the caller cannot know
        away,        ///< no connection
        refuse,      ///< understood and refused
        unknown,     ///< the queue does not know the task
        login        ///< the token is wrong
    };

    explicit TroubledQueue(const std::filesystem::path& file);

    /// The next calls of this name fail so.
    void upset(const std::string& call, Trouble trouble, int times = 1);
    /// Every call of every name fails so, until calm().
    void upsetAll(Trouble trouble);
    void calm();

    /// Called before the call is made or fails; it may throw, move a clock, or ask for a stop.
    std::function<void(const std::string& call)> before;
    /// Called when the queue has done it, before the caller hears of it.
    std::function<void(const std::string& call)> after;

    /// How many calls of this name were made, failed ones included.
    int count(const std::string& call) const;
    /// The status words that were PUT for one task, in order.
    std::vector<std::string> puts(const std::string& taskId) const;
    void forget();

    /// How many threads are let into update() at a time.
    int atOnce{1};

    std::string describe() const override;
    int updatesAtOnce() const override { return atOnce; }
    queue::Registration registerPipeline(const queue::Pipeline& pipeline) override;
    std::string makeToken(const queue::Pipeline& pipeline, const std::string& text) override;
    std::vector<queue::AddResult> add(const queue::Pipeline& pipeline,
                                      const std::vector<std::string>& inputs) override;
    std::vector<queue::QueuedTask> claim(const queue::Pipeline& pipeline, int count) override;
    void update(const queue::QueuedTask& task, queue::TaskStatus status) override;
    std::vector<queue::QueuedTask> list(const queue::Pipeline& pipeline,
                                        std::optional<queue::TaskStatus> status) override;
    std::vector<queue::TaskEvent> events(const queue::Pipeline& pipeline,
                                         const std::string& taskId) override;

private:
    std::optional<Trouble> next(const std::string& call);
    void make(const std::string& call, const std::function<void()>& work);

    queue::EmbeddedQueue _queue;
    std::mutex _updating; ///< the embedded queue takes one at a time
    mutable std::mutex _mutex;
    std::map<std::string, std::vector<Trouble>> _troubles;
    std::optional<Trouble> _always;
    std::map<std::string, int> _counts;
    std::vector<std::pair<std::string, std::string>> _puts;
};

} // namespace notifyhost::host::test
