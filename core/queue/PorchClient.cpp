#include "queue/PorchClient.h"

#include "net/AnswerText.h"
#include "queue/ClaimLock.h"
#include "queue/PorchAdder.h"
#include "queue/PorchObjects.h"
#include "json/Json.h"

#include <algorithm>
#include <random>

namespace notifyhost::queue {

namespace {

constexpr int kOk = 200;
constexpr int kCreated = 201;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;
constexpr int kUnprocessable = 422;

using Repeat = PorchRequest::Repeat;
using Work = PorchRequest::Work;

const std::string kVersions = "versions/";

constexpr const char* kWrongUrl = "is the url that of a porch?";

/// A part of a path. Errors: QueueError of kind refused for what cannot be part of one.
std::string segment(const std::string& text, const char* what)
{
    if (text.empty() || text == "." || text == ".." || text.find('/') != std::string::npos) {
        throw QueueError(QueueError::Kind::refused,
                         std::string("the ") + what + " '" + text +
                             "' cannot be sent to porch: it is empty, dots alone, or holds a "
                             "slash");
    }
    return net::percentEncode(text);
}

} // namespace

/// What is known about the porch at the other end.
class PorchClient::Connection {
public:
    explicit Connection(const PorchSettings& settings) : exchange(settings) {}

    const PorchSettings& settings() const { return exchange.settings(); }

    /// Reads an array of tasks. One that cannot be read is told to the log; the others count.
    std::vector<QueuedTask> tasks(const PorchRequest& request, const HttpResponse& response) const
    {
        exchange.requireJson(request, response);
        std::vector<std::string_view> texts;
        try {
            texts = elementTexts(response.body);
        } catch (const json::JsonError& error) {
            exchange.unreadable(request, response, error.what());
        }
        std::vector<QueuedTask> result;
        result.reserve(texts.size());
        for (const auto text : texts) {
            try {
                result.push_back(readTask(text));
            } catch (const json::JsonError& error) {
                settings().warn(request.doing +
                                ": a task that cannot be read was left where it "
                                "is: " +
                                error.what() + ": " + net::firstLine(text));
            }
        }
        return result;
    }

    std::optional<Pipeline> registered(const Pipeline& pipeline)
    {
        const PorchRequest request{.doing = "looking for pipeline " + pipeline.name,
                                   .method = "GET",
                                   .path = "pipelines/" + segment(pipeline.name, "pipeline name")};
        const HttpResponse response = exchange.send(request);
        if (response.status == kNotFound) {
            return std::nullopt;
        }
        if (response.status != kOk) {
            exchange.refuse(request, response);
        }
        exchange.requireJson(request, response);
        try {
            return readPipeline(response.body);
        } catch (const json::JsonError& error) {
            exchange.unreadable(request, response, error.what());
        }
    }

    /// Asks to cancel a task that nobody has, whose input nobody can guess: the token comes first.
    std::string tryPipelineToken(const Pipeline& pipeline)
    {
        std::random_device random;
        const std::string nonce = std::to_string(random()) + std::to_string(random());
        const PorchRequest request{.doing = "trying the token of pipeline " + pipeline.name,
                                   .method = "PUT",
                                   .path = "tasks/",
                                   .token = &settings().pipelineToken,
                                   .body = taskJson(pipeline,
                                                    R"({"nobody has this task":")" + nonce + "\"}",
                                                    TaskStatus::cancelled)};
        return accepted(request, kNotFound);
    }

    /// Asks for a pipeline in a form that porch refuses once it has accepted the token.
    std::string tryAdminToken()
    {
        return accepted({.doing = "trying the admin token",
                         .method = "POST",
                         .path = "pipelines/",
                         .token = &settings().adminToken,
                         .body = R"({"no such key":"this only tries the token"})"},
                        kUnprocessable);
    }

    /// Sends what must fail with the expected status once its token is accepted.
    std::string accepted(const PorchRequest& request, int expected)
    {
        const HttpResponse response = exchange.send(request);
        if (response.status != expected) {
            exchange.refuse(request, response);
        }
        return "is accepted";
    }

    /// Whether it was created just now.
    bool createPipeline(const Pipeline& pipeline)
    {
        if (settings().adminToken.text.empty() && registered(pipeline)) {
            return false;
        }
        return create({.doing = "registering pipeline " + pipeline.name,
                       .method = "POST",
                       .path = "pipelines/",
                       .token = &settings().adminToken,
                       .body = pipelineJson(pipeline)})
            .value_or(false);
    }

    /// Whether it was created just now; nullopt where porch has no versions, as in 2.x.
    std::optional<bool> createVersion(const Pipeline& pipeline)
    {
        PorchToken token = settings().pipelineToken;
        if (token.text.empty()) {
            // A token made for this stays valid for ever, so none is made without need.
            const auto there = versions(pipeline);
            if (!there) {
                return std::nullopt;
            }
            if (std::find(there->begin(), there->end(), pipeline.version) != there->end()) {
                return false;
            }
            token = {makeToken(pipeline, "register"), "made for this with the admin token"};
        }
        return create(
            {.doing = "registering version " + pipeline.version + " of pipeline " + pipeline.name,
             .method = "POST",
             .path = kVersions,
             .token = &token,
             .body = pipelineJson(pipeline)});
    }

    std::string makeToken(const Pipeline& pipeline, const std::string& description)
    {
        const PorchRequest request{.doing = "making a token for pipeline " + pipeline.name,
                                   .method = "POST",
                                   .path = "pipelines/" + segment(pipeline.name, "pipeline name") +
                                           "/token/" + segment(description, "token's description"),
                                   .token = &settings().adminToken,
                                   .repeat = Repeat::never};
        HttpResponse response;
        try {
            response = exchange.send(request);
        } catch (const QueueError& error) {
            if (error.kind() == QueueError::Kind::lost) {
                throw QueueError(error.kind(), std::string(error.what()) +
                                                   "; it is not repeated: a token that nobody "
                                                   "knows may have been made");
            }
            throw;
        }
        if (response.status / 100 != 2) {
            exchange.refuse(request, response, kNotRegistered);
        }
        try {
            const json::Value value = json::parse(response.body);
            const json::Value* token = value.find("token");
            if (response.status == kCreated && token != nullptr &&
                token->kind == json::ValueKind::text && !token->text.empty())
            {
                return token->text;
            }
        } catch (const json::JsonError&) {
            // Said below, without the body: it may hold a token.
        }
        exchange.unreadable(request, response, "it holds no token as porch gives one");
    }

    /// The versions of a pipeline that is there; nullopt where porch has none, as in 2.x.
    std::optional<std::vector<std::string>> versions(const Pipeline& pipeline)
    {
        const PorchRequest request{.doing = "asking for the versions of pipeline " + pipeline.name,
                                   .method = "GET",
                                   .path = kVersions + segment(pipeline.name, "pipeline name")};
        const HttpResponse response = exchange.send(request);
        if (response.status == kNotFound) {
            return std::nullopt;
        }
        if (response.status != kOk) {
            exchange.refuse(request, response);
        }
        exchange.requireJson(request, response);
        try {
            std::vector<std::string> result;
            for (const json::Value& version : json::parse(response.body).elements) {
                result.push_back(version.text);
            }
            return result;
        } catch (const json::JsonError& error) {
            exchange.unreadable(request, response, error.what());
        }
    }

    /// Whether this porch keeps versions of a pipeline apart, as 3.x does.
    bool hasVersions(const Pipeline& pipeline)
    {
        if (!_hasVersions) {
            _hasVersions = versions(pipeline).has_value();
        }
        return *_hasVersions;
    }

    PorchExchange exchange;

private:
    /// 201 is true, 409 false, 404 nullopt.
    std::optional<bool> create(const PorchRequest& request)
    {
        const HttpResponse response = exchange.send(request);
        switch (response.status) {
        case kCreated:
            return true;
        case kConflict:
            return false;
        case kNotFound:
            if (request.path == kVersions) {
                return std::nullopt;
            }
            [[fallthrough]];
        default:
            exchange.refuse(request, response, kWrongUrl);
        }
    }

    std::optional<bool> _hasVersions;
};

PorchClient::PorchClient(const PorchSettings& settings)
    : _connection(std::make_unique<Connection>(settings))
{
}

PorchClient::~PorchClient() = default;

std::string PorchClient::describe() const
{
    return "porch at " + _connection->settings().url;
}

int PorchClient::updatesAtOnce() const
{
    return _connection->settings().connections;
}

Registration PorchClient::registerPipeline(const Pipeline& pipeline)
{
    Registration result;
    result.pipelineCreated = _connection->createPipeline(pipeline);
    const auto version = _connection->createVersion(pipeline);
    if (version) {
        // A new pipeline comes with its first version.
        result.versionCreated = *version || result.pipelineCreated;
        return result;
    }
    result.versionCreated = result.pipelineCreated;
    const auto there = _connection->registered(pipeline);
    if (there && (there->version != pipeline.version || there->uri != pipeline.uri)) {
        result.note = "this porch is a 2.x, which keeps what was registered first: version " +
                      there->version + ", uri " + there->uri + "; it ignores ours";
    }
    return result;
}

std::string PorchClient::makeToken(const Pipeline& pipeline, const std::string& description)
{
    return _connection->makeToken(pipeline, description);
}

std::vector<AddResult> PorchClient::add(const Pipeline& pipeline,
                                        const std::vector<std::string>& inputs)
{
    return PorchAdder(_connection->exchange, pipeline, inputs).run();
}

std::vector<QueuedTask> PorchClient::claim(const Pipeline& pipeline, int count)
{
    const auto& settings = _connection->settings();
    const PorchRequest request{.doing = "claiming from pipeline " + pipeline.name,
                               .method = "POST",
                               .path = "tasks/claim?num_tasks=" + std::to_string(count),
                               .token = &settings.pipelineToken,
                               .body = pipelineJson(pipeline),
                               .repeat = Repeat::never,
                               .work = Work::lengthy};
    const ClaimLock lock(settings.lockFolder, settings.url, settings.answerTimeout);
    HttpResponse response;
    try {
        response = _connection->exchange.send(request);
    } catch (const QueueError& error) {
        if (error.kind() == QueueError::Kind::lost) {
            throw QueueError(error.kind(), std::string(error.what()) +
                                               "; it is not repeated: some tasks may be CLAIMED "
                                               "for nobody now");
        }
        throw;
    }
    if (response.status != kOk) {
        _connection->exchange.refuse(request, response, kNotRegistered);
    }
    return _connection->tasks(request, response);
}

void PorchClient::update(const QueuedTask& task, TaskStatus status)
{
    const PorchRequest request{
        .doing = "setting task " + task.id + " to " + std::string(toText(status)),
        .method = "PUT",
        .path = "tasks/",
        .token = &_connection->settings().pipelineToken,
        .body = taskJson(task.pipeline, task.inputText, status),
        .repeat = status == TaskStatus::pending ? Repeat::never : Repeat::safe};
    const HttpResponse response = _connection->exchange.send(request);
    if (response.status != kOk) {
        _connection->exchange.refuse(request, response,
                                     "porch knows no task with this input in pipeline " +
                                         task.pipeline.name + ", version " + task.pipeline.version);
    }
    _connection->exchange.requireJson(request, response);
    try {
        readTask(response.body);
    } catch (const json::JsonError& error) {
        _connection->exchange.unreadable(request, response, error.what());
    }
}

std::vector<Trial> PorchClient::tryOut(const Pipeline& pipeline)
{
    std::vector<Trial> trials;
    const auto attempt = [&](const std::string& what, const auto& work) {
        try {
            trials.push_back({what, std::nullopt, work()});
        } catch (const QueueError& error) {
            trials.push_back({what, error.kind(), error.what()});
        }
        return !trials.back().failed;
    };
    const bool answers = attempt("the pipeline", [&]() -> std::string {
        if (!_connection->registered(pipeline)) {
            throw QueueError(QueueError::Kind::configuration,
                             "looking for pipeline " + pipeline.name + ": " + kNotRegistered);
        }
        return "is registered";
    });
    if (!answers && trials.back().failed == QueueError::Kind::unavailable) {
        return trials;
    }
    attempt("its token", [&] { return _connection->tryPipelineToken(pipeline); });
    if (!_connection->settings().adminToken.text.empty()) {
        attempt("the admin token", [&] { return _connection->tryAdminToken(); });
    }
    return trials;
}

std::vector<QueuedTask> PorchClient::list(const Pipeline& pipeline,
                                          std::optional<TaskStatus> status)
{
    PorchRequest request{.doing = "listing the tasks of pipeline " + pipeline.name,
                         .method = "GET",
                         .path = "tasks/?pipeline_name=" + net::percentEncode(pipeline.name),
                         .work = status ? Work::brief : Work::lengthy};
    if (status) {
        request.path.append("&status=").append(toText(*status));
    }
    const HttpResponse response = _connection->exchange.send(request);
    if (response.status != kOk) {
        _connection->exchange.refuse(request, response, kWrongUrl);
    }
    auto tasks = _connection->tasks(request, response);
    std::erase_if(tasks, [&](const QueuedTask& task) {
        return task.pipeline.name != pipeline.name || (status && task.status != *status);
    });
    const auto isOther = [&](const QueuedTask& task) {
        return task.pipeline.version != pipeline.version;
    };
    // In 2.x there is one version, whatever is asked for, and it may be another one than ours.
    if (std::any_of(tasks.begin(), tasks.end(), isOther) && _connection->hasVersions(pipeline)) {
        std::erase_if(tasks, isOther);
    }
    return tasks;
}

std::vector<TaskEvent> PorchClient::events(const Pipeline&, const std::string&)
{
    return {};
}

} // namespace notifyhost::queue
