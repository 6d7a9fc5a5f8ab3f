#pragma once

#include "Bodies.h"
#include "Exchange.h"
#include "Query.h"
#include "queue/QueueStore.h"

#include <optional>
#include <string>
#include <vector>

namespace notifyhost::miniporch {

/// One request on its way through an endpoint. Its functions check one thing each, in the order in
/// which porch checks: the body is JSON, the token, the shape, the permission.
/// Errors: Refusal with the contract's status.
class Call {
public:
    /// parts: what stood in the path's variable segments.
    Call(const Request& request, std::vector<std::string> parts, queue::QueueStore& store,
         queue::Generation generation);

    queue::QueueStore& store() { return _store; }
    bool hasVersions() const { return _generation == queue::Generation::three; }
    const std::string& part(std::size_t index) const { return _parts.at(index); }
    const Query& query() const { return _query; }
    const Position& position() const { return _request.position; }

    /// The body is JSON, or not said to be; then the token is one we gave.
    void admit();
    /// After admit(): the body's shape.
    PipelineBody pipelineBody() const;
    TaskBody taskBody() const;
    /// After the shape: the token is an administrator's.
    void requireAdministrator() const;
    /// After the shape: the token belongs to this pipeline.
    void requirePipeline(const PipelineBody& pipeline) const;
    std::int64_t tokenId() const { return _token->id; }

    /// A parameter of the query that is UTF-8.
    std::optional<std::string> text(const std::string& name) const;
    std::optional<queue::TaskStatus> status() const;

private:
    const json::Value& body() const;
    bool isJson() const;

    const Request& _request;
    std::vector<std::string> _parts;
    queue::QueueStore& _store;
    queue::Generation _generation;
    Query _query;
    std::optional<json::Value> _body;
    std::optional<queue::TokenRow> _token;
};

} // namespace notifyhost::miniporch
