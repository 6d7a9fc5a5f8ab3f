#include "Signals.h"

#include "host/ExitStatus.h"

#include <atomic>
#include <csignal>
#include <string_view>

#include <poll.h>
#include <unistd.h>

namespace notifyhost::app {

namespace {

constexpr unsigned kGraceSeconds = 1;

host::StopSignal stop;
std::atomic<bool> endsSoon{false};

extern "C" void requestStop(int)
{
    stop.request();
    if (endsSoon.load(std::memory_order_relaxed)) {
        ::alarm(kGraceSeconds);
    }
}

extern "C" void endNow(int)
{
    constexpr std::string_view kWord = "notifyhost: ended early on request, in the middle of its "
                                       "work; give the same command again for the rest\n";
    pollfd error{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&error, 1, 0) > 0) {
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kWord.data(), kWord.size());
    }
    ::_exit(static_cast<int>(host::ExitStatus::later));
}

void handle(int number, void (*handler)(int))
{
    struct sigaction before {};
    ::sigaction(number, nullptr, &before);
    if (before.sa_handler == SIG_IGN && number != SIGALRM) {
        return;
    }
    // Without SA_RESTART: what waits is to look whether it should go on.
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigaction(number, &action, nullptr);
}

} // namespace

void handleSignals()
{
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        handle(number, requestStop);
    }
    handle(SIGALRM, endNow);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

const host::StopSignal& stopSignal()
{
    return stop;
}

void endSoonWhenAsked()
{
    endsSoon = true;
}

} // namespace notifyhost::app
