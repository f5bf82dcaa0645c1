// Keys are not to be read in the process list.
#pragma once

namespace ringload::cli {

// Overwrites, in argv itself, the values of secret options and every word that looks like a key.
void wipe_secrets(int argc, char** argv);

}  // namespace ringload::cli
