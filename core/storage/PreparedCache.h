#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace notifyhost::storage {

/// What was prepared on one connection, by its SQL, for reuse. Where it holds as many as it may, it
/// starts anew: then nothing that it gave before is valid any longer.
template<typename Prepared> class PreparedCache {
public:
    explicit PreparedCache(std::size_t most = std::numeric_limits<std::size_t>::max()) : _most(most)
    {
    }

    /// Where the SQL is new, prepare() returns a unique_ptr of what it becomes.
    template<typename Prepare> Prepared& get(std::string_view sql, const Prepare& prepare)
    {
        if (const auto known = _prepared.find(sql); known != _prepared.end()) {
            return *known->second;
        }
        std::unique_ptr<Prepared> made = prepare();
        if (_prepared.size() >= _most) {
            _prepared.clear();
        }
        return *_prepared.emplace(std::string(sql), std::move(made)).first->second;
    }

    void forget(std::string_view sql)
    {
        if (const auto known = _prepared.find(sql); known != _prepared.end()) {
            _prepared.erase(known);
        }
    }

    void clear() { _prepared.clear(); }

private:
    const std::size_t _most;
    std::map<std::string, std::unique_ptr<Prepared>, std::less<>> _prepared;
};

} // namespace notifyhost::storage
