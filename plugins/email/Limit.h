#pragma once

#include <notifyhost/Transport.h>

#include <chrono>

namespace notifyhost::email {

/// How long one step of the dialogue may take: its own limit or the end of the whole call,
/// whichever comes first. A step is a whole reply, so a server that drips octets gains nothing.
class Limit {
public:
    /// A step that ends early when the operator wants the program to end.
    static Limit step(std::chrono::milliseconds stage, const DeliveryContext& context);

    /// A step after the point of no return: only time ends it, because the answer must be known.
    static Limit committed(std::chrono::milliseconds stage, const DeliveryContext& context);

    /// A step outside of any call, such as taking leave.
    static Limit alone(std::chrono::milliseconds stage);

    /// The same, but with at most a share of the time that is left.
    Limit share(std::size_t parts) const;

    /// Waits until the descriptor is ready for the poll() events.
    /// Errors: LinkError late or cancelled.
    void wait(int descriptor, short events) const;

    /// Whether there is no time left or the operator wants an end: LinkError late or cancelled.
    void check() const;

    std::chrono::milliseconds left() const;

private:
    Limit(std::chrono::milliseconds stage, const DeliveryContext* call, bool cancellable);

    std::chrono::milliseconds _stage;
    std::chrono::steady_clock::time_point _end;
    const DeliveryContext* _call;
    bool _cancellable;
};

} // namespace notifyhost::email
