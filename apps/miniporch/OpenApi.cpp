#include "OpenApi.h"

namespace notifyhost::miniporch {

namespace {

constexpr std::string_view kVersionPaths = R"json(
    "/versions/": {"post": {"summary": "Create a version of a pipeline",
        "security": [{"HTTPBearer": []}], "requestBody": {"$ref": "#/components/requestBodies/Pipeline"},
        "responses": {"201": {"$ref": "#/components/responses/Pipeline"}}}},
    "/versions/{pipeline_name}": {"get": {"summary": "List a pipeline's versions",
        "parameters": [{"$ref": "#/components/parameters/pipeline_name_path"}],
        "responses": {"200": {"description": "Versions", "content": {"application/json": {
            "schema": {"type": "array", "items": {"type": "string"}}}}}}}},)json";

constexpr std::string_view kVersionParameter = R"json(,
            {"name": "pipeline_version", "in": "query", "schema": {"type": "string"}})json";

constexpr std::string_view kPaths = R"json(
    "/pipelines/": {
        "get": {"summary": "List pipelines", "parameters": [
            {"name": "uri", "in": "query", "schema": {"type": "string"}},
            {"name": "version", "in": "query", "schema": {"type": "string"}}],
            "responses": {"200": {"description": "Pipelines", "content": {"application/json": {
                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Pipeline"}}}}}}},
        "post": {"summary": "Create a pipeline", "security": [{"HTTPBearer": []}],
            "requestBody": {"$ref": "#/components/requestBodies/Pipeline"},
            "responses": {"201": {"$ref": "#/components/responses/Pipeline"}}}},
    "/pipelines/{pipeline_name}": {"get": {"summary": "One pipeline",
        "parameters": [{"$ref": "#/components/parameters/pipeline_name_path"}],
        "responses": {"200": {"$ref": "#/components/responses/Pipeline"}}}},
    "/pipelines/{pipeline_name}/token/{token_desc}": {"post": {"summary": "Create a token",
        "security": [{"HTTPBearer": []}],
        "parameters": [{"$ref": "#/components/parameters/pipeline_name_path"},
            {"name": "token_desc", "in": "path", "required": true, "schema": {"type": "string"}}],
        "responses": {"201": {"description": "The token", "content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/Token"}}}}}}},
    "/tasks/claim": {"post": {"summary": "Claim tasks", "security": [{"HTTPBearer": []}],
        "parameters": [{"name": "num_tasks", "in": "query",
            "schema": {"type": "integer", "exclusiveMinimum": 0, "default": 1}}],
        "requestBody": {"$ref": "#/components/requestBodies/Pipeline"},
        "responses": {"200": {"$ref": "#/components/responses/Tasks"}}}},)json";

constexpr std::string_view kTaskPath = R"json(
    "/tasks/": {
        "post": {"summary": "Add a task", "security": [{"HTTPBearer": []}],
            "requestBody": {"$ref": "#/components/requestBodies/Task"},
            "responses": {"201": {"$ref": "#/components/responses/Task"},
                "200": {"$ref": "#/components/responses/Task"}}},
        "put": {"summary": "Set a task's status", "security": [{"HTTPBearer": []}],
            "requestBody": {"$ref": "#/components/requestBodies/Task"},
            "responses": {"200": {"$ref": "#/components/responses/Task"}}},
        "get": {"summary": "List tasks", "parameters": [
            {"name": "pipeline_name", "in": "query", "schema": {"type": "string"}},
            {"name": "status", "in": "query", "schema": {"$ref": "#/components/schemas/TaskStateEnum"}})json";

constexpr std::string_view kTaskPathEnd = R"json(],
            "responses": {"200": {"$ref": "#/components/responses/Tasks"}}}})json";

constexpr std::string_view kComponents = R"json(
    "schemas": {
        "TaskStateEnum": {"title": "TaskStateEnum", "type": "string",
            "enum": ["PENDING", "CLAIMED", "RUNNING", "DONE", "FAILED", "CANCELLED"]},
        "Pipeline": {"title": "Pipeline", "type": "object", "additionalProperties": false,
            "properties": {"name": {"type": "string"},
                "uri": {"type": ["string", "null"]}, "version": {"type": ["string", "null"]}}},
        "Task": {"title": "Task", "type": "object",
            "required": ["pipeline", "task_input", "status"], "properties": {
                "pipeline": {"$ref": "#/components/schemas/Pipeline"},
                "task_input_id": {"type": ["string", "null"]},
                "task_input": {"type": "object"},
                "status": {"$ref": "#/components/schemas/TaskStateEnum"}}},
        "Token": {"title": "Token", "type": "object", "properties": {"name": {"type": "string"},
            "description": {"type": "string"}, "token": {"type": "string"}}}},
    "parameters": {"pipeline_name_path": {"name": "pipeline_name", "in": "path", "required": true,
        "schema": {"type": "string"}}},
    "requestBodies": {
        "Pipeline": {"required": true, "content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/Pipeline"}}}},
        "Task": {"required": true, "content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/Task"}}}}},
    "responses": {
        "Pipeline": {"description": "The pipeline", "content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/Pipeline"}}}},
        "Task": {"description": "The task", "content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/Task"}}}},
        "Tasks": {"description": "Tasks", "content": {"application/json": {
            "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}}}}}},
    "securitySchemes": {"HTTPBearer": {"type": "http", "scheme": "bearer"}})json";

} // namespace

Answer openApi(Call& call)
{
    const bool versions = call.hasVersions();
    std::string text = R"({"openapi": "3.1.0", "info": {"title": "miniporch", "version": ")";
    text += versions ? "3.0" : "2.2";
    text += "\"}, \"paths\": {";
    text += kPaths;
    text += versions ? kVersionPaths : "";
    text += kTaskPath;
    text += versions ? kVersionParameter : "";
    text += kTaskPathEnd;
    text += "}, \"components\": {";
    text += kComponents;
    return {200, text + "}}\n"};
}

} // namespace notifyhost::miniporch
