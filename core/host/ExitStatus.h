#pragma once

namespace notifyhost::host {

/// The program's exit status. Source: sysexits.h for 64 and above.
enum class ExitStatus {
    ok = 0,               ///< all done
    someFailed = 1,       ///< some items or tasks failed
    usage = 64,           ///< wrong command line
    nothingReadable = 65, ///< not one readable item in the input
    unavailable = 69,     ///< a service is unavailable
    fault = 70,           ///< a bug here or in a plugin
    disk = 74,            ///< the ledger's or the queue's disk
    later = 75,           ///< held for the operator, or to be tried again
    credentials = 77,     ///< a service refused who we are
    configuration = 78    ///< the configuration is wrong
};

/// The one that counts where both apply: the first of 70, 74, 78, 77, 69, 65, 64, 1, 75, 0.
ExitStatus worse(ExitStatus one, ExitStatus other);

} // namespace notifyhost::host
