#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace notifyhost::host {

/// What the attempts of one run, taken together, say about one peer. A single failure tells little:
/// whoever cannot connect while others are served has met a limit of connections, and a connection
/// that breaks over one message says nothing about the next.
/// Threads: any; a worker is known by a number.
class PeerRecord {
public:
    /// Whose fault a failure is taken for.
    enum class Fault {
        message, ///< of what was tried: the next may fare better
        limit,   ///< others are served, but there is no room for this worker
        service  ///< of the peer as a whole
    };

    /// One worker's turn at the peer. One of its functions is called at the end; where none is, the
    /// turn has taught nothing.
    class Turn {
    public:
        Turn(PeerRecord& record, std::size_t worker);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

        /// The peer answered: the worker's connection is good.
        void answered();

        /// The peer did what was asked of it.
        void succeeded();

        /// The peer failed before it heard of what was to be done. Blocks while no other worker has
        /// a good connection but one is still trying: what becomes of that tells.
        Fault unreachable();

        /// The connection broke over this message. Messages of three tasks in a row without a
        /// success are the service's fault, and so are six of fewer tasks.
        Fault broke(const std::string& taskId, const std::string& message);

    private:
        PeerRecord& _record;
        std::size_t _worker;
    };

private:
    struct Worker {
        bool trying{};
        bool connected{};
    };
    void set(std::size_t worker, Worker now);
    bool anyOther(std::size_t worker, bool Worker::*what) const;

    std::mutex _mutex;
    std::condition_variable _changed;
    std::map<std::size_t, Worker> _workers;
    std::set<std::string> _tasks;    ///< that broke a connection since the last success
    std::set<std::string> _messages; ///< … and which of their messages
};

} // namespace notifyhost::host
