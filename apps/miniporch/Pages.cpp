#include "Pages.h"

namespace notifyhost::miniporch {

Answer startPage(Call& call)
{
    const std::string generation = call.hasVersions() ? "3" : "2";
    return {200,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
            "<title>miniporch</title></head><body><h1>miniporch</h1><p>A task queue that speaks "
            "porch's REST interface of generation " +
                generation +
                "; <a href=\"/api/v1/openapi.json\">its description</a>.</p></body></html>\n",
            "text/html; charset=utf-8"};
}

} // namespace notifyhost::miniporch
