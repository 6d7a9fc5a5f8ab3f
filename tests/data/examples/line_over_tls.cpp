#include <notifyhost/Transport.h> // A protocol in one function: a line over TLS, and OK comes back.

notifyhost::Outcome deliverLine(const std::string& host, std::uint16_t port,
                                const std::string& caFile, const std::string& line,
                                notifyhost::Network& network, notifyhost::DeliveryContext& context)
{
    using namespace notifyhost;
    Outcome outcome{Verdict::tryAgain, 0, "stopped before it was sent", {}, {}, Scope::service};
    Limit limit{context.deadline(), [&] { return context.cancelled(); }};
    try {
        const auto peer = network.connect(network.addresses(host, limit), port, limit);
        TlsWish wish{host};
        wish.caFile = caFile;
        peer->startTls(wish, limit);
        context.stage("certificate", peer->peer().certificate);
        if (!context.commit()) {
            return outcome;
        }
        outcome = {Verdict::unknown, 0, "", {}, {}, Scope::connection};
        limit.cancelled = nullptr; // what it answers must be known now
        peer->send(line + "\n", limit);
        for (std::string more; !outcome.reason.ends_with('\n'); outcome.reason += more) {
            if (more = peer->receive(limit); more.empty()) {
                return outcome;
            }
        }
        outcome.verdict = outcome.reason == "OK\n" ? Verdict::delivered : Verdict::refused;
    } catch (const ConnectionError& error) {
        outcome.reason = error.what();
    }
    return outcome;
}
