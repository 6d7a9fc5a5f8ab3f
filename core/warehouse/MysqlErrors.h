#pragma once

#include "warehouse/MysqlSession.h"

#include <string_view>

namespace notifyhost::warehouse {

/// A session that had served before and was found gone when it was to be used again: another one
/// may be tried, since nothing of an answer had come.
bool foundSessionGone(const MysqlError& error);

/// A fault of the query itself, not of the warehouse; the session is as good as before.
bool isFaultOfQuery(const MysqlError& error);

/// Says it to people: where, what happened in the server's own words, which key to look at; never
/// the password. Throws PluginFault where isFaultOfQuery(), else ServiceError.
[[noreturn]] void raise(const MysqlError& error, const WarehouseSettings& settings,
                        std::string_view sql);

} // namespace notifyhost::warehouse
