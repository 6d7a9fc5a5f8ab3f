#include "TrustRules.h"

#include <algorithm>

NOTIFYHOST_NAMESPACE_BEGIN

const std::vector<TrustRule>& trustRules()
{
    constexpr auto fine = Answer::fine;
    constexpr auto warn = Answer::warn;
    constexpr auto refuse = Answer::refuse;
    static const std::vector<TrustRule> rules{
        // foreign, writable, sticky, readable, exposed, leak
        {FileUse::plugin, "plugin", {refuse, refuse, refuse, fine, fine, fine}},
        {FileUse::templates, "template", {refuse, refuse, refuse, fine, fine, refuse}},
        {FileUse::configuration, "configuration", {refuse, refuse, fine, fine, warn, fine}},
        {FileUse::secret, "secret", {refuse, refuse, fine, warn, fine, fine}},
        {FileUse::authorities, "certificates", {refuse, refuse, fine, fine, fine, fine}},
        {FileUse::key, "TLS key", {refuse, refuse, fine, warn, fine, fine}},
        {FileUse::state, "state", {refuse, refuse, fine, fine, fine, fine}},
        {FileUse::mailbox, "mailbox", {refuse, refuse, fine, fine, fine, fine}},
    };
    return rules;
}

Answer answerTo(FileUse use, Trouble trouble)
{
    const auto& rules = trustRules();
    const auto rule = std::find_if(rules.begin(), rules.end(),
                                   [use](const TrustRule& each) { return each.use == use; });
    return rule->answers.at(static_cast<std::size_t>(trouble));
}

NOTIFYHOST_NAMESPACE_END
