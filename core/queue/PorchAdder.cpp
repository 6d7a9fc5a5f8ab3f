#include "queue/PorchAdder.h"

#include "queue/PorchObjects.h"
#include "queue/TaskIdentity.h"
#include "json/Json.h"

#include <algorithm>
#include <set>
#include <thread>

namespace notifyhost::queue {

namespace {

constexpr int kCreated = 201;
constexpr int kKnown = 200;
constexpr int kServerError = 500;

/// So many inputs in a row that porch fails on are no longer the inputs' fault.
constexpr int kFailuresOfTheServer = 3;

/// Porch's word that this input will not do, whatever becomes of others.
bool isRefusal(int status)
{
    return status == 400 || status == 409 || status == 413 || status == 422;
}

AddResult refusal(const std::string& reason)
{
    return {AddResult::Kind::refused, "", TaskStatus::pending, reason};
}

} // namespace

PorchAdder::PorchAdder(PorchExchange& exchange, const Pipeline& pipeline,
                       const std::vector<std::string>& inputs)
    : _exchange(exchange), _pipeline(pipeline), _inputs(inputs), _results(inputs.size())
{
}

std::vector<AddResult> PorchAdder::run()
{
    const auto [first, repeated] = sorted();
    addAll(first, static_cast<std::size_t>(_exchange.settings().connections));
    addAll(repeated, 1);
    if (_settled == 0 && !_failed.empty()) {
        interrupt({QueueError::Kind::unavailable, _failed.begin()->second});
    }
    for (const auto& [index, reason] : _failed) {
        _results[index] = refusal(reason);
    }
    std::vector<AddResult> results;
    results.reserve(_results.size());
    for (auto& result : _results) {
        results.push_back(std::move(result).value());
    }
    return results;
}

std::pair<PorchAdder::Indices, PorchAdder::Indices> PorchAdder::sorted()
{
    Indices first;
    Indices repeated;
    std::set<std::string> seen;
    for (std::size_t index = 0; index < _inputs.size(); ++index) {
        try {
            const bool isNew = seen.insert(taskInputId(_inputs[index])).second;
            (isNew ? first : repeated).push_back(index);
        } catch (const json::JsonError& error) {
            _results[index] = refusal(std::string("not a JSON object: ") + error.what());
        }
    }
    return {first, repeated};
}

void PorchAdder::addAll(const Indices& indices, std::size_t threads)
{
    std::atomic<std::size_t> next{0};
    {
        std::vector<std::jthread> helpers;
        for (std::size_t count = 1; count < std::min(threads, indices.size()); ++count) {
            helpers.emplace_back([&] { work(indices, next); });
        }
        work(indices, next);
    }
    if (!_error) {
        return;
    }
    try {
        std::rethrow_exception(_error);
    } catch (const QueueError& error) {
        interrupt(error);
    }
}

void PorchAdder::work(const Indices& indices, std::atomic<std::size_t>& next)
{
    while (!_stopped) {
        const std::size_t position = next.fetch_add(1);
        if (position >= indices.size()) {
            return;
        }
        try {
            addOne(indices[position]);
        } catch (...) {
            const std::scoped_lock lock(_mutex);
            if (!_stopped.exchange(true)) {
                _error = std::current_exception();
            }
        }
    }
}

void PorchAdder::addOne(std::size_t index)
{
    const PorchRequest request{.doing = "adding to pipeline " + _pipeline.name,
                               .method = "POST",
                               .path = "tasks/",
                               .token = &_exchange.settings().pipelineToken,
                               .body = taskJson(_pipeline, _inputs[index], TaskStatus::pending)};
    const HttpResponse response = _exchange.send(request);
    if (isRefusal(response.status)) {
        settle(index, refusal(_exchange.describe(request, response)));
        return;
    }
    if (response.status == kServerError) {
        fail(index, request, response);
        return;
    }
    if (response.status != kCreated && response.status != kKnown) {
        _exchange.refuse(request, response, kNotRegistered);
    }
    _exchange.requireJson(request, response);
    try {
        const QueuedTask task = readTask(response.body);
        const auto kind =
            response.status == kCreated ? AddResult::Kind::added : AddResult::Kind::known;
        settle(index, {kind, task.id, task.status, ""});
    } catch (const json::JsonError& error) {
        _exchange.unreadable(request, response, error.what());
    }
}

void PorchAdder::settle(std::size_t index, AddResult result)
{
    const std::scoped_lock lock(_mutex);
    ++_settled;
    _failedInARow = 0;
    _results[index] = std::move(result);
}

void PorchAdder::fail(std::size_t index, const PorchRequest& request, const HttpResponse& response)
{
    {
        const std::scoped_lock lock(_mutex);
        _failed[index] = request.doing + ": " + _exchange.describe(request, response);
        if (++_failedInARow < kFailuresOfTheServer) {
            return;
        }
    }
    _exchange.refuse(request, response);
}

void PorchAdder::interrupt(const QueueError& error)
{
    std::vector<AddResult> before;
    for (auto& result : _results) {
        if (!result) {
            break;
        }
        before.push_back(std::move(*result));
    }
    throw AddInterrupted(error, std::move(before));
}

} // namespace notifyhost::queue
