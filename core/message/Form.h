#pragma once

namespace notifyhost::message {

/// What is being written: it decides about line breaks and about how wide an escaped character is.
enum class Form { subject, text, html };

} // namespace notifyhost::message
