// Only here to give the precompiled header a translation unit.
