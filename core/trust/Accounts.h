#pragma once

#include <notifyhost/Abi.h>

#include <string>

#include <sys/types.h>

NOTIFYHOST_NAMESPACE_BEGIN

/// `bob (uid 1001)`, or `uid 1001` where the host has no name for it.
std::string userText(uid_t user);

/// `staff (gid 50)`, or `gid 50`.
std::string groupText(gid_t group);

/// The user's name, or its number with a `#` as sudo wants it; for a shell.
std::string userWord(uid_t user);

/// The group's name or number; for a shell.
std::string groupWord(gid_t group);

/// Whether a group is the owner's own: it is the one the owner logs in with and has the owner's
/// name, nobody else is listed in it, and no other account of /etc/passwd has it.
bool isPrivateGroup(gid_t group, uid_t owner);

NOTIFYHOST_NAMESPACE_END
