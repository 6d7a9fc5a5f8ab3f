#pragma once

#include <notifyhost/Connection.h>

namespace notifyhost::net {

/// The process's way to its peers. Threads: any.
Network& network();

} // namespace notifyhost::net
