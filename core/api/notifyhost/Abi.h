#pragma once

/// The number of the plugin interface. It changes when a layout or a virtual function of a plugin's
/// interface changes; the host refuses a plugin of another number before any of its code runs.
#define NOTIFYHOST_ABI 1

/// The release of the SDK a plugin was built with, for people to read.
#define NOTIFYHOST_SDK_VERSION "0.1.0"

/// Marks what a plugin and the host must see as one type: interfaces and exceptions.
#define NOTIFYHOST_PUBLIC __attribute__((visibility("default")))

/// Everything of the SDK lives in notifyhost::abi_1, written as notifyhost. The number in the
/// mangled names keeps two interface versions apart even where a linker sees both.
#define NOTIFYHOST_NAMESPACE_BEGIN                                                                 \
    namespace notifyhost {                                                                         \
    inline namespace abi_1 {
#define NOTIFYHOST_NAMESPACE_END                                                                   \
    }                                                                                              \
    }
