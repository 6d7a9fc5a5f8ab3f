#include "CollectionPath.h"

#include <algorithm>

namespace notifyhost::ont {

std::string normalisedPath(std::string_view path)
{
    const bool twoSlashes = path.starts_with("//") && !path.starts_with("///");
    std::string result(twoSlashes ? "//" : "/");
    result.reserve(path.size());
    bool first = true;
    while (!path.empty()) {
        const std::size_t length = std::min(path.find('/'), path.size());
        const std::string_view part = path.substr(0, length);
        path.remove_prefix(std::min(length + 1, path.size()));
        if (part.empty() || part == ".") {
            continue;
        }
        if (!first) {
            result += '/';
        }
        first = false;
        result += part;
    }
    return result;
}

} // namespace notifyhost::ont
