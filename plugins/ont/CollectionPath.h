#pragma once

#include <string>
#include <string_view>

namespace notifyhost::ont {

/// An absolute path as tasks hold it: trailing and doubled slashes and `.` go; `..` stays, since a
/// collection may be a link; exactly two leading slashes stay, as POSIX allows them a meaning.
/// Shape: path begins with a slash.
std::string normalisedPath(std::string_view path);

} // namespace notifyhost::ont
