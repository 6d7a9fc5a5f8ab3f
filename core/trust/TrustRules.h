#pragma once

#include <notifyhost/TrustedFile.h>

#include <array>

NOTIFYHOST_NAMESPACE_BEGIN

/// What can be wrong on the way to a file, or with it.
enum class Trouble {
    foreign,  ///< a folder, link or the file belongs to neither root nor the effective user
    writable, ///< a folder or the file can be written by others
    sticky,   ///< a folder above can be written by others, who cannot rename what is not theirs
    readable, ///< the file's mode lets everyone read it
    exposed,  ///< it holds a secret beside other things, and everyone can read it
    leak      ///< a link out of its folder, to a file whose mode does not let everyone read it
};

enum class Answer { fine, warn, refuse };

/// One line of the table.
struct TrustRule {
    FileUse use;
    const char* name;              ///< as in docs/security.md
    std::array<Answer, 6> answers; ///< in the order of Trouble
};

const std::vector<TrustRule>& trustRules();

Answer answerTo(FileUse use, Trouble trouble);

NOTIFYHOST_NAMESPACE_END
