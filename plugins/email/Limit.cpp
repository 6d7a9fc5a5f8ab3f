#include "Limit.h"

#include "LinkError.h"
#include "SmtpText.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <poll.h>

namespace notifyhost::email {

namespace {

/// How long the operator's wish to end may stay unnoticed.
constexpr std::chrono::milliseconds kSlice{100};

} // namespace

Limit::Limit(std::chrono::milliseconds stage, const DeliveryContext* call, bool cancellable)
    : _stage(stage),
      _end(std::chrono::steady_clock::now() + stage),
      _call(call),
      _cancellable(cancellable)
{
    if (_call != nullptr) {
        _end = std::min(_end, _call->deadline());
    }
}

Limit Limit::step(std::chrono::milliseconds stage, const DeliveryContext& context)
{
    return {stage, &context, true};
}

Limit Limit::committed(std::chrono::milliseconds stage, const DeliveryContext& context)
{
    return {stage, &context, false};
}

Limit Limit::alone(std::chrono::milliseconds stage)
{
    return {stage, nullptr, false};
}

Limit Limit::share(std::size_t parts) const
{
    Limit result = *this;
    result._stage =
        left() / static_cast<std::chrono::milliseconds::rep>(std::max<std::size_t>(parts, 1));
    result._end = std::chrono::steady_clock::now() + result._stage;
    return result;
}

std::chrono::milliseconds Limit::left() const
{
    const auto left = _end - std::chrono::steady_clock::now();
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(left),
                    std::chrono::milliseconds{0});
}

void Limit::check() const
{
    if (_cancellable && _call != nullptr && _call->cancelled()) {
        throw LinkError(LinkError::Kind::cancelled, "given up because the program is ending");
    }
    const auto now = std::chrono::steady_clock::now();
    if (now < _end) {
        return;
    }
    if (_call != nullptr && now >= _call->deadline()) {
        throw LinkError(LinkError::Kind::late, "the time for the whole delivery was over");
    }
    throw LinkError(LinkError::Kind::late, "no answer within " + inSeconds(_stage));
}

void Limit::wait(int descriptor, short events) const
{
    for (;;) {
        check();
        pollfd entry{descriptor, events, 0};
        const int ready = ::poll(&entry, 1, static_cast<int>(std::min(left(), kSlice).count()));
        if (ready > 0) {
            return;
        }
        if (ready < 0 && errno != EINTR) {
            throw LinkError(LinkError::Kind::lost, std::string("poll: ") + std::strerror(errno));
        }
    }
}

} // namespace notifyhost::email
