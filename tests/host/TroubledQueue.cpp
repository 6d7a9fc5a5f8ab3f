#include "host/TroubledQueue.h"

namespace notifyhost::host::test {

using queue::QueueError;

TroubledQueue::TroubledQueue(const std::filesystem::path& file) : _queue(file) {}

void TroubledQueue::upset(const std::string& call, Trouble trouble, int times)
{
    auto& waiting = _troubles[call];
    waiting.insert(waiting.end(), static_cast<std::size_t>(times), trouble);
}

void TroubledQueue::upsetAll(Trouble trouble)
{
    _always = trouble;
}

void TroubledQueue::calm()
{
    _always.reset();
    _troubles.clear();
}

int TroubledQueue::count(const std::string& call) const
{
    const std::scoped_lock lock(_mutex);
    const auto found = _counts.find(call);
    return found == _counts.end() ? 0 : found->second;
}

std::vector<std::string> TroubledQueue::puts(const std::string& taskId) const
{
    const std::scoped_lock lock(_mutex);
    std::vector<std::string> words;
    for (const auto& [id, word] : _puts) {
        if (id == taskId) {
            words.push_back(word);
        }
    }
    return words;
}

void TroubledQueue::forget()
{
    const std::scoped_lock lock(_mutex);
    _puts.clear();
    _counts.clear();
}

std::optional<TroubledQueue::Trouble> TroubledQueue::next(const std::string& call)
{
    const std::scoped_lock lock(_mutex);
    ++_counts[call];
    auto& waiting = _troubles[call];
    if (waiting.empty()) {
        return _always;
    }
    const auto trouble = waiting.front();
    waiting.erase(waiting.begin());
    return trouble;
}

void TroubledQueue::make(const std::string& call, const std::function<void()>& work)
{
    const auto trouble = next(call);
    // Copies, since they may replace themselves.
    if (const auto hook = before) {
        hook(call);
    }
    if (trouble == Trouble::refuse) {
        throw QueueError(QueueError::Kind::refused, call + ": 409 refused by the script");
    }
    if (trouble == Trouble::unknown) {
        throw QueueError(QueueError::Kind::unknown, call + ": 404 unknown to the script");
    }
    if (trouble == Trouble::login) {
        throw QueueError(QueueError::Kind::credentials, call + ": 403 says the script");
    }
    if (trouble == Trouble::away) {
        throw QueueError(QueueError::Kind::unavailable, call + ": no connection, says the script");
    }
    if (trouble != Trouble::loseRequest) {
        work();
        if (const auto hook = after) {
            hook(call);
        }
    }
    if (trouble) {
        throw QueueError(QueueError::Kind::lost, call + ": no answer came, says the script");
    }
}

std::string TroubledQueue::describe() const
{
    return "the troubled queue";
}

queue::Registration TroubledQueue::registerPipeline(const queue::Pipeline& pipeline)
{
    return _queue.registerPipeline(pipeline);
}

std::string TroubledQueue::makeToken(const queue::Pipeline& pipeline, const std::string& text)
{
    return _queue.makeToken(pipeline, text);
}

std::vector<queue::AddResult> TroubledQueue::add(const queue::Pipeline& pipeline,
                                                 const std::vector<std::string>& inputs)
{
    std::vector<queue::AddResult> results;
    make("add", [&] { results = _queue.add(pipeline, inputs); });
    return results;
}

std::vector<queue::QueuedTask> TroubledQueue::claim(const queue::Pipeline& pipeline, int count)
{
    std::vector<queue::QueuedTask> tasks;
    make("claim", [&] { tasks = _queue.claim(pipeline, count); });
    return tasks;
}

void TroubledQueue::update(const queue::QueuedTask& task, queue::TaskStatus status)
{
    const std::string word(queue::toText(status));
    {
        const std::scoped_lock lock(_mutex);
        _puts.emplace_back(task.id, word);
    }
    make(word, [&] {
        const std::scoped_lock lock(_updating);
        _queue.update(task, status);
    });
}

std::vector<queue::QueuedTask> TroubledQueue::list(const queue::Pipeline& pipeline,
                                                   std::optional<queue::TaskStatus> status)
{
    std::vector<queue::QueuedTask> tasks;
    make("list", [&] { tasks = _queue.list(pipeline, status); });
    return tasks;
}

std::vector<queue::TaskEvent> TroubledQueue::events(const queue::Pipeline& pipeline,
                                                    const std::string& taskId)
{
    return _queue.events(pipeline, taskId);
}

} // namespace notifyhost::host::test
