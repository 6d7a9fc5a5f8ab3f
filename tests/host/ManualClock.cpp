#include "host/ManualClock.h"

namespace notifyhost::host::test {

std::chrono::system_clock::time_point ManualClock::wall() const
{
    const std::scoped_lock lock(_mutex);
    return _wall;
}

std::chrono::steady_clock::time_point ManualClock::steady() const
{
    const std::scoped_lock lock(_mutex);
    return std::chrono::steady_clock::time_point(_steady);
}

std::chrono::nanoseconds ManualClock::sinceBoot() const
{
    const std::scoped_lock lock(_mutex);
    return _sinceBoot;
}

std::string ManualClock::bootId() const
{
    const std::scoped_lock lock(_mutex);
    return "boot " + std::to_string(_boots);
}

void ManualClock::pass(std::chrono::seconds time)
{
    sleep(time);
    const std::scoped_lock lock(_mutex);
    _steady += time;
}

void ManualClock::sleep(std::chrono::seconds time)
{
    const std::scoped_lock lock(_mutex);
    _wall += time;
    _sinceBoot += time;
}

void ManualClock::stepWall(std::chrono::seconds step)
{
    const std::scoped_lock lock(_mutex);
    _wall += step;
}

void ManualClock::reboot(std::chrono::nanoseconds ago)
{
    const std::scoped_lock lock(_mutex);
    ++_boots;
    _sinceBoot = ago;
    _steady = ago;
}

} // namespace notifyhost::host::test
