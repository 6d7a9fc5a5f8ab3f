#include "Pages.h"

namespace notifyhost::miniporch {

namespace {

constexpr std::int64_t kMostRows = 500;

std::string escaped(std::string_view text)
{
    std::string result;
    for (const char character : text) {
        switch (character) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        default:
            result += character;
        }
    }
    return result;
}

std::string row(const std::vector<std::string>& cells)
{
    std::string text = "<tr>";
    for (const auto& cell : cells) {
        text += "<td>" + escaped(cell) + "</td>";
    }
    return text + "</tr>\n";
}

Answer page(std::string_view title, const std::string& content)
{
    return {200,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>miniporch: " +
                std::string(title) + "</title></head><body>\n<h1>" + std::string(title) +
                "</h1>\n<p><a href=\"/\">Tasks</a> | <a href=\"/long_running\">Long running</a> | "
                "<a href=\"/recently_failed\">Failed</a> | <a href=\"/about\">About</a></p>\n" +
                content + "</body></html>\n",
            "text/html; charset=utf-8"};
}

std::string rowsByTime(Call& call, queue::TaskStatus status)
{
    std::string rows;
    for (const auto& [task, since] : call.store().listByTime(status, kMostRows)) {
        rows += row({since, std::string(queue::toText(status)), task.pipeline.name,
                     task.pipeline.version, task.id, task.inputText});
    }
    return rows;
}

std::string tableByTime(const std::string& rows)
{
    return "<table><tr><th>since</th><th>status</th><th>pipeline</th><th>version</th><th>task"
           "</th><th>input</th></tr>\n" +
           rows + "</table>\n";
}

} // namespace

Answer startPage(Call& call)
{
    std::string rows;
    for (const auto& [pipeline, status, count] : call.store().countTasks()) {
        rows += row({pipeline, std::string(queue::toText(status)), std::to_string(count)});
    }
    return page("Tasks", "<table><tr><th>pipeline</th><th>status</th><th>tasks</th></tr>\n" + rows +
                             "</table>\n");
}

Answer aboutPage(Call& call)
{
    return page("About", "<p>A task queue that speaks porch's REST interface of generation " +
                             std::string(call.hasVersions() ? "3" : "2") +
                             "; <a href=\"/api/v1/openapi.json\">its description</a>.</p>\n");
}

Answer longRunningPage(Call& call)
{
    return page("Long running", tableByTime(rowsByTime(call, queue::TaskStatus::claimed) +
                                            rowsByTime(call, queue::TaskStatus::running)));
}

Answer recentlyFailedPage(Call& call)
{
    return page("Failed", tableByTime(rowsByTime(call, queue::TaskStatus::failed)));
}

} // namespace notifyhost::miniporch
