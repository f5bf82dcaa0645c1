// Which of several hosts this is.
#pragma once
#include <cstdint>

#include "cli/arguments.h"

namespace ringload::cli {

struct Rank {
  uint32_t index = 0;  // from 0
  uint32_t of = 1;
};
// --rank I/N, else what the launcher (Open MPI, MPICH, Slurm, torchrun) put into the environment, else 0/1.
Rank rank_of(const Arguments& arguments);

}  // namespace ringload::cli
