/* The C++ headers of RE2 are read by CRE2 alone; this door carries the flags of pkg-config. */
